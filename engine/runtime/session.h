// A model reading one sequence: the recurrent state, the position, the captures.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <vector>

#include "engine/base/progress.h"
#include "engine/probe/capture.h"
#include "engine/runtime/chunk_log.h"
#include "engine/runtime/interventions.h"
#include "engine/runtime/model.h"

namespace ms {

/// The whole recurrent state at one position, bit for bit.
struct StateSnapshot {
    std::string fingerprint;                     ///< of the model it belongs to
    TokenPos position;
    std::vector<std::vector<std::byte>> tensors; ///< in the order of ModelState; of what grows the rows in use
};

/// Logits of consecutive tokens: row r belongs to position first + r. Valid during the call only.
using LogitsCallback = std::function<void(TokenPos first, std::span<const float> logits)>;

struct PrefillOptions {
    std::int64_t chunk = 0;     ///< tokens (or frames) per submission; 0: what the device prefers
    LogitsCallback onLogits;    ///< set: logits of every token (or frame) are computed and handed over, chunk by chunk
    ProgressCallback progress;
    std::stop_token stop;       ///< looked at between chunks
};

/// Driven by one thread, the one that drives the model's backend.
class Session {
public:
    static Result<std::unique_ptr<Session>> create(std::shared_ptr<const Model> model);
    ~Session();

    /// Reads tokens. Both ways leave the same state as reading them one by one. Returns the logits [vocab] after the last
    /// token, valid until the next call. InvalidArgument names an id outside the vocabulary (nothing was read then);
    /// Cancelled leaves the session behind the last whole chunk.
    Result<std::span<const float>> prefill(std::span<const TokenId> ids, const PrefillOptions& options = {});
    /// Reads one token.
    Result<std::span<const float>> step(TokenId id);

    /// The same for a model that reads features: positions are frames, and `window` holds the normalised rows of the next
    /// L of them, [step·L + before + after, width] as the model's InputDims has it; FeatureWindow makes such windows.
    /// Returns the logits [vocab] of the last frame. InvalidArgument for a window of another size or a value that is no
    /// finite number (nothing was read then). Unsupported from either pair when the model reads the other kind of input.
    Result<std::span<const float>> prefillFrames(std::span<const float> window, const PrefillOptions& options = {});
    /// Reads one frame.
    Result<std::span<const float>> stepFrame(std::span<const float> window);

    /// What is captured from the next token on. The sink is called after every submission. Strides count from `origin`: a
    /// stride longer than anything read captures that token alone.
    Result<void> setCapture(CapturePlan plan, CaptureSink sink, TokenPos origin = TokenPos(0));

    /// Changes the model for every token read from now on; an empty list takes all changes back. reset() and restore()
    /// keep them. What is captured is what the changed model used. Errors as compileInterventions; the list before stays
    /// then.
    Result<void> setInterventions(std::span<const Intervention> interventions);
    [[nodiscard]] std::span<const Intervention> interventions() const { return m_interventions; }

    /// Back to the empty state at position 0.
    Result<void> reset();
    Result<StateSnapshot> snapshot();
    /// InvalidArgument when the snapshot is another model's. Selectivity's window starts anew.
    Result<void> restore(const StateSnapshot& snapshot);
    /// Only the state of these layers becomes the snapshot's; the position stays, and selectivity's window.
    /// InvalidArgument when the snapshot is another model's, a layer is not there, or a layer's state grows and the snapshot
    /// was taken at another position; nothing has changed then.
    Result<void> restoreLayers(const StateSnapshot& snapshot, std::span<const LayerIndex> layers);

    [[nodiscard]] TokenPos position() const { return m_position; }
    /// Bytes that the state holds on the device now, room for tokens to come included.
    [[nodiscard]] std::uint64_t stateBytesHeld() const;
    [[nodiscard]] const Model& model() const { return *m_model; }
    [[nodiscard]] const CapturePlan& capturePlan() const;
    /// How the tokens read so far were cut into submissions.
    [[nodiscard]] const ChunkLog& chunks() const { return m_chunks; }
    /// This session goes on for one that read its tokens so, up to this position.
    void setChunks(ChunkLog chunks) { m_chunks = std::move(chunks); }
    /// Seconds the device spent on the last submission.
    [[nodiscard]] double lastDeviceSeconds() const;

private:
    class Capture;
    struct ProgramKey {
        std::int64_t rows;
        LogitRows logits;
        std::int64_t phase;  ///< position from the captures' origin, modulo their strides' period
        bool operator==(const ProgramKey&) const = default;
    };
    struct CachedProgram {
        ProgramKey key;
        std::unique_ptr<Program> program;
        std::uint64_t lastUse;
    };

    explicit Session(std::shared_ptr<const Model> model);
    Result<void> allocate(std::int64_t rows);
    Result<void> ensureLogits(std::int64_t rows);
    Result<void> ensureRoom(std::int64_t tokens);
    Result<void> writeState(const StateTensor& state, std::span<const std::byte> bytes);
    Result<std::span<const float>> read(std::span<const std::byte> input, std::int64_t steps, const PrefillOptions& options);
    Result<std::span<const float>> readOne(std::span<const std::byte> input);
    Result<void> submit(std::span<const std::byte> input, std::int64_t rows, LogitRows logits);
    Result<Program*> programFor(const ProgramKey& key);
    [[nodiscard]] std::int64_t nextChunk(std::int64_t remaining, std::int64_t limit) const;
    Result<void> checkIds(std::span<const TokenId> ids) const;
    Result<void> checkWindow(std::span<const float> window) const;
    Result<void> checkFits(const StateSnapshot& snapshot) const;

    std::shared_ptr<const Model> m_model;
    std::unique_ptr<Capture> m_capture;
    ModelState m_state;
    ModelScratch m_scratch;
    Tensor m_input;   // of InputDims::shape(rows), Upload
    Tensor m_positionTensor;  // [1] I32, Upload
    Tensor m_logits;  // [logit rows, vocab] F32, Readback
    std::vector<CachedProgram> m_programs;
    std::uint64_t m_useClock = 0;
    TokenPos m_position;
    std::vector<Intervention> m_interventions;
    std::vector<LayerEdits> m_edits;  // what they come to, one a layer; empty: nothing is changed
    ChunkLog m_chunks;
};

}  // namespace ms
