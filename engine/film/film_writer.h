// Frames in, a film out: the one way to make MP4, WebM and GIF.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

#include "engine/base/result.h"
#include "engine/film/film_codec.h"
#include "engine/film/film_encoder.h"
#include "engine/film/film_options.h"

namespace ms {

/// create, addFrame…, finish. Writes to a hidden file beside the target, which `finish` puts in its place; after an
/// error, or when destroyed before, nothing of it is left and the target is as it was. One thread at a time.
class FilmWriter {
public:
    /// Errors, naming the file: InvalidArgument (size, rate, quality), Unsupported (no encoder), NotFound (the folder),
    /// Io, OutOfMemory.
    static Result<FilmWriter> create(const std::filesystem::path& file, const FilmOptions& options);

    FilmWriter(FilmWriter&&) noexcept;
    FilmWriter& operator=(FilmWriter&&) = delete;
    ~FilmWriter();

    /// `rgba`: height rows of `stride` bytes, four a pixel, straight sRGB; alpha is ignored, so paint on something. The
    /// last row may end with its pixels. Errors: InvalidArgument (too few bytes), Io (disk full), Unsupported,
    /// OutOfMemory; the film is lost, and every later call says so again.
    Result<void> addFrame(std::span<const std::uint8_t> rgba, std::size_t stride);
    /// Writes what the codec held back, then the file's name. Spent afterwards. Errors: InvalidArgument (no frame),
    /// as addFrame.
    Result<void> finish();

    [[nodiscard]] const FilmCodecChoice& codec() const;  ///< what was taken, and why
    [[nodiscard]] FilmSize size() const;                 ///< of the film: even where the codec demands it
    [[nodiscard]] std::int64_t frames() const;           ///< added so far

private:
    struct Impl;
    explicit FilmWriter(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> m_impl;
};

}  // namespace ms
