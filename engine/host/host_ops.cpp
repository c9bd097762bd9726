#include "engine/host/host_ops.h"

#include <string>
#include <utility>

#include "engine/backend/ops_check.h"

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

Result<std::vector<HostOp>> HostOps::take() {
    if (m_error) return *m_error;
    return std::move(m_ops);
}

}  // namespace ms::host
