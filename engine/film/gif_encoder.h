// Animated GIF (GIF89a): FFmpeg's writer knows neither comments nor what changed under a new colour table.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/film/colour_histogram.h"
#include "engine/film/colour_table.h"
#include "engine/film/film_encoder.h"
#include "engine/film/film_options.h"
#include "engine/film/gif_lzw.h"
#include "engine/formats/atomic_file.h"

namespace ms {

/// Every frame holds the rectangle that changed, transparent where it did not. The first frame's colours are the
/// film's; a frame that they do not fit brings its own, made of everything seen so far.
class GifEncoder final : public FilmEncoder {
public:
    /// Writes the header. `file` must outlive the encoder. Errors: Io.
    static Result<std::unique_ptr<GifEncoder>> create(AtomicFile& file, const FilmOptions& options);

    Result<void> add(const FrameView& frame) override;
    Result<void> finish() override;
    [[nodiscard]] FilmSize size() const override { return m_size; }

private:
    struct Area {
        int left = 0, top = 0, right = 0, bottom = 0;  ///< right and bottom are beyond it
        [[nodiscard]] int width() const { return right - left; }
        [[nodiscard]] int height() const { return bottom - top; }
    };

    GifEncoder(AtomicFile& file, const FilmOptions& options);
    [[nodiscard]] Area changedArea(const FrameView& frame) const;
    [[nodiscard]] bool changed(const FrameView& frame, int x, int y) const;
    void count(const FrameView& frame, const Area& area);
    void chooseColours();
    void quantise(const FrameView& frame, const Area& area);
    void remember(const FrameView& frame, const Area& area);
    void appendFrame(const Area& area);
    void appendComment(const std::string& text);
    Result<void> flush();

    AtomicFile& m_file;
    FilmOptions m_options;
    FilmSize m_size;
    std::int64_t m_frames = 0;
    std::vector<std::uint32_t> m_last;  // [height, width] pixels of the last frame, see pixelAt
    ColourHistogram m_changed, m_seen;  // of this frame's changes, of all of them
    ColourTable m_table;
    std::vector<Rgb> m_global;  // the file's colour table
    double m_tableError = 0;    // of m_table over what it was made from
    std::vector<std::uint8_t> m_indices;
    std::vector<std::byte> m_bytes;
    GifLzw m_lzw;
};

}  // namespace ms
