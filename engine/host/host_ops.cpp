#include "engine/host/host_ops.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "engine/backend/ops_check.h"
#include "engine/host/attention_op.h"

namespace ms::host {

View Arguments::add(const Tensor& tensor, const char* what, bool reads, bool writes) {
    if (!tensor || m_error) return {};
    auto view = resolve(tensor, writes, what);
    if (!view) {
        m_error = view.error().within(m_name);
        return {};
    }
    const Range range{view->data, view->data + tensor.spanBytes()};
    if (reads) m_op.reads.push_back(range);
    if (writes) m_op.writes.push_back(range);
    m_op.buffers.push_back(tensor.buffer);
    return *view;
}

Result<HostOp> Arguments::finish() {
    if (m_error) return *m_error;
    return std::move(m_op);
}

template <class Make>
void HostOps::record(Result<void> checked, Make make) {
    if (m_error) return;
    if (!checked) {
        m_error = checked.error();
        return;
    }
    Result<HostOp> op = make();
    if (!op) m_error = op.error();
    else if (op->tiles > 0) m_ops.push_back(std::move(*op));
}

void HostOps::embedding(const Tensor& table, const Tensor& ids, const Tensor& out) {
    record(checkEmbedding(table, ids, out), [&] { return makeEmbedding(table, ids, out); });
}
void HostOps::rmsNorm(const Tensor& x, const Tensor& weight, float eps, const Tensor& out) {
    record(checkRmsNorm(x, weight, out), [&] { return makeRmsNorm(x, weight, eps, out); });
}
void HostOps::matmul(const MatmulArgs& args) {
    record(check(args), [&] { return makeMatmul(args); });
}
void HostOps::causalConv1d(const CausalConv1dArgs& args) {
    record(check(args), [&] { return makeCausalConv1d(args); });
}
void HostOps::selectiveScan(const SelectiveScanArgs& args) {
    record(check(args), [&] { return makeSelectiveScan(args); });
}
void HostOps::copy(const Tensor& src, const Tensor& dst) {
    record(checkCopy(src, dst), [&] { return makeCopy(src, dst); });
}
void HostOps::reduceRows(const Tensor& x, const RowReduction& reduction, const Tensor& out) {
    record(checkReduceRows(x, reduction, out), [&] { return makeReduceRows(x, reduction, out); });
}
void HostOps::windowVariation(const WindowVariationArgs& args) {
    record(check(args), [&] { return makeWindowVariation(args); });
}
void HostOps::retention(const RetentionArgs& args) {
    record(check(args), [&] { return makeRetention(args); });
}
void HostOps::writeStrength(const WriteStrengthArgs& args) {
    record(check(args), [&] { return makeWriteStrength(args); });
}
void HostOps::scaleClamp(const ScaleClampArgs& args) {
    record(check(args), [&] { return makeScaleClamp(args); });
}
void HostOps::layerNorm(const LayerNormArgs& args) {
    record(check(args), [&] { return makeLayerNorm(args); });
}
void HostOps::gate(const GateArgs& args) {
    record(check(args), [&] { return makeGate(args); });
}
void HostOps::rotary(const RotaryArgs& args) {
    record(check(args), [&] { return makeRotary(args); });
}
void HostOps::topExperts(const TopExpertsArgs& args) {
    record(check(args), [&] { return makeTopExperts(args); });
}
void HostOps::expertMatmul(const ExpertMatmulArgs& args) {
    record(check(args), [&] { return makeExpertMatmul(args); });
}
void HostOps::mixExperts(const MixExpertsArgs& args) {
    record(check(args), [&] { return makeMixExperts(args); });
}
void HostOps::attention(const AttentionArgs& args) {
    if (m_error) return;
    const Result<void> checked = check(args);
    if (!checked) {
        m_error = checked.error();
        return;
    }
    auto ops = makeAttention(args);
    if (!ops) m_error = ops.error();
    else std::move(ops->begin(), ops->end(), std::back_inserter(m_ops));
}
void HostOps::gatedRmsNorm(const GatedRmsNormArgs& args) {
    record(check(args), [&] { return makeGatedRmsNorm(args); });
}
void HostOps::ssdScan(const SsdScanArgs& args) {
    record(check(args), [&] { return makeSsdScan(args); });
}
void HostOps::complexScan(const ComplexScanArgs& args) {
    record(check(args), [&] { return makeComplexScan(args); });
}
void HostOps::trapezoidScan(const TrapezoidScanArgs& args) {
    record(check(args), [&] { return makeTrapezoidScan(args); });
    // A step of its own: every tile reads what the last call left.
    copy(args.K.rowRange(args.K.rows() - 1, 1), args.kPrev.reshaped({1, args.kPrev.cols()}));
    copy(args.v.rowRange(args.v.rows() - 1, 1), args.vPrev.reshaped({1, args.vPrev.cols()}));
}
void HostOps::trapezoidSteps(const TrapezoidStepsArgs& args) {
    record(check(args), [&] { return makeTrapezoidSteps(args); });
}
void HostOps::rotateStates(const RotateStatesArgs& args) {
    record(check(args), [&] { return makeRotateStates(args); });
}
void HostOps::recurrentCell(const RecurrentCellArgs& args) {
    const Result<void> checked = check(args);
    const std::int64_t L = args.out.rows();
    if (!checked || L == 0) return record(checked, [&] { return makeRecurrentCell(args); });
    const std::int64_t perOp = cellFitsOneTile(args) ? L : 1;
    for (std::int64_t t = 0; t < L; t += perOp) {
        RecurrentCellArgs part = args;
        for (Tensor* rows : {&part.x, &part.out, &part.gates, &part.cell})
            if (*rows) *rows = rows->rowRange(t, perOp);
        if (t > 0) part.h = args.out.rowRange(t - 1, 1);
        record({}, [&] { return makeRecurrentCell(part); });
    }
    // A step of its own: every tile reads the old state.
    copy(args.out.rowRange(L - 1, 1), args.h.reshaped({1, args.h.cols()}));
}
void HostOps::s4Scan(const S4ScanArgs& args) {
    record(check(args), [&] { return makeS4Scan(args); });
}
void HostOps::fftConvolve(const FftConvolveArgs& args) {
    record(check(args), [&] { return makeFftConvolve(args); });
}
void HostOps::glu(const GluArgs& args) {
    record(check(args), [&] { return makeGlu(args); });
}

Result<std::vector<HostOp>> HostOps::take() {
    if (m_error) return *m_error;
    return std::move(m_ops);
}

}  // namespace ms::host
