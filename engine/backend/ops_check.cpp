#include "engine/backend/ops_check.h"

#include "engine/backend/ops_check_parts.h"

namespace ms {

using check_parts::expect;
using check_parts::isWeight;
using check_parts::kWeightTypes;
using check_parts::wrong;

Result<void> checkEmbedding(const Tensor& table, const Tensor& ids, const Tensor& out) {
    const char* op = "embedding";
    if (!isWeight(table)) return wrong(op, std::string("table must be ") + kWeightTypes);
    MS_CHECK(expect(op, "ids", ids, DType::I32, 1, out.rows()));
    return expect(op, "out", out, DType::F32, out.rows(), table.cols());
}

Result<void> checkRmsNorm(const Tensor& x, const Tensor& weight, const Tensor& out) {
    MS_CHECK(expect("rmsNorm", "x", x, DType::F32, x.rows(), x.cols()));
    MS_CHECK(expect("rmsNorm", "weight", weight, DType::F32, 1, x.cols()));
    return expect("rmsNorm", "out", out, DType::F32, x.rows(), x.cols());
}

Result<void> check(const MatmulArgs& a) {
    const char* op = "matmul";
    MS_CHECK(expect(op, "x", a.x, DType::F32, a.x.rows(), a.x.cols()));
    if (!isWeight(a.weight)) return wrong(op, std::string("weight must be ") + kWeightTypes);
    if (a.weight.cols() != a.x.cols())
        return wrong(op, "x is " + a.x.shape.text() + " but weight is " + a.weight.shape.text());
    if (a.bias) MS_CHECK(expect(op, "bias", a.bias, DType::F32, 1, a.weight.rows()));
    if (a.out.rows() > 1 && a.out.rowStride < a.out.cols()) return wrong(op, "rows of out overlap");
    return expect(op, "out", a.out, DType::F32, a.x.rows(), a.weight.rows());
}

Result<void> check(const CausalConv1dArgs& a) {
    const char* op = "causalConv1d";
    const std::int64_t L = a.x.rows(), d = a.x.cols();
    MS_CHECK(expect(op, "x", a.x, DType::F32, L, d));
    if (!a.weight || a.weight.rows() != d || a.weight.cols() < 1 || a.weight.cols() > 8)
        return wrong(op, "weight must be [d_inner, d_conv] with d_conv from 1 to 8");
    MS_CHECK(expect(op, "weight", a.weight, DType::F32, d, a.weight.cols()));
    if (a.bias) MS_CHECK(expect(op, "bias", a.bias, DType::F32, 1, d));
    if (a.weight.cols() > 1) MS_CHECK(expect(op, "state", a.state, DType::F32, d, a.weight.cols() - 1));
    return expect(op, "out", a.out, DType::F32, L, d);
}

Result<void> check(const SelectiveScanArgs& a) {
    const char* op = "selectiveScan";
    const DType type = a.u.dtype;
    const std::int64_t L = a.u.rows(), d = a.u.cols(), n = a.A.cols();
    if (type != DType::F32 && type != DType::F16) return wrong(op, "u must be F32 or F16");
    if (n < 1 || n > 256) return wrong(op, "d_state must be from 1 to 256");
    MS_CHECK(expect(op, "u", a.u, type, L, d));
    MS_CHECK(expect(op, "dt", a.dt, type, L, d));
    MS_CHECK(expect(op, "A", a.A, DType::F32, d, n));
    MS_CHECK(expect(op, "B", a.B, type, L, n));
    MS_CHECK(expect(op, "C", a.C, type, L, n));
    MS_CHECK(expect(op, "D", a.D, DType::F32, 1, d));
    if (a.z) MS_CHECK(expect(op, "z", a.z, type, L, d));
    if (a.dtBias) MS_CHECK(expect(op, "dtBias", a.dtBias, DType::F32, 1, d));
    if (a.dtBias && !a.softplus) return wrong(op, "dtBias needs softplus");
    MS_CHECK(expect(op, "state", a.state, DType::F32, d, n));
    MS_CHECK(expect(op, "out", a.out, type, L, d));
    if (a.y) MS_CHECK(expect(op, "y", a.y, DType::F32, L, d));
    if (a.gate && !a.z) return wrong(op, "gate asked for without z");
    if (a.gate) MS_CHECK(expect(op, "gate", a.gate, DType::F32, L, d));
    if (a.stateNorm) MS_CHECK(expect(op, "stateNorm", a.stateNorm, DType::F32, L, d));
    return {};
}

Result<void> checkCopy(const Tensor& src, const Tensor& dst) {
    if (src.dtype != DType::F32 && src.dtype != DType::I32) return wrong("copy", "only F32 and I32 are copied");
    return expect("copy", "dst", dst, src.dtype, src.rows(), src.cols());
}

Result<void> checkReduceRows(const Tensor& x, const RowReduction& r, const Tensor& out) {
    const char* op = "reduceRows";
    MS_CHECK(expect(op, "x", x, DType::F32, x.rows(), x.cols()));
    std::int64_t width = 1;
    if (r.kind == RowReduction::Kind::Histogram) {
        if (r.bins < 1 || r.bins > 256 || !(r.low < r.high)) return wrong(op, "a histogram needs 1 to 256 bins and low < high");
        width = r.bins;
    } else if (r.kind == RowReduction::Kind::TopK) {
        if (r.bins < 1 || r.bins > 32 || r.bins > x.cols()) return wrong(op, "top-k needs k from 1 to 32, at most the row's width");
        width = 2 * r.bins;
    }
    return expect(op, "out", out, DType::F32, x.rows(), width);
}

Result<void> check(const WindowVariationArgs& a) {
    const char* op = "windowVariation";
    const std::int64_t L = a.x.rows(), d = a.x.cols();
    MS_CHECK(expect(op, "x", a.x, DType::F32, L, d));
    MS_CHECK(expect(op, "history", a.history, DType::F32, a.history.rows(), d));
    if (a.history.rows() < 1) return wrong(op, "the window must hold at least one token");
    if (a.history.rows() > kLongestWindow)
        return Error{ErrorCode::Unsupported, std::string(op) + ": a window of " + std::to_string(a.history.rows()) +
                                                 " tokens; at most " + std::to_string(kLongestWindow)};
    MS_CHECK(expect(op, "position", a.position, DType::I32, 1, 1));
    return expect(op, "out", a.out, DType::F32, L, d);
}

Result<void> check(const RetentionArgs& a) {
    const char* op = "retention";
    const std::int64_t L = a.dt.rows(), d = a.dt.cols(), n = a.A.cols();
    MS_CHECK(expect(op, "dt", a.dt, DType::F32, L, d));
    if (n < 1 || n > 256) return wrong(op, "d_state must be from 1 to 256");
    MS_CHECK(expect(op, "A", a.A, DType::F32, d, n));
    return expect(op, "out", a.out, DType::F32, L, d);
}

Result<void> check(const WriteStrengthArgs& a) {
    const char* op = "writeStrength";
    const std::int64_t L = a.u.rows(), d = a.u.cols(), heads = a.dt.cols(), n = a.B.cols();
    MS_CHECK(expect(op, "dt", a.dt, DType::F32, L, heads));
    MS_CHECK(expect(op, "u", a.u, DType::F32, L, d));
    if (n < 1) return wrong(op, "d_state must be at least 1");
    if (heads < 1 || d % heads != 0) return wrong(op, std::to_string(heads) + " heads do not divide " + std::to_string(d) + " channels");
    if (a.n_groups < 1 || heads % a.n_groups != 0 || n % a.n_groups != 0)
        return wrong(op, std::to_string(a.n_groups) + " groups divide neither " + std::to_string(heads) + " heads nor B's columns");
    MS_CHECK(expect(op, "B", a.B, DType::F32, L, n));
    return expect(op, "out", a.out, DType::F32, L, d);
}

Result<void> check(const ScaleClampArgs& a) {
    const char* op = "scaleClamp";
    const std::int64_t D = a.x.cols();
    MS_CHECK(expect(op, "x", a.x, DType::F32, a.x.rows(), D));
    MS_CHECK(expect(op, "scale", a.scale, DType::F32, 1, D));
    MS_CHECK(expect(op, "low", a.low, DType::F32, 1, D));
    return expect(op, "high", a.high, DType::F32, 1, D);
}

}  // namespace ms
