#include "engine/lab/lock_step_reader.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "engine/analysis/element_reader.h"
#include "engine/analysis/head_attention.h"
#include "engine/models/plain_recurrence.h"
#include "engine/models/steady_retention.h"
#include "engine/probe/measures.h"
#include "engine/probe/state_layout.h"

namespace ms {

namespace {

constexpr ProbePoint kKept[] = {ProbePoint::Retention, ProbePoint::ForgetGate};
/// What the influence of a layer's tokens is worked out from.
std::vector<ProbePoint> weighedBy(LayerKind kind) {
    using enum ProbePoint;
    switch (kind) {
        case LayerKind::Attention: return {AttentionQuery, AttentionKey};
        case LayerKind::Mamba1:
        case LayerKind::Mamba2: return {Dt, B, C};
        case LayerKind::Mamba3: return {AttentionQuery, AttentionKey, Retention, Dt, InputGate};
        case LayerKind::Lstm: return {ForgetGate, InputGate};
        case LayerKind::Gru: return {ForgetGate};
        case LayerKind::Rnn: return {Hidden};
        case LayerKind::Mamba1Complex:  // not worked out
        case LayerKind::S4d:
        case LayerKind::S4: break;  // known without reading
    }
    return {};
}

Result<CapturePlan> planFor(const ModelDims& dims) {
    std::vector<CaptureRequest> requests;
    for (const ProbePoint point : kKept)
        if (dims.has(point)) requests.push_back({.point = point, .layers = {}, .reduction = Reduction::MeanChannels});
    for (LayerIndex layer(0); layer.value < dims.n_layer; ++layer.value)
        for (const ProbePoint point : weighedBy(dims.layer(layer).kind)) requests.push_back({.point = point, .layers = {layer}, .reduction = Reduction::None});
    return CapturePlan::create(requests, dims);
}

/// What token t attends to, mean over heads.
Result<std::vector<double>> attentionRow(const HeadAttentionInputs& in, std::int64_t t, const InfluenceOptions& options) {
    HeadAttentionOptions heads;
    heads.threads = options.threads;
    heads.stop = options.stop;
    MS_TRY(const std::vector<float> row, headAttentionTile(in, t, t + 1, 0, t + 1, heads));
    return std::vector<double>(row.begin(), row.end());
}

Error noInfluence(const Model& model) {
    return {ErrorCode::Unsupported, model.info().name + ": the weights of its layers' tokens on later ones are not worked out here"};
}

}  // namespace

Result<std::unique_ptr<LockStep::Reader>> LockStep::Reader::create(std::shared_ptr<const Model> model) {
    MS_CHECK(model->expectText());
    MS_TRY(auto session, Session::create(model));
    std::unique_ptr<Reader> reader(new Reader(std::move(session)));
    const ModelDims& dims = model->dims();
    const auto* const steady = dynamic_cast<const SteadyRetention*>(&model->family());
    for (LayerIndex layer(0); layer.value < dims.n_layer; ++layer.value) {
        const bool attends = dims.layer(layer).kind == LayerKind::Attention;
        const std::vector<float> kept = attends ? std::vector{1.0f} : steady ? steady->steadyRetention(layer) : std::vector<float>();
        if (!kept.empty()) reader->m_steadilyKept += std::accumulate(kept.begin(), kept.end(), 0.0) / static_cast<double>(kept.size());
        const bool watched = std::any_of(std::begin(kKept), std::end(kKept), [&](ProbePoint point) { return dims.has(point, layer); });
        reader->m_keepingLayers += !kept.empty() || watched;
    }
    MS_TRY(CapturePlan plan, planFor(dims));
    if (!plan.empty())
        MS_CHECK(reader->m_session->setCapture(std::move(plan), [r = reader.get()](const CaptureFrame& frame) { r->capture(frame); }));
    return reader;
}

Result<void> LockStep::Reader::begin(ModelInput input) {
    MS_CHECK(m_session->reset());
    m_input = std::move(input);
    m_store.clear();
    m_logits.clear();
    take();
    return {};
}

void LockStep::Reader::capture(const CaptureFrame& frame) {
    for (const CaptureFrame::Block& block : frame.blocks)
        if (block.entry->key.reduction == Reduction::MeanChannels) m_kept = std::accumulate(block.values.begin(), block.values.end(), m_kept);
    m_store.append(frame);
}

void LockStep::Reader::addSurprisal(TokenPos first, std::span<const float> logits) {
    const auto vocab = static_cast<std::size_t>(model().dims().vocab);
    const auto known = static_cast<std::size_t>(model().tokenCount());
    for (std::size_t r = 0; r * vocab < logits.size(); ++r) {
        const std::int64_t token = first.value + static_cast<std::int64_t>(r);
        const std::span<const float> before = r == 0 ? std::span<const float>(m_logits) : logits.subspan((r - 1) * vocab, vocab);
        ++m_tokens;
        if (token < m_input.addedBefore || token >= std::ssize(m_input.ids) - m_input.addedBehind) continue;
        m_bits += before.empty() ? std::numeric_limits<double>::quiet_NaN()
                                 : surprisalBits(before, known, static_cast<std::size_t>(m_input.ids[static_cast<std::size_t>(token)]));
    }
    const auto last = logits.last(vocab);
    m_logits.assign(last.begin(), last.end());
}

Result<void> LockStep::Reader::readTo(std::int64_t end, const std::stop_token& stop) {
    const std::int64_t at = m_session->position().value;
    if (at >= end) return {};
    PrefillOptions options;
    options.stop = stop;
    options.onLogits = [this](TokenPos first, std::span<const float> logits) { addSurprisal(first, logits); };
    const auto ids = std::span(m_input.ids).subspan(static_cast<std::size_t>(at), static_cast<std::size_t>(end - at));
    const auto read = m_session->prefill(ids, options);
    if (!read) return read.error();
    return {};
}

LockStepReading LockStep::Reader::take() {
    const auto tokens = static_cast<double>(m_tokens);
    const LockStepReading reading{
        m_bits, stateBytes(model().dims(), m_session->position().value),
        m_keepingLayers > 0 ? (m_kept + tokens * m_steadilyKept) / (tokens * static_cast<double>(m_keepingLayers))
                            : std::numeric_limits<double>::quiet_NaN()};
    m_bits = m_kept = 0;
    m_tokens = 0;
    return reading;
}

Result<std::vector<double>> LockStep::Reader::weights(LayerIndex layer, std::int64_t t, const InfluenceOptions& options) const {
    const LayerDims l = model().dims().layer(layer);
    const auto of = [&](ProbePoint point) { return captured(point, layer); };
    switch (l.kind) {
        case LayerKind::Attention:
            return attentionRow({0, t + 1, l.n_heads, l.n_kv_heads, l.head_dim, of(ProbePoint::AttentionQuery), of(ProbePoint::AttentionKey)}, t, options);
        case LayerKind::Mamba1:
        case LayerKind::Mamba2: {
            const bool heads = l.kind == LayerKind::Mamba2;
            return selectiveInfluence({heads ? l.n_heads : l.d_inner, heads ? l.n_groups : 1, l.d_state, model().stateMatrix(layer),
                                       of(ProbePoint::Dt), of(ProbePoint::B), of(ProbePoint::C)}, t, options);
        }
        case LayerKind::Lstm: return gateInfluence({l.d_inner, of(ProbePoint::ForgetGate), of(ProbePoint::InputGate)}, t, options);
        case LayerKind::Gru: return gateInfluence({l.d_inner, of(ProbePoint::ForgetGate), {}}, t, options);
        case LayerKind::S4d:
        case LayerKind::S4: return kernelInfluence(model().family().convolutionKernel(layer, t + 1), t + 1, t);
        case LayerKind::Mamba3:
            return trapezoidInfluence({l.n_heads, l.d_state, of(ProbePoint::AttentionQuery), of(ProbePoint::AttentionKey), of(ProbePoint::Retention),
                                       of(ProbePoint::Dt), of(ProbePoint::InputGate)}, t, options);
        case LayerKind::Rnn: return gradients(layer, t, options);
        case LayerKind::Mamba1Complex: break;
    }
    return std::vector<double>{};
}

Result<std::vector<double>> LockStep::Reader::gradients(LayerIndex layer, std::int64_t t, const InfluenceOptions& options) const {
    const auto* const cells = dynamic_cast<const PlainRecurrence*>(&model().family());
    const auto step = cells != nullptr ? cells->recurrence(layer) : std::nullopt;
    const TensorInfo* const weight = step ? model().checkpoint().find(step->weight) : nullptr;
    if (weight == nullptr) return std::vector<double>{};
    std::vector<double> W(static_cast<std::size_t>(weight->shape.elements()));
    readElements(*weight, 0, W);
    return recurrenceInfluence({model().dims().layer(layer).d_inner, W, step->relu, captured(ProbePoint::Hidden, layer)}, t, options);
}

Result<std::vector<double>> LockStep::Reader::shares(std::int64_t t, const std::stop_token& stop) const {
    std::vector<double> mean(static_cast<std::size_t>(t + 1));
    int layers = 0;
    bool weighed = false;
    for (LayerIndex layer(0); layer.value < model().dims().n_layer; ++layer.value) {
        if (stop.stop_requested()) return Error{ErrorCode::Cancelled, model().info().name + ": influence cancelled"};
        MS_TRY(const std::vector<double> one, weights(layer, t, {.stop = stop}));
        weighed = weighed || !one.empty();
        const double sum = std::accumulate(one.begin(), one.end(), 0.0);
        if (std::isnan(sum) && m_store.use().lostRows > 0)
            return Error{ErrorCode::Io, model().info().name + ": what it computed was lost, the folder for temporary files is full; make room and read again"};
        if (!(sum > 0)) continue;
        for (std::size_t s = 0; s < mean.size(); ++s) mean[s] += one[s] / sum;
        ++layers;
    }
    if (!weighed) return noInfluence(model());
    if (layers == 0) return Error{ErrorCode::Unsupported, model().info().name + ": no token has a say at this place, all weights are zero or no numbers"};
    for (double& share : mean) share /= layers;
    return mean;
}

}  // namespace ms
