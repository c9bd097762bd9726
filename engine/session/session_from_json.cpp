#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "engine/formats/json_file.h"
#include "engine/session/recorded_model_json.h"
#include "engine/session/session_document.h"
#include "engine/session/session_fields.h"
#include "engine/session/session_keys.h"

namespace ms {

namespace {

using nlohmann::json;
using Document = SessionDocument;

constexpr std::int64_t kMostTokens = std::int64_t{1} << 40;
constexpr std::int64_t kMostStates = 1'000'000;
constexpr std::int64_t kMostIndex = std::int64_t{1} << 31;

constexpr double kMostFloat = std::numeric_limits<float>::max();

class Reader {
public:
    explicit Reader(std::string& problem) : m_problem(problem) {}

    void read(const json& root, Document& d) {
        const Fields top(root, "", m_problem);
        top.read("program", d.program);
        top.read("saved", d.saved);
        std::string kind;
        top.read("kind", kind);
        if (kind != "text" && kind != "speech") top.complain("kind", "is neither text nor speech");
        d.kind = kind == "speech" ? Document::Kind::Speech : Document::Kind::Text;
        model(top.object("model"), d.model);
        d.interventions = interventions(top, "interventions");
        top.read("states", d.states, 0, kMostStates);
        m_states = d.states;
        top.each("anchors", [&](const json& entry, const std::string& path) {
            const Fields f(entry, path + ".", m_problem);
            Document::Anchor anchor;
            f.read("state", anchor.state, 0, m_states - 1);
            f.read("loaded", anchor.loaded);
            anchor.layers = indices<LayerIndex>(f, "layers");
            d.anchors.push_back(std::move(anchor));
        });
        m_anchors = static_cast<std::int64_t>(d.anchors.size());
        d.rows = rows(top, "rows");
        d.snapshots = snapshots(top);
        run(top.object("run"), d.run);
        if (top.has("baseline")) run(top.object("baseline"), d.baseline.emplace(Document::Run{}));
        if (d.kind == Document::Kind::Text && top.has(kRecordedModel)) recorded(top, d);
        if (d.kind == Document::Kind::Speech) speech(top.object("speech"), d.speech);
        else text(top.object("text"), d.text);
        if (const json* window = top.find("window"); window != nullptr) d.window = window->dump();
    }

private:
    /// The sizes must be those that the captures were made with.
    static void recorded(const Fields& top, Document& d) {
        readRecordedModel(top.object(kRecordedModel), d.recorded.emplace());
        const auto check = [&](const char* key, const Document::Run& run) {
            for (std::size_t i = 0; top.isFine() && i < run.captures.size(); ++i)
                if (!isSeriesOf(run.captures[i].entry, d.recorded->dims))
                    top.complain(std::string(key) + ".captures[" + std::to_string(i) + "]", "does not suit the sizes in \"recorded_model\"");
        };
        check("run", d.run);
        if (d.baseline) check("baseline", *d.baseline);
    }

    void model(const Fields& f, Document::ModelReference& m) const {
        f.read("name", m.name);
        f.read("path", m.path);
        f.read("family", m.family);
        f.read("device", m.device);
        f.read("fingerprint", m.fingerprint);
        f.read("sha256", m.sha256);
        f.read("bytes", m.bytes);
        f.read("modified", m.modified, std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max());
    }

    template <class Index>
    std::vector<Index> indices(const Fields& f, const char* key) const {
        std::vector<Index> list;
        f.each(key, [&](const json& entry, const std::string&) { list.emplace_back(f.whole(entry, key, 0, kMostIndex)); });
        return list;
    }
    std::vector<std::int64_t> numbers(const Fields& f, const char* key, std::int64_t below) const {
        std::vector<std::int64_t> list;
        f.each(key, [&](const json& entry, const std::string&) { list.push_back(f.whole(entry, key, 0, below - 1)); });
        return list;
    }

    std::vector<Intervention> interventions(const Fields& f, const char* key) const {
        std::vector<Intervention> list;
        f.each(key, [&](const json& entry, const std::string& path) {
            const Fields fields(entry, path + ".", m_problem);
            Intervention i;
            std::string kind;
            fields.read("kind", kind);
            const auto found = std::find(kInterventionKeys.begin(), kInterventionKeys.end(), kind);
            if (found == kInterventionKeys.end()) return fields.complain("kind", "is no kind of intervention");
            i.kind = static_cast<Intervention::Kind>(found - kInterventionKeys.begin());
            i.layers = indices<LayerIndex>(fields, "layers");
            i.channels = indices<ChannelIndex>(fields, "channels");
            fields.read("enabled", i.enabled);
            fields.read("factor", i.factor, 0.0, kMostFloat);
            fields.read("low", i.low, 0.0, kMostFloat);
            fields.read("high", i.high, 0.0, kMostFloat);
            list.push_back(std::move(i));
        });
        return list;
    }

    Document::Rows rows(const Fields& f, const char* key) const {
        Document::Rows list;
        f.each(key, [&](const json& entry, const std::string&) {
            if (!entry.is_array() || entry.size() != 2) return f.complain(key, "is no list of pairs");
            Document::RowRange range;
            range.first = f.whole(entry[0], key, 0, kMostTokens);
            range.end = f.whole(entry[1], key, range.first, kMostTokens);
            list.push_back(range);
        });
        return list;
    }

    void run(const Fields& f, Document::Run& r) const {
        f.each("chunks", [&](const json& entry, const std::string& path) {
            if (!entry.is_array() || entry.size() != 4 || !entry[3].is_boolean()) return f.complain("chunks", "is malformed");
            r.chunks.push_back({TokenPos(f.whole(entry[0], path, 0, kMostTokens)), TokenPos(f.whole(entry[1], path, 0, kMostTokens)),
                                f.whole(entry[2], path, 1, kMostTokens), entry[3].get<bool>()});
        });
        if (!ChunkLog::fromRuns(r.chunks)) f.complain("chunks", "overlap");
        r.trail = numbers(f, "trail", m_states);
        r.anchors = numbers(f, "anchors", m_anchors);
        f.read("end", r.end, -1, m_states - 1);
        f.each("captures", [&](const json& entry, const std::string& path) {
            r.captures.push_back(capture(Fields(entry, path + ".", m_problem)));
        });
    }

    static Document::Capture capture(const Fields& f) {
        Document::Capture c;
        CaptureEntry& e = c.entry;
        std::string point, reduction;
        f.read("point", point);
        f.read("reduction", reduction);
        if (const auto known = probePointByKey(point)) e.key.point = *known;
        else f.complain("point", "is no probe point");
        bool found = false;
        for (const Reduction r : {Reduction::None, Reduction::MeanChannels, Reduction::MaxChannels, Reduction::L2,
                                  Reduction::Histogram, Reduction::TopK}) {
            if (key(r) != reduction) continue;
            e.key.reduction = r;
            found = true;
        }
        if (!found) f.complain("reduction", "is no reduction");
        f.read("layer", e.key.layer.value, -1, kMostIndex);
        f.read("width", e.width, 1, kMostIndex);
        f.read("stride", e.stride, 1, kMostTokens);
        f.read("bins", e.bins, 0, 256);
        f.read("low", e.low, -kMostFloat, kMostFloat);
        f.read("high", e.high, -kMostFloat, kMostFloat);
        f.read("complete", c.complete, 0, kMostTokens);
        return c;
    }

    std::vector<Document::Snapshot> snapshots(const Fields& f) const {
        std::vector<Document::Snapshot> list;
        f.each("snapshots", [&](const json& entry, const std::string& path) {
            const Fields fields(entry, path + ".", m_problem);
            Document::Snapshot s;
            fields.read("name", s.name);
            s.rows = rows(fields, "rows");
            fields.read("state", s.state, -1, m_states - 1);
            s.anchors = numbers(fields, "anchors", m_anchors);
            if (fields.has("interventions")) s.interventions = interventions(fields, "interventions");
            list.push_back(std::move(s));
        });
        return list;
    }

    void text(const Fields& f, Document::Text& t) const {
        f.read("prompt", t.prompt);
        writing(f.object("writing"), t.writing);
        t.unread = rows(f, "unread");
        t.unreadAnchors = numbers(f, "unread_anchors", m_anchors);
    }

    static void writing(const Fields& f, Document::Writing& w) {
        f.read("temperature", w.sampling.temperature, 0.0, kMostFloat);
        f.read("top_k", w.sampling.topK, 0, std::numeric_limits<int>::max());
        f.read("top_p", w.sampling.topP, static_cast<double>(std::numeric_limits<float>::min()), 1.0);
        f.read("seed", w.sampling.seed);
        f.read("place", w.place);
        f.read("max_new", w.maxNew, 0, kMostTokens);
        f.read("left", w.left, -1, kMostTokens);
        f.read("paused", w.paused);
        f.read("stop_at_end", w.stopAtEnd);
    }

    std::vector<Document::Word> words(const Fields& f, const char* key) const {
        std::vector<Document::Word> list;
        f.each(key, [&](const json& entry, const std::string& path) {
            const Fields fields(entry, path + ".", m_problem);
            Document::Word w;
            fields.read("text", w.text);
            std::vector<std::int64_t> frames;
            fields.each("frames", [&](const json& x, const std::string&) { frames.push_back(fields.whole(x, "frames", 0, kMostTokens)); });
            std::vector<double> seconds;
            fields.each("seconds", [&](const json& x, const std::string&) { seconds.push_back(fields.real(x, "seconds", 0, 1e9)); });
            if (frames.size() != 2 || frames[1] < frames[0]) return fields.complain("frames", "is no pair in order");
            if (seconds.size() != 2) return fields.complain("seconds", "is no pair");
            w.firstFrame = frames[0];
            w.endFrame = frames[1];
            w.start = seconds[0];
            w.end = seconds[1];
            fields.read("confidence", w.confidence, 0.0, 1.0);
            fields.read("segment", w.segment, 0, kMostIndex - 1);
            fields.read("edited", w.edited);
            if (!list.empty() && w.firstFrame < list.back().firstFrame) return fields.complain("frames", "are out of order");
            list.push_back(std::move(w));
        });
        return list;
    }

    void speech(const Fields& f, Document::Speech& s) const {
        f.read("sample_rate", s.sampleRate, 1000, 768000);
        f.read("samples", s.samples, 0, kMostTokens);
        f.read("frames", s.frames, 0, kMostTokens);
        f.read("frame_seconds", s.frameSeconds, 1e-4, 1e3);
        f.read("look_ahead_seconds", s.lookAheadSeconds, 0.0, 1e3);
        f.read("finished", s.finished);
        f.read("raw_sound", s.rawSound);
        if (s.rawSound.find('/') != std::string::npos || s.rawSound == "..") f.complain("raw_sound", "is no plain file name");
        s.words = words(f, "words");
        s.tentative = words(f, "tentative");
    }

    std::string& m_problem;
    std::int64_t m_states = 0, m_anchors = 0;
};

}  // namespace

Result<Document> sessionFromJson(std::string_view text, const std::string& label) {
    MS_TRY(const json root, parseJson(text, label));
    const auto format = root.is_object() ? root.find("format") : root.end();
    if (!root.is_object() || format == root.end() || !format->is_string() || format->get<std::string>() != kSessionFormat)
        return Error{ErrorCode::Format, label + ": describes no session of MambaScope"};
    const auto version = root.find("version");
    if (version == root.end() || !version->is_number_unsigned() || version->get<std::uint64_t>() < 1)
        return Error{ErrorCode::Format, label + ": \"version\" is no whole number from 1 on"};
    if (version->get<std::uint64_t>() > Document::kVersion)
        return Error{ErrorCode::Unsupported, label + ": written in version " + std::to_string(version->get<std::uint64_t>()) +
                                                 " of the format, this program reads up to " +
                                                 std::to_string(Document::kVersion) + "; open it with a newer MambaScope"};
    std::string problem;
    Document document;
    Reader(problem).read(root, document);
    if (!problem.empty()) return Error{ErrorCode::Format, label + ": " + problem + "; the file is damaged"};
    return document;
}

}  // namespace ms
