#include <cmath>
#include <nlohmann/json.hpp>

#include "engine/session/recorded_model_json.h"
#include "engine/session/session_document.h"
#include "engine/session/session_keys.h"

namespace ms {

namespace {

using Json = nlohmann::ordered_json;

template <class Index>
Json values(const std::vector<Index>& indices) {
    Json list = Json::array();
    for (const Index index : indices) list.push_back(index.value);
    return list;
}

Json json(const SessionDocument::Rows& rows) {
    Json list = Json::array();
    for (const auto& range : rows) list.push_back({range.first, range.end});
    return list;
}

Json json(const std::vector<Intervention>& interventions) {
    Json list = Json::array();
    for (const Intervention& i : interventions) {
        list.push_back({{"kind", kindKey(i.kind)},
                        {"layers", values(i.layers)},
                        {"channels", values(i.channels)},
                        {"factor", i.factor},
                        {"low", i.low},
                        {"high", std::isfinite(i.high) ? Json(i.high) : Json(nullptr)},  // JSON has no infinity
                        {"enabled", i.enabled}});
    }
    return list;
}

Json json(const SessionDocument::Capture& capture) {
    const CaptureEntry& e = capture.entry;
    Json entry{{"series", e.key.path()},
               {"point", info(e.key.point).key},
               {"layer", e.key.layer.value},
               {"reduction", key(e.key.reduction)},
               {"width", e.width},
               {"stride", e.stride},
               {"complete", capture.complete}};
    if (e.bins > 0) entry.update({{"bins", e.bins}, {"low", e.low}, {"high", e.high}});
    return entry;
}

Json json(const SessionDocument::Run& run) {
    Json chunks = Json::array(), captures = Json::array();
    for (const ChunkLog::Run& chunk : run.chunks)
        chunks.push_back({chunk.first.value, chunk.end.value, chunk.rows, chunk.allLogits});
    for (const auto& capture : run.captures) captures.push_back(json(capture));
    return {{"chunks", std::move(chunks)}, {"trail", run.trail}, {"anchors", run.anchors}, {"end", run.end},
            {"captures", std::move(captures)}};
}

Json json(const SessionDocument::Snapshot& snapshot) {
    return {{"name", snapshot.name},
            {"rows", json(snapshot.rows)},
            {"state", snapshot.state},
            {"anchors", snapshot.anchors},
            {"interventions", snapshot.interventions ? json(*snapshot.interventions) : Json(nullptr)}};
}

Json json(const SessionDocument::Writing& writing) {
    const SamplerOptions& s = writing.sampling;
    return {{"temperature", s.temperature}, {"top_k", s.topK},         {"top_p", s.topP},
            {"seed", s.seed},               {"place", writing.place},  {"max_new", writing.maxNew},
            {"left", writing.left},         {"paused", writing.paused}, {"stop_at_end", writing.stopAtEnd}};
}

Json json(const SessionDocument::Text& text) {
    Json object{{"prompt", text.prompt}, {"writing", json(text.writing)}};
    if (!text.unread.empty())
        object.update({{"unread", json(text.unread)}, {"unread_anchors", text.unreadAnchors}});
    return object;
}

Json json(const std::vector<SessionDocument::Word>& words) {
    Json list = Json::array();
    for (const auto& w : words)
        list.push_back({{"text", w.text},
                        {"frames", {w.firstFrame, w.endFrame}},
                        {"seconds", {w.start, w.end}},
                        {"confidence", w.confidence},
                        {"segment", w.segment},
                        {"edited", w.edited}});
    return list;
}

Json json(const SessionDocument::Speech& speech) {
    return {{"sample_rate", speech.sampleRate},
            {"samples", speech.samples},
            {"frames", speech.frames},
            {"frame_seconds", speech.frameSeconds},
            {"look_ahead_seconds", speech.lookAheadSeconds},
            {"finished", speech.finished},
            {"raw_sound", speech.rawSound},
            {"words", json(speech.words)},
            {"tentative", json(speech.tentative)}};
}

}  // namespace

std::string toJson(const SessionDocument& d) {
    Json anchors = Json::array();
    for (const auto& anchor : d.anchors)
        anchors.push_back({{"state", anchor.state}, {"layers", values(anchor.layers)}, {"loaded", anchor.loaded}});
    Json snapshots = Json::array();
    for (const auto& snapshot : d.snapshots) snapshots.push_back(json(snapshot));
    const bool hears = d.kind == SessionDocument::Kind::Speech;
    Json root{{"format", kSessionFormat},
              {"version", SessionDocument::kVersion},
              {"program", d.program},
              {"saved", d.saved},
              {"kind", hears ? "speech" : "text"},
              {"model",
               {{"name", d.model.name},
                {"path", d.model.path},
                {"family", d.model.family},
                {"device", d.model.device},
                {"fingerprint", d.model.fingerprint},
                {"sha256", d.model.sha256},
                {"bytes", d.model.bytes},
                {"modified", d.model.modified}}},
              {"interventions", json(d.interventions)},
              {"states", d.states},
              {"anchors", std::move(anchors)},
              {"rows", json(d.rows)},
              {"snapshots", std::move(snapshots)},
              {"run", json(d.run)}};
    if (d.recorded) root[kRecordedModel] = toJson(*d.recorded);
    if (d.baseline) root["baseline"] = json(*d.baseline);
    if (hears) root["speech"] = json(d.speech);
    else root["text"] = json(d.text);
    root["window"] = Json::parse(d.window, nullptr, false);
    if (!root["window"].is_object()) root["window"] = Json::object();
    return root.dump(1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace ms
