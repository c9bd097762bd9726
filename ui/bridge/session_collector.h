// From what the engine thread holds to what a session file holds, and back.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/session/session_archive.h"
#include "engine/session/session_writer.h"
#include "ui/bridge/session_run.h"
#include "ui/models/session_values.h"
#include "ui/models/speech_log.h"
#include "ui/models/token_rows.h"
#include "ui/models/values.h"

namespace ms {

/// Fills a SessionContent. What several parts share goes into it once.
class SessionCollector {
public:
    /// `stateBytes`: states beyond that are left out, except where nothing else leads to them.
    explicit SessionCollector(SessionContent& content, std::uint64_t stateBytes) : m_content(content), m_stateBytes(stateBytes) {}

    /// The session's own rows, first: the others share their beginning.
    void session(const TokenRows& rows);
    [[nodiscard]] SessionDocument::Rows rows(const TokenRows& rows);
    /// `ids`: of a sequence that leads to the states.
    [[nodiscard]] SessionDocument::Run run(const RunImage& image, std::span<const TokenId> ids);
    [[nodiscard]] SessionDocument::Snapshot snapshot(const QString& name, const SequencePoint& point, const TokenRows& rows,
                                                     const std::optional<std::vector<Intervention>>& interventions);
    [[nodiscard]] std::vector<std::int64_t> anchors(const Anchors& anchors, std::span<const TokenId> ids);

private:
    std::int64_t state(const std::shared_ptr<const StateSnapshot>& state, std::shared_ptr<const std::vector<float>> logits,
                       std::span<const TokenId> ids, const std::string& name, bool needed);

    SessionContent& m_content;
    std::uint64_t m_stateBytes;
    TokenRows m_session;
    std::map<const StateSnapshot*, std::int64_t> m_states;
    std::map<const Anchor*, std::int64_t> m_anchors;
};

/// What the window is told of a model that is not there. The texts of its tokens come apart: RecordedModel::texts.
[[nodiscard]] ModelSummaryPtr summarize(const SessionDocument::ModelReference& reference, const RecordedModel& recorded);
/// For a file: sizes, and the texts of all tokens in `tokens`.
[[nodiscard]] RecordedModel recordedModel(const Model& model, const SessionTokens& tokens);

/// Takes an archive apart for a model; what is damaged is told to the archive's lost().
class SessionRestorer {
public:
    SessionRestorer(SessionArchive& archive, const Model& model) : m_archive(archive), m_dims(model.dims()), m_model(&model) {}
    /// Of a model that is not there: without states, which nothing could go on from.
    SessionRestorer(SessionArchive& archive, const ModelDims& dims) : m_archive(archive), m_dims(dims) {}

    /// Up to the first id that the model does not have.
    [[nodiscard]] TokenRows rows(const SessionDocument::Rows& ranges) const;
    /// Without what cannot be read.
    [[nodiscard]] RunImage run(const SessionDocument::Run& run);
    [[nodiscard]] Anchors anchors(const std::vector<std::int64_t>& indices);
    [[nodiscard]] SequencePoint point(const SessionDocument::Snapshot& snapshot);
    /// Reads the series into frames for `sink` and returns what is now captured of the first `tokens` tokens. Progress counts
    /// series.
    [[nodiscard]] std::vector<Coverage::Known> captures(const char* group, const SessionDocument::Run& run, std::int64_t tokens,
                                                        const CaptureSink& sink, const ProgressCallback& progress);
    /// Of those that suit the model.
    [[nodiscard]] std::vector<Intervention> interventions(const std::vector<Intervention>& list);

private:
    struct Loaded {
        std::shared_ptr<const StateSnapshot> state;
        std::shared_ptr<const std::vector<float>> logits;
    };
    Loaded state(std::int64_t index);

    SessionArchive& m_archive;
    const ModelDims& m_dims;
    const Model* m_model = nullptr;
    std::map<std::int64_t, Loaded> m_states;
    std::map<std::int64_t, std::shared_ptr<const Anchor>> m_anchors;
};

[[nodiscard]] InterventionValue interventionValue(const Intervention& intervention);
[[nodiscard]] std::vector<SessionDocument::Word> sessionWords(const std::vector<SpeechWord>& words);
[[nodiscard]] std::vector<SpeechWord> speechWords(const std::vector<SessionDocument::Word>& words);

}  // namespace ms
