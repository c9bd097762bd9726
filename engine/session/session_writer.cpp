#include "engine/session/session_writer.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <system_error>

#include "engine/audio/audio_writer.h"
#include "engine/formats/mapped_file.h"
#include "engine/formats/npy.h"
#include "engine/formats/zip_writer.h"
#include "engine/runtime/snapshot_file.h"
#include "engine/session/session_names.h"

namespace ms {

namespace {

/// Bytes between two looks at the stop token.
constexpr std::size_t kPiece = 1 << 20;

/// Rows of a series that belong to the first `tokens` tokens.
std::int64_t rowsOf(const CaptureStore& store, const CaptureEntry& entry, std::int64_t tokens) {
    const auto series = store.find(entry.key);
    if (!series || series->width != entry.width || series->stride != entry.stride) return 0;
    return (std::min(series->end.value, tokens) + entry.stride - 1) / entry.stride;
}

class Writer {
public:
    Writer(const std::filesystem::path& path, const SessionContent& content, const SessionWriteOptions& options, ZipWriter zip)
        : m_path(path), m_content(content), m_options(options), m_zip(std::move(zip)) {}

    Result<void> write() {
        const SessionDocument& d = m_content.document;
        for (const auto& range : d.rows) m_length += range.end - range.first;
        measure();
        const std::string json = toJson(d);
        MS_CHECK(member(kSessionJson, json));
        MS_CHECK(writeTokens());
        for (std::size_t i = 0; i < m_content.states.size(); ++i) MS_CHECK(writeState(static_cast<std::int64_t>(i)));
        if (m_content.captures) MS_CHECK(writeCaptures(kCapturesOfRun, d.run, *m_content.captures));
        if (m_content.baseline && d.baseline)
            MS_CHECK(writeCaptures(kCapturesOfBaseline, *d.baseline, *m_content.baseline));
        if (m_content.sound) MS_CHECK(writeSound(*m_content.sound));
        MS_CHECK(member(kSessionCopy, json));
        if (m_options.stop.stop_requested()) return cancelled();
        return m_zip.finish(m_options.durability);
    }

private:
    [[nodiscard]] Error cancelled() const {
        return {ErrorCode::Cancelled, m_path.string() + ": saving was cancelled; the file is as it was"};
    }

    /// What progress counts to: the bytes of states and captures, beside which the rest is small.
    void measure() {
        for (const auto& state : m_content.states)
            for (const auto& tensor : state.state->tensors) m_total += static_cast<std::int64_t>(tensor.size());
        const auto add = [&](const SessionDocument::Run& run, const CaptureStore* store) {
            for (const auto& c : run.captures)
                if (store != nullptr) m_total += rowsOf(*store, c.entry, m_length) * c.entry.width * 4;
        };
        add(m_content.document.run, m_content.captures.get());
        if (m_content.document.baseline) add(*m_content.document.baseline, m_content.baseline.get());
        if (m_content.sound) m_total += m_content.document.speech.samples * 2;
    }

    Result<void> advance(std::size_t bytes) {
        if (m_options.stop.stop_requested()) return cancelled();
        m_done += static_cast<std::int64_t>(bytes);
        if (m_options.progress) m_options.progress({std::min(m_done, m_total), m_total, "writing"});
        return {};
    }

    Result<void> pieces(std::span<const std::byte> bytes) {
        while (!bytes.empty()) {
            const auto piece = bytes.first(std::min(bytes.size(), kPiece));
            MS_CHECK(m_zip.write(piece));
            MS_CHECK(advance(piece.size()));
            bytes = bytes.subspan(piece.size());
        }
        return {};
    }

    Result<void> member(const std::string& name, std::string_view text) {
        MS_CHECK(m_zip.begin(name, text.size()));
        return m_zip.write(std::as_bytes(std::span(text)));
    }

    Result<void> beginArray(const std::string& name, DType type, const Shape& shape) {
        const std::string header = npyHeader(numpyType(type), shape);
        MS_CHECK(m_zip.begin(name, header.size() + static_cast<std::uint64_t>(shape.elements()) * byteSize(type)));
        return m_zip.write(std::as_bytes(std::span(header)));
    }

    template <class T>
    Result<void> column(const std::string& name, DType type, const std::vector<T>& values, std::int64_t width) {
        const std::int64_t rows = static_cast<std::int64_t>(values.size()) / width;
        MS_CHECK(beginArray(tokenMember(name), type, width == 1 ? Shape{rows} : Shape{rows, width}));
        return m_zip.write(std::as_bytes(std::span(values)));
    }

    Result<void> expected(const std::string& prefix, const SessionTokens::Expected& e) {
        constexpr std::int64_t k = SessionTokens::kAlternatives;
        MS_CHECK(column(prefix + "surprisal", DType::F32, e.surprisal, 1));
        MS_CHECK(column(prefix + "alternative_ids", DType::I32, e.ids, k));
        return column(prefix + "alternative_probabilities", DType::F32, e.probabilities, k);
    }

    Result<void> writeTokens() {
        const SessionTokens& t = m_content.tokens;
        MS_CHECK(column("ids", DType::I32, t.ids, 1));
        MS_CHECK(column("from_prompt", DType::U8, t.fromPrompt, 1));
        MS_CHECK(expected("", t.expected));
        return t.baseline.surprisal.empty() ? Result<void>() : expected("baseline_", t.baseline);
    }

    Result<void> writeState(std::int64_t index) {
        const SessionContent::State& s = m_content.states[static_cast<std::size_t>(index)];
        const auto logits = s.logits ? std::span<const float>(*s.logits) : std::span<const float>();
        MS_TRY(const SnapshotImage image,
               snapshotImage({s.name, *s.state, s.ids, logits, m_content.document.model.name}, m_path.string()));
        MS_CHECK(m_zip.begin(stateMember(index), image.size()));
        MS_CHECK(m_zip.write(std::as_bytes(std::span(image.header))));
        for (const auto& part : image.parts) MS_CHECK(pieces(part));
        return {};
    }

    Result<void> writeCaptures(const char* group, const SessionDocument::Run& run, const CaptureStore& store) {
        std::vector<float> block;
        for (const auto& capture : run.captures) {
            const CaptureEntry& entry = capture.entry;
            const std::int64_t rows = rowsOf(store, entry, m_length);
            MS_CHECK(beginArray(captureMember(group, entry.key), DType::F32, {rows, entry.width}));
            const std::int64_t most = std::max<std::int64_t>(1, static_cast<std::int64_t>(kPiece / sizeof(float)) / entry.width);
            for (std::int64_t row = 0; row < rows; row += most) {
                const std::int64_t count = std::min(most, rows - row);
                block.resize(static_cast<std::size_t>(count * entry.width));
                store.read(entry.key, TokenPos(row * entry.stride), count, 0, entry.width, block);
                MS_CHECK(pieces(std::as_bytes(std::span(block))));
            }
        }
        return {};
    }

    /// FLAC goes back to its header when all is written, a member of the archive cannot: a temporary file between.
    Result<void> writeSound(const SoundTrack& sound) {
        static std::atomic<unsigned> s_counter{0};
        struct Temporary {
            std::filesystem::path path;
            ~Temporary() {
                std::error_code ignored;
                std::filesystem::remove(path, ignored);
            }
        } const temporary{std::filesystem::temp_directory_path() / ("mambascope-session-" + std::to_string(::getpid()) + "-" +
                                                                    std::to_string(s_counter++) + ".flac")};
        MS_TRY(AudioWriter flac, AudioWriter::create(temporary.path, AudioFormat::Flac, sound.sampleRate(), 1));
        std::vector<float> block(kPiece / sizeof(float));
        const std::int64_t end = m_content.document.speech.samples;  // it may have grown since
        for (std::int64_t at = 0; at < end;) {
            const std::int64_t most = std::min(end - at, static_cast<std::int64_t>(block.size()));
            const std::int64_t got = sound.read(at, std::span(block).first(static_cast<std::size_t>(most)));
            if (got <= 0) break;
            const auto encoded = flac.write(std::span(block).first(static_cast<std::size_t>(got)));
            const auto going = encoded ? advance(static_cast<std::size_t>(got) * 2) : encoded;
            if (!going) {
                flac.discard();
                return going.error();
            }
            at += got;
        }
        MS_CHECK(flac.finish());
        MS_TRY(const auto file, MappedFile::open(temporary.path));
        MS_CHECK(m_zip.begin(kSessionSound, file->bytes().size()));
        return m_zip.write(file->bytes());
    }

    const std::filesystem::path& m_path;
    const SessionContent& m_content;
    const SessionWriteOptions& m_options;
    ZipWriter m_zip;
    std::int64_t m_length = 0, m_total = 0, m_done = 0;
};

}  // namespace

Result<void> writeSession(const std::filesystem::path& path, const SessionContent& content, const SessionWriteOptions& options) {
    AtomicFile::removeAbandoned(path);  // of a program that was killed while it saved
    MS_TRY(ZipWriter zip, ZipWriter::create(path));
    return Writer(path, content, options, std::move(zip)).write();
}

}  // namespace ms
