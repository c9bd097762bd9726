// One sequence being read and written on, with states kept along it so that it can go back: the live run, or its baseline.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "engine/runtime/snapshot_trail.h"
#include "engine/runtime/text_stream.h"
#include "ui/bridge/backfill.h"
#include "ui/bridge/coverage.h"

namespace ms {

/// A state that reading the tokens before it does not lead to: it was swapped in or loaded.
struct Anchor {
    StateSnapshot state;
    std::vector<float> logits;       ///< [vocab] behind its last token
    std::vector<LayerIndex> layers;  ///< swapped in: they can be again, after other tokens or in a changed model
    bool loaded = false;             ///< all of it is another session's
};
using Anchors = std::vector<std::shared_ptr<const Anchor>>;  // by position

/// From where a place in a sequence can be reached. Cheap to copy: what is large is shared.
struct SequencePoint {
    std::shared_ptr<const StateSnapshot> state{};         ///< at or before the place; null: the empty state
    std::shared_ptr<const std::vector<float>> logits{};   ///< [vocab] behind its last token, needed where the state stands there
    Anchors anchors{};   ///< up to the place; what was swapped in behind `state` is swapped in again on the way
};

/// What going to another place may be asked for and told.
struct GoOptions {
    std::stop_token stop{};
    ProgressCallback progress{};  ///< tokens read, of those to read
};

/// What another run needs to go on as this one would.
struct RunImage {
    ChunkLog chunks{};
    std::vector<std::shared_ptr<const StateSnapshot>> trail{};  ///< some states along the way, by position
    Anchors anchors{};
    std::shared_ptr<const StateSnapshot> end{};                 ///< behind the last token; null: to be read again
    std::shared_ptr<const std::vector<float>> logits{};         ///< [vocab] behind it
    std::vector<Coverage::Known> captured{};
};

/// Driven by the engine thread.
class SessionRun {
public:
    static Result<std::unique_ptr<SessionRun>> create(std::shared_ptr<const Model> model, CaptureSink sink);

    [[nodiscard]] TextStream& stream() { return *m_stream; }
    [[nodiscard]] Session& session() { return m_stream->session(); }
    /// The nearest kept state from which reading on leads to `token`; null: the empty state.
    [[nodiscard]] const StateSnapshot* stateBefore(TokenPos token) const;
    [[nodiscard]] bool isAnchor(const StateSnapshot* state) const;

    /// From the next token on. What lacks its past gets a backfill.
    Result<void> setCapture(const std::vector<CaptureRequest>& requests);
    /// Applies to every token read from now on. The kept states belonged to another model: the caller begins anew.
    Result<void> setInterventions(std::span<const Intervention> interventions);

    [[nodiscard]] const std::optional<Backfill>& backfill() const { return m_backfill; }
    /// Goes on filling in the past for about `milliseconds`. `ids`: all tokens read.
    Result<void> sliceBackfill(std::span<const TokenId> ids, double milliseconds);
    void dropBackfill() { m_backfill.reset(); }

    /// Back to the empty state.
    Result<void> restart();
    /// Reads tokens and reports them, as TextStream::read.
    Result<void> read(std::span<const TokenId> ids, const TokenCallback& onToken, const PrefillOptions& options = {}) {
        return read(ids, {}, onToken, options);
    }
    /// The same, and swaps in on the way what was swapped in before.
    Result<void> read(std::span<const TokenId> ids, const Anchors& swaps, const TokenCallback& onToken, const PrefillOptions& options);
    /// Writes one token.
    Result<TokenEvent> next();

    /// Where the first `tokens` tokens lead to, from the nearest state that leaves room to fill the selectivity window.
    [[nodiscard]] SequencePoint pointAt(std::int64_t tokens) const;
    [[nodiscard]] const Anchors& anchors() const { return m_anchors; }
    /// Goes to the end of `ids` (at least one). Captures up to `known` still hold and are not made again; a backfill makes
    /// those that lack. Cancelled leaves the run behind a token on the way, from which it can read and write on.
    Result<void> goTo(const SequencePoint& point, std::span<const TokenId> ids, TokenPos known, const GoOptions& options = {});
    /// All of it: with the state here and states along the way, or (false) no more than leads here by reading a little again.
    Result<RunImage> image(bool whole);
    /// Begins anew where a run stood that read `ids` (at least one) and was told by `image`. What it says is captured must be
    /// in the store. Where its last state is missing it is read again; cancelled then as goTo().
    Result<void> resume(RunImage image, std::span<const TokenId> ids, const GoOptions& options = {});
    /// These layers take the state they have in `snapshot`: reading the tokens again does not lead there.
    Result<void> swapIn(const StateSnapshot& snapshot, std::span<const LayerIndex> layers);

private:
    [[nodiscard]] const Anchor* anchorAtOrBefore(TokenPos position) const;
    Result<void> startBackfill();
    /// Reads tokens [position, ids.size()) in the chunks `log` says they were read in before: that gives the same bits.
    Result<void> reread(std::span<const TokenId> ids, const ChunkLog& log, const Anchors& swaps, const GoOptions& options);
    /// The state here is not what reading leads to.
    Result<void> keepFromHere(std::span<const LayerIndex> layers, bool loaded);
    /// What stands at this position of `swaps`.
    Result<void> swapHere(const Anchors& swaps);

    SessionRun(std::shared_ptr<const Model> model, std::unique_ptr<TextStream> stream, CaptureSink sink)
        : m_model(std::move(model)), m_stream(std::move(stream)), m_sink(std::move(sink)) {}

    std::shared_ptr<const Model> m_model;
    std::unique_ptr<TextStream> m_stream;
    CaptureSink m_sink;
    SnapshotTrail m_trail;
    Anchors m_anchors;
    std::vector<CaptureRequest> m_requests;
    Coverage m_coverage;
    std::optional<Backfill> m_backfill;
    bool m_quiet = false;  // captures are dropped
};

}  // namespace ms
