// One model of several that read in lock step: its session, and what it captured on the way.
#pragma once

#include "engine/analysis/influence.h"
#include "engine/lab/lock_step.h"
#include "engine/lab/piece_cutter.h"
#include "engine/probe/capture_store.h"
#include "engine/runtime/session.h"

namespace ms {

class LockStep::Reader {
public:
    /// Unsupported for a model that reads no tokens. Errors as Session::create and setCapture.
    static Result<std::unique_ptr<Reader>> create(std::shared_ptr<const Model> model);

    /// Back to the empty state, with something to read.
    Result<void> begin(ModelInput input);
    /// Reads its tokens up to `end`. After Cancelled the next call goes on.
    Result<void> readTo(std::int64_t end, const std::stop_token& stop);
    /// Of what was read since the last call.
    LockStepReading take();

    /// The share that each token of [0, t] has in the output at token t, [t + 1].
    Result<std::vector<double>> shares(std::int64_t t, const std::stop_token& stop) const;

    [[nodiscard]] const Model& model() const { return m_session->model(); }

private:
    explicit Reader(std::unique_ptr<Session> session) : m_session(std::move(session)) {}
    void capture(const CaptureFrame& frame);
    void addSurprisal(TokenPos first, std::span<const float> logits);
    /// Not yet shares; empty where the layer has no such weights.
    Result<std::vector<double>> weights(LayerIndex layer, std::int64_t t, const InfluenceOptions& options) const;
    /// The weights of an RNN's layer.
    Result<std::vector<double>> gradients(LayerIndex layer, std::int64_t t, const InfluenceOptions& options) const;
    [[nodiscard]] RowReader captured(ProbePoint point, LayerIndex layer) const { return readerOf(m_store, {point, layer, Reduction::None}); }

    std::unique_ptr<Session> m_session;
    ModelInput m_input;
    CaptureStore m_store;
    std::vector<float> m_logits;  // [vocab] after the last token; empty before the first
    std::int64_t m_keepingLayers = 0;
    double m_steadilyKept = 0;    // over a token: Σ over the layers that keep the same share of everything

    // Since the last take():
    double m_bits = 0;
    double m_kept = 0;            // Σ over tokens and the layers whose share is captured
    std::int64_t m_tokens = 0;
};

}  // namespace ms
