#include "engine/runtime/session_capture.h"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace ms {

namespace {

/// Captured rows among positions [first, first + rows), counted from the origin: those that `stride` divides. Returns the
/// first one's offset.
std::int64_t firstCaptured(std::int64_t first, std::int64_t stride) { return (stride - first % stride) % stride; }

std::int64_t capturedRows(std::int64_t first, std::int64_t rows, std::int64_t stride) {
    const std::int64_t offset = firstCaptured(first, stride);
    return offset >= rows ? 0 : (rows - offset - 1) / stride + 1;
}

RowReduction rowReduction(const CaptureEntry& e) {
    switch (e.key.reduction) {
        case Reduction::MaxChannels: return {RowReduction::Kind::Max, 0, 0, 1};
        case Reduction::L2: return {RowReduction::Kind::L2, 0, 0, 1};
        case Reduction::Histogram: return {RowReduction::Kind::Histogram, e.bins, e.low, e.high};
        case Reduction::TopK: return {RowReduction::Kind::TopK, e.bins, 0, 1};
        default: return {RowReduction::Kind::Mean, 0, 0, 1};
    }
}

}  // namespace

Result<std::unique_ptr<Session::Capture>> Session::Capture::create(const Model& model, CapturePlan plan, CaptureSink sink,
                                                                   std::int64_t rows, TokenPos origin) {
    std::unique_ptr<Capture> capture(new Capture(model, std::move(plan), std::move(sink), origin));
    MS_CHECK(capture->allocate(rows));
    return capture;
}

Result<void> Session::Capture::allocate(std::int64_t rows) {
    Backend& backend = m_model.backend();
    const ModelDims& dims = m_model.dims();
    for (const CaptureEntry& e : m_plan.entries()) {
        const bool atChunkEnd = info(e.key.point).timing == ProbeTiming::ChunkEnd;
        const std::int64_t kept = atChunkEnd ? 1 : (rows - 1) / e.stride + 1;
        MS_TRY(Tensor t, backend.allocate(DType::F32, {kept, e.width}, MemoryKind::Readback, "capture of " + e.key.path()));
        m_readback.push_back(std::move(t));
        m_period = std::lcm(m_period, e.stride);
    }
    m_onDemand.resize(probeTable().size());
    for (const ProbeInfo& p : probeTable()) {
        const bool watched = std::any_of(m_plan.entries().begin(), m_plan.entries().end(),
                                         [&](const CaptureEntry& e) { return e.key.point == p.point; });
        if (!p.onDemand || !watched) continue;
        MS_TRY(m_onDemand[static_cast<std::size_t>(p.point)],
               backend.allocate(DType::F32, {rows * dims.width(p.point)}, MemoryKind::Device, "probe of " + std::string(p.key)));
    }
    if (!m_onDemand[static_cast<std::size_t>(ProbePoint::Selectivity)]) return {};

    MS_TRY(m_windowPosition, backend.allocate(DType::I32, {1}, MemoryKind::Upload, "selectivity window"));
    m_windows.resize(static_cast<std::size_t>(dims.n_layer));
    for (LayerIndex k(0); k.value < dims.n_layer; ++k) {
        if (!watches(ProbePoint::Selectivity, k)) continue;
        MS_TRY(m_windows[static_cast<std::size_t>(k.value)],
               backend.allocate(DType::F32, {kSelectivityWindow, dims.width(ProbePoint::Dt, k)}, MemoryKind::Device, "selectivity window"));
    }
    return {};
}

void Session::Capture::beginRecording(std::int64_t rows, std::int64_t phase) {
    m_rows = rows;
    m_phase = phase;
}

bool Session::Capture::watches(ProbePoint point, LayerIndex layer) const { return m_plan.wants(point, layer); }

Tensor Session::Capture::wanted(ProbePoint point, LayerIndex layer) {
    const Tensor& room = m_onDemand[static_cast<std::size_t>(point)];
    if (!room || !watches(point, layer)) return {};
    const std::int64_t width = m_model.dims().width(point, layer);
    return room.colRange(0, m_rows * width).reshaped({m_rows, width});
}

void Session::Capture::offer(Ops& op, ProbePoint point, LayerIndex layer, const Tensor& value) {
    const std::vector<CaptureEntry>& entries = m_plan.entries();
    for (std::size_t i = 0; i < entries.size(); ++i)
        if (entries[i].key.point == point && entries[i].key.layer == layer) record(op, i, value);

    // Selectivity is derived from Δ where Δ is made.
    if (point != ProbePoint::Dt || !watches(ProbePoint::Selectivity, layer)) return;
    const Tensor& history = m_windows[static_cast<std::size_t>(layer.value)];
    const Tensor variation = wanted(ProbePoint::Selectivity, layer);  // [L, width of Δ]
    op.windowVariation({.x = value, .history = history, .position = m_windowPosition, .out = variation});
    offer(op, ProbePoint::Selectivity, layer, variation);
}

void Session::Capture::record(Ops& op, std::size_t entryIndex, const Tensor& value) {
    const CaptureEntry& e = m_plan.entries()[entryIndex];
    const Tensor& readback = m_readback[entryIndex];
    if (info(e.key.point).timing == ProbeTiming::ChunkEnd) {
        if ((m_phase + m_rows - 1) % e.stride != 0) return;
        if (e.key.reduction == Reduction::None) op.copy(value.reshaped({1, e.width}), readback);
        else if (e.width == value.rows()) op.reduceRows(value, rowReduction(e), readback.reshaped({e.width, 1}));
        else op.reduceRows(value.reshaped({1, value.shape.elements()}), rowReduction(e), readback);
        return;
    }
    const std::int64_t kept = capturedRows(m_phase, m_rows, e.stride);
    // Logits are offered for the last token alone when nobody wants the others.
    const std::int64_t missing = m_rows - value.rows();
    const std::int64_t offset = firstCaptured(m_phase, e.stride);
    if (kept == 0 || offset < missing) return;
    const Tensor rows = value.everyRow(offset - missing, e.stride, kept);
    const Tensor out = readback.rowRange(0, kept);
    if (e.key.reduction == Reduction::None) op.copy(rows, out);
    else op.reduceRows(rows, rowReduction(e), out);
}

void Session::Capture::beforeRun(TokenPos first) {
    if (!m_windowPosition) return;
    const auto filled = static_cast<std::int32_t>(first.value - m_windowStart.value);
    std::memcpy(m_model.backend().hostPointer(m_windowPosition), &filled, sizeof filled);
}

void Session::Capture::afterRun(TokenPos first, std::int64_t rows) {
    CaptureFrame frame{first, rows, {}};
    const std::int64_t fromOrigin = first.value - m_origin.value;
    const std::vector<CaptureEntry>& entries = m_plan.entries();
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const CaptureEntry& e = entries[i];
        TokenPos at(first.value + firstCaptured(fromOrigin, e.stride));
        std::int64_t kept = capturedRows(fromOrigin, rows, e.stride);
        if (info(e.key.point).timing == ProbeTiming::ChunkEnd) {
            at = TokenPos(first.value + rows - 1);
            kept = (fromOrigin + rows - 1) % e.stride == 0 ? 1 : 0;
        }
        if (kept == 0) continue;
        const auto* values = reinterpret_cast<const float*>(m_model.backend().hostPointer(m_readback[i]));
        frame.blocks.push_back({&e, at, kept, {values, static_cast<std::size_t>(kept * e.width)}});
    }
    if (m_sink) m_sink(frame);
}

}  // namespace ms
