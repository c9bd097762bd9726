#include "engine/runtime/logit_lens.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numbers>

namespace ms {

namespace {

/// Zeroes what interventions kept from the residual stream. gated [d_inner]: what out_proj would have read.
void silence(std::span<const Intervention> interventions, LayerIndex layer, std::span<float> gated) {
    for (const Intervention& i : interventions) {
        const bool here = i.layers.empty() || std::find(i.layers.begin(), i.layers.end(), layer) != i.layers.end();
        const bool whole = i.kind == Intervention::Kind::AblateLayer;
        if (!i.enabled || !here || (!whole && i.kind != Intervention::Kind::ZeroChannels)) continue;
        if (whole || i.channels.empty()) std::fill(gated.begin(), gated.end(), 0.0f);
        else
            for (const ChannelIndex c : i.channels) gated[static_cast<std::size_t>(c.value)] = 0;
    }
}

}  // namespace

LensRow lensRow(std::span<const float> logits, std::int64_t tokens, int top, std::optional<TokenId> next) {
    constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
    LensRow row{topAlternatives(logits, tokens, top), kNan, kNan, 0};
    const TokenId best = argmax(logits, tokens);
    if (best < 0) return row;
    const std::span<const float> real = logits.first(std::min(logits.size(), static_cast<std::size_t>(tokens)));
    const double largest = real[static_cast<std::size_t>(best)];
    // H = ln Σ - Σ p x, with x measured from the largest logit
    double sum = 0, weighted = 0;
    for (const float logit : real) {
        if (!std::isfinite(logit)) continue;
        const double x = logit - largest, e = std::exp(x);
        sum += e;
        weighted += e * x;
    }
    row.entropyBits = static_cast<float>(std::max(0.0, (std::log(sum) - weighted / sum) / std::numbers::ln2));
    if (!next || *next < 0 || static_cast<std::size_t>(*next) >= real.size()) return row;
    const auto id = static_cast<std::size_t>(*next);
    row.nextProbability = static_cast<float>(std::exp(real[id] - largest) / sum);
    row.nextRank = 1;  // ties go to the lower id, as in topAlternatives
    for (std::size_t i = 0; i < real.size(); ++i)
        if (real[i] > real[id] || (real[i] == real[id] && i < id)) ++row.nextRank;
    return row;
}

std::vector<CaptureRequest> LogitLensReader::requests(const ModelDims& dims) {
    std::vector<CaptureRequest> all;
    for (const ProbePoint point : {ProbePoint::ResidPost, ProbePoint::U, ProbePoint::Gate}) {
        if (!dims.has(point)) continue;
        CaptureRequest request;
        request.point = point;
        request.reduction = Reduction::None;
        all.push_back(request);
    }
    return all;
}

Result<std::unique_ptr<LogitLensReader>> LogitLensReader::create(std::shared_ptr<const Model> model) {
    std::unique_ptr<LogitLensReader> reader(new LogitLensReader(std::move(model)));
    MS_CHECK(reader->record());
    return reader;
}

bool LogitLensReader::hasSkip(LayerIndex layer) const {
    const ModelDims& d = m_model->dims();
    return static_cast<std::int64_t>(m_model->family().skipWeights(layer).size()) == d.layer(layer).d_inner &&
           d.has(ProbePoint::Gate, layer);
}

Result<void> LogitLensReader::record() {
    const ModelDims& d = m_model->dims();
    if (!d.has(ProbePoint::ResidPost))
        return Error{ErrorCode::Unsupported, m_model->info().name + ": this model has no residual stream for the lens to read"};
    const std::int64_t n = d.n_layer;
    Backend& backend = m_model->backend();
    constexpr const char* kLabel = "logit lens";
    MS_TRY(m_residual, backend.allocate(DType::F32, {n, d.d_model}, MemoryKind::Upload, kLabel));
    MS_TRY(m_skip, backend.allocate(DType::F32, {n, d.d_inner}, MemoryKind::Upload, kLabel));
    MS_TRY(m_rows, backend.allocate(DType::F32, {2 * n, d.d_model}, MemoryKind::Device, kLabel));
    MS_TRY(m_normed, backend.allocate(DType::F32, {2 * n, d.d_model}, MemoryKind::Device, kLabel));
    MS_TRY(m_logits, backend.allocate(DType::F32, {2 * n, d.vocab}, MemoryKind::Readback, kLabel));
    MS_TRY(m_program, backend.record(kLabel, [&](Ops& op) {
        op.copy(m_residual, m_rows.rowRange(0, n));
        op.copy(m_residual, m_rows.rowRange(n, n));
        for (LayerIndex k(0); k.value < n; ++k)
            if (hasSkip(k))
                m_model->family().outProjection(op, k, m_skip.rowRange(k.value, 1).colRange(0, d.layer(k).d_inner),
                                                m_rows.rowRange(n + k.value, 1));
        m_model->family().headLogits(op, m_rows, m_normed, m_logits);
    }));
    return {};
}

Result<LogitLens> LogitLensReader::read(const TokenInspection& inspection, int top, std::optional<TokenId> next) {
    const ModelDims& d = m_model->dims();
    const std::int64_t tokens = m_model->tokenCount();
    if (top < 0) return Error{ErrorCode::InvalidArgument, "the number of alternatives must be 0 or larger"};
    if (next && (*next < 0 || *next >= tokens))
        return Error{ErrorCode::InvalidArgument, "token id " + std::to_string(*next) + " is none of the model's " +
                                                     std::to_string(tokens) + " tokens"};
    const auto values = [&](ProbePoint point, std::int64_t layer) -> Result<std::span<const float>> {
        const SeriesKey key{point, LayerIndex(layer), Reduction::None};
        const auto at = inspection.values.find(key);
        if (at == inspection.values.end() || static_cast<std::int64_t>(at->second.size()) != d.width(point, LayerIndex(layer)))
            return Error{ErrorCode::InvalidArgument,
                         "the inspection lacks " + key.path() + "; inspect the token with LogitLensReader::requests()"};
        return std::span<const float>(at->second);
    };
    Backend& backend = m_model->backend();
    auto* residual = reinterpret_cast<float*>(backend.hostPointer(m_residual));
    auto* skip = reinterpret_cast<float*>(backend.hostPointer(m_skip));
    for (std::int64_t k = 0; k < d.n_layer; ++k) {
        MS_TRY(const std::span<const float> r, values(ProbePoint::ResidPost, k));
        std::memcpy(residual + k * d.d_model, r.data(), r.size_bytes());
        if (!hasSkip(LayerIndex(k))) continue;
        MS_TRY(const std::span<const float> u, values(ProbePoint::U, k));
        MS_TRY(const std::span<const float> gate, values(ProbePoint::Gate, k));
        const std::span<const float> D = m_model->family().skipWeights(LayerIndex(k));
        const std::span<float> added(skip + k * d.d_inner, u.size());
        for (std::size_t c = 0; c < u.size(); ++c) added[c] = -(D[c] * u[c] * gate[c]);
        silence(inspection.interventions, LayerIndex(k), added);
    }
    MS_CHECK(backend.run(*m_program));

    const auto* logits = reinterpret_cast<const float*>(backend.hostPointer(m_logits));
    const auto row = [&](std::int64_t index) {
        return lensRow({logits + index * d.vocab, static_cast<std::size_t>(d.vocab)}, tokens, top, next);
    };
    LogitLens lens{inspection.token, {}};
    for (std::int64_t k = 0; k < d.n_layer; ++k) lens.layers.push_back({LayerIndex(k), row(k), row(d.n_layer + k)});
    return lens;
}

}  // namespace ms
