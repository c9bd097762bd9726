#include "engine/film/film_writer.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "engine/film/encoder_table.h"
#include "engine/film/gif_encoder.h"
#include "engine/film/video_encoder.h"
#include "engine/formats/atomic_file.h"

namespace ms {

namespace {

Result<void> checkOptions(const FilmOptions& o) {
    const auto refuse = [](const std::string& why) { return Error{ErrorCode::InvalidArgument, why}; };
    if (std::min(o.width, o.height) < 1 || std::max(o.width, o.height) > kMostFilmPixels)
        return refuse("a film of " + std::to_string(o.width) + " x " + std::to_string(o.height) +
                      " pixels cannot be written; choose 1 to " + std::to_string(kMostFilmPixels) + " a side");
    const int most = mostFramesPerSecond(o.format);
    if (o.framesPerSecond < 1 || o.framesPerSecond > most)
        return refuse(std::to_string(o.framesPerSecond) + " frames a second cannot be written; choose 1 to " +
                      std::to_string(most) + " for " + nameOf(o.format));
    if (!(o.quality >= 0 && o.quality <= 1)) return refuse("the quality must lie between 0 and 1");
    return {};
}

/// The rows to try: all of the format, or the one that the caller insists on.
Result<std::span<const EncoderRow>> rowsFor(const FilmOptions& options) {
    const auto rows = encodersOf(options.format);
    if (options.encoder.empty()) return rows;
    const auto row =
        std::find_if(rows.begin(), rows.end(), [&](const EncoderRow& r) { return options.encoder == r.encoder; });
    if (row == rows.end())
        return Error{ErrorCode::Unsupported, std::string(nameOf(options.format)) + " is not written with " +
                                                 options.encoder + " here; leave the choice to the program"};
    return std::span(&*row, 1);
}

}  // namespace

struct FilmWriter::Impl {
    explicit Impl(AtomicFile target) : file(std::move(target)) {}

    Result<void> start();
    Result<void> add(std::span<const std::uint8_t> rgba, std::size_t stride);
    Result<void> complete();
    Error lose(const Error& error);

    AtomicFile file;
    FilmOptions options;
    FilmCodecChoice choice;
    std::unique_ptr<FilmEncoder> encoder;  // writes into the file: declared after it
    std::optional<Error> failure;
    std::int64_t frames = 0;
};

Result<void> FilmWriter::Impl::start() {
    if (options.format == FilmFormat::Gif) {
        choice = gifChoice();
        MS_TRY(encoder, GifEncoder::create(file, options));
        return {};
    }
    MS_TRY(const auto rows, rowsFor(options));
    MS_TRY(OpenEncoder open, openEncoder(rows, options));
    choice = {options.format, true, open.row->encoder, open.row->codec, open.sentence};
    MS_TRY(encoder, VideoEncoder::create(file, options, std::move(open)));
    return {};
}

Result<void> FilmWriter::Impl::add(std::span<const std::uint8_t> rgba, std::size_t stride) {
    const auto row = static_cast<std::size_t>(options.width) * 4;
    if (stride < row || rgba.size() < stride * static_cast<std::size_t>(options.height - 1) + row)
        return Error{ErrorCode::InvalidArgument, "a frame has fewer bytes than its size says"};
    MS_CHECK(encoder->add({rgba, stride}));
    ++frames;
    return {};
}

Result<void> FilmWriter::Impl::complete() {
    if (frames == 0) return Error{ErrorCode::InvalidArgument, "a film needs at least one frame"};
    MS_CHECK(encoder->finish());
    return file.commit(Durability::OnDisk);
}

/// Errors of the file name it already; those of encoders do not.
Error FilmWriter::Impl::lose(const Error& error) {
    const std::string name = file.target().string();
    failure = error.message.starts_with(name) ? error : error.within(name);
    return *failure;
}

FilmWriter::FilmWriter(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}
FilmWriter::FilmWriter(FilmWriter&&) noexcept = default;
FilmWriter::~FilmWriter() = default;

Result<FilmWriter> FilmWriter::create(const std::filesystem::path& file, const FilmOptions& options) {
    if (auto good = checkOptions(options); !good) return good.error().within(file.string());
    MS_TRY(AtomicFile target, AtomicFile::create(file));
    auto impl = std::make_unique<Impl>(std::move(target));
    impl->options = options;
    if (auto started = impl->start(); !started) return impl->lose(started.error());
    return FilmWriter(std::move(impl));
}

Result<void> FilmWriter::addFrame(std::span<const std::uint8_t> rgba, std::size_t stride) {
    if (m_impl->failure) return *m_impl->failure;
    auto added = m_impl->add(rgba, stride);
    if (!added) return m_impl->lose(added.error());
    return {};
}

Result<void> FilmWriter::finish() {
    if (m_impl->failure) return *m_impl->failure;
    auto done = m_impl->complete();
    if (!done) return m_impl->lose(done.error());
    return {};
}

const FilmCodecChoice& FilmWriter::codec() const { return m_impl->choice; }
FilmSize FilmWriter::size() const { return m_impl->encoder->size(); }
std::int64_t FilmWriter::frames() const { return m_impl->frames; }

}  // namespace ms
