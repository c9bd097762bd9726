// What makes bytes of frames: one class for libavcodec's encoders, one for GIF.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/base/result.h"

namespace ms {

struct FilmSize {
    int width = 0, height = 0;
    bool operator==(const FilmSize&) const = default;
};

/// Opaque pixels: alpha is ignored.
struct FrameView {
    std::span<const std::uint8_t> rgba;  ///< height rows of `stride` bytes, four a pixel
    std::size_t stride = 0;

    [[nodiscard]] const std::uint8_t* row(int y) const { return rgba.data() + static_cast<std::size_t>(y) * stride; }
};

class FilmEncoder {
public:
    virtual ~FilmEncoder() = default;
    virtual Result<void> add(const FrameView& frame) = 0;
    /// Writes what is still held back; the file is complete afterwards.
    virtual Result<void> finish() = 0;
    /// Of the film, which may be a pixel larger than its frames.
    [[nodiscard]] virtual FilmSize size() const = 0;
};

}  // namespace ms
