#include "engine/film/gif_encoder.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>

#include "engine/film/median_cut.h"

namespace ms {

namespace {

constexpr std::size_t kTableSize = 256;
constexpr std::uint8_t kTransparent = 255;
/// Squared distance per pixel that is let pass: two levels in each channel.
constexpr double kGoodError = 12;

void put(std::vector<std::byte>& out, unsigned value) { out.push_back(static_cast<std::byte>(value)); }
void put16(std::vector<std::byte>& out, int value) {
    put(out, static_cast<unsigned>(value) & 0xff);
    put(out, static_cast<unsigned>(value) >> 8);
}
void putText(std::vector<std::byte>& out, std::string_view text) {
    for (const char c : text) put(out, static_cast<unsigned char>(c));
}
void putTable(std::vector<std::byte>& out, const std::vector<Rgb>& colours) {
    for (const Rgb& c : colours) {
        put(out, c.r);
        put(out, c.g);
        put(out, c.b);
    }
    out.resize(out.size() + 3 * (kTableSize - colours.size()));
}

/// Colours of a table, 64 to 255: one is left for "transparent".
std::size_t colourCount(double quality) {
    return static_cast<std::size_t>(std::lround(std::min(64 + 382 * quality, 255.0)));
}

}  // namespace

GifEncoder::GifEncoder(AtomicFile& file, const FilmOptions& options)
    : m_file(file), m_options(options), m_size{options.width, options.height} {
    m_last.resize(static_cast<std::size_t>(m_size.width) * static_cast<std::size_t>(m_size.height));
}

Result<std::unique_ptr<GifEncoder>> GifEncoder::create(AtomicFile& file, const FilmOptions& options) {
    return std::unique_ptr<GifEncoder>(new GifEncoder(file, options));
}

bool GifEncoder::changed(const FrameView& frame, int x, int y) const {
    const auto at = static_cast<std::size_t>(y) * static_cast<std::size_t>(m_size.width) + static_cast<std::size_t>(x);
    return m_frames == 0 || pixelAt(frame.row(y) + 4 * x) != m_last[at];
}

GifEncoder::Area GifEncoder::changedArea(const FrameView& frame) const {
    if (m_frames == 0) return {0, 0, m_size.width, m_size.height};
    Area area{m_size.width, m_size.height, 0, 0};
    for (int y = 0; y < m_size.height; ++y) {
        int left = 0, right = m_size.width;
        while (left < right && !changed(frame, left, y)) ++left;
        if (left == right) continue;
        while (!changed(frame, right - 1, y)) --right;
        area = {std::min(area.left, left), std::min(area.top, y), std::max(area.right, right), y + 1};
    }
    return area.width() > 0 ? area : Area{0, 0, 1, 1};  // nothing changed: a frame needs a pixel
}

void GifEncoder::count(const FrameView& frame, const Area& area) {
    m_changed.clear();
    for (int y = area.top; y < area.bottom; ++y) {
        const std::uint8_t* run = nullptr;  // pixels of one colour side by side are counted at once
        std::uint64_t length = 0;
        for (int x = area.left; x < area.right; ++x) {
            if (!changed(frame, x, y)) continue;
            const std::uint8_t* pixel = frame.row(y) + 4 * x;
            if (run && pixelAt(run) == pixelAt(pixel)) {
                ++length;
                continue;
            }
            if (run) m_changed.add(run, length);
            run = pixel;
            length = 1;
        }
        if (run) m_changed.add(run, length);
    }
    m_seen.add(m_changed);
}

void GifEncoder::chooseColours() {
    if (m_frames > 0 && m_table.error(m_changed) <= std::max(kGoodError, 1.5 * m_tableError)) return;
    m_table = ColourTable(medianCut(m_seen, colourCount(m_options.quality)));
    m_tableError = m_table.error(m_seen);
}

void GifEncoder::quantise(const FrameView& frame, const Area& area) {
    m_indices.clear();
    for (int y = area.top; y < area.bottom; ++y)
        for (int x = area.left; x < area.right; ++x)
            m_indices.push_back(changed(frame, x, y) ? m_table.index(frame.row(y) + 4 * x, static_cast<std::size_t>(x),
                                                                     static_cast<std::size_t>(y))
                                                     : kTransparent);
}

void GifEncoder::remember(const FrameView& frame, const Area& area) {
    for (int y = area.top; y < area.bottom; ++y) {
        std::uint32_t* row = m_last.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(m_size.width);
        for (int x = area.left; x < area.right; ++x) row[x] = pixelAt(frame.row(y) + 4 * x);
    }
}

Result<void> GifEncoder::add(const FrameView& frame) {
    const Area area = changedArea(frame);
    count(frame, area);
    chooseColours();
    quantise(frame, area);
    remember(frame, area);
    appendFrame(area);
    ++m_frames;
    return flush();
}

void GifEncoder::appendFrame(const Area& area) {
    if (m_frames == 0) {
        m_global = m_table.colours();
        putText(m_bytes, "GIF89a");
        put16(m_bytes, m_size.width);
        put16(m_bytes, m_size.height);
        put(m_bytes, 0xf7);  // a colour table of 256 colours of 8 bits
        put16(m_bytes, 0);   // background, square pixels
        putTable(m_bytes, m_global);
        put16(m_bytes, 0xff21);  // an application's extension: play again for ever
        put(m_bytes, 11);
        putText(m_bytes, "NETSCAPE2.0");
        put16(m_bytes, 0x0103);
        put16(m_bytes, 0);
        put(m_bytes, 0);
        appendComment(m_options.title);
        appendComment(m_options.comment);
    }
    // Hundredths of a second from this frame's time to the next one's, so that rounding does not add up.
    const auto time = [this](std::int64_t frame) {
        return std::llround(100.0 * static_cast<double>(frame) / m_options.framesPerSecond);
    };
    put16(m_bytes, 0xf921);  // graphic control: leave the picture in place, transparent colour
    put(m_bytes, 4);
    put(m_bytes, 0b101);
    put16(m_bytes, static_cast<int>(time(m_frames + 1) - time(m_frames)));
    put(m_bytes, kTransparent);
    put(m_bytes, 0);
    put(m_bytes, 0x2c);
    put16(m_bytes, area.left);
    put16(m_bytes, area.top);
    put16(m_bytes, area.width());
    put16(m_bytes, area.height());
    const bool own = m_table.colours() != m_global;
    put(m_bytes, own ? 0x87 : 0);
    if (own) putTable(m_bytes, m_table.colours());
    m_lzw.append(m_bytes, m_indices);
}

void GifEncoder::appendComment(const std::string& text) {
    if (text.empty()) return;
    put16(m_bytes, 0xfe21);
    for (std::size_t at = 0; at < text.size(); at += 255) {
        const std::string_view block = std::string_view(text).substr(at, 255);
        put(m_bytes, static_cast<unsigned>(block.size()));
        putText(m_bytes, block);
    }
    put(m_bytes, 0);
}

Result<void> GifEncoder::finish() {
    put(m_bytes, 0x3b);
    return flush();
}

Result<void> GifEncoder::flush() {
    MS_CHECK(m_file.write(m_bytes));
    m_bytes.clear();
    return {};
}

}  // namespace ms
