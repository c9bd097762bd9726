// Ops whose rows know nothing of each other: embedding, rmsNorm, copy, reduceRows, writeStrength, scaleClamp.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>

#include "engine/host/host_ops.h"
#include "engine/host/row_tiles.h"
#include "engine/host/simd/kernels.h"

namespace ms::host {

namespace {

/// Eight partial sums in double, in a fixed order.
template <class Term>
double sumOf(const float* x, std::size_t count, Term term) {
    std::array<double, 8> partial{};
    std::size_t i = 0;
    for (; i + 8 <= count; i += 8)
        for (std::size_t k = 0; k < 8; ++k) partial[k] += term(static_cast<double>(x[i + k]));
    for (; i < count; ++i) partial[i % 8] += term(static_cast<double>(x[i]));
    double sum = 0;
    for (const double p : partial) sum += p;
    return sum;
}

float maximum(const float* x, std::size_t count) {
    float largest = -std::numeric_limits<float>::infinity();
    for (std::size_t i = 0; i < count; ++i) {
        if (std::isnan(x[i])) return x[i];
        largest = std::max(largest, x[i]);
    }
    return largest;
}

void histogram(const float* x, std::size_t count, const RowReduction& reduction, float* out) {
    const auto bins = static_cast<std::size_t>(reduction.bins);
    std::array<std::uint32_t, 256> counts{};
    const float scale = static_cast<float>(bins) / (reduction.high - reduction.low),
                last = static_cast<float>(bins - 1);
    for (std::size_t i = 0; i < count; ++i) {
        if (std::isnan(x[i])) continue;
        ++counts[static_cast<std::size_t>(std::clamp((x[i] - reduction.low) * scale, 0.0f, last))];
    }
    for (std::size_t b = 0; b < bins; ++b) out[b] = static_cast<float>(counts[b]);
}

/// Insertion into a list of at most 32; a NaN ranks below every number, equal values by lower index.
void topK(const float* x, std::size_t count, std::size_t k, float* out) {
    std::array<std::size_t, 32> best{};
    std::size_t held = 0;
    const auto above = [x](std::size_t a, std::size_t b) {  // a stands later in the row than b
        return x[a] > x[b] || (std::isnan(x[b]) && !std::isnan(x[a]));
    };
    for (std::size_t i = 0; i < count; ++i) {
        if (held == k && !above(i, best[k - 1])) continue;
        std::size_t place = held < k ? held++ : k - 1;
        for (; place > 0 && above(i, best[place - 1]); --place) best[place] = best[place - 1];
        best[place] = i;
    }
    for (std::size_t i = 0; i < k; ++i) {
        out[i] = x[best[i]];
        out[k + i] = static_cast<float>(best[i]);
    }
}

void reduceRow(const float* x, std::size_t count, const RowReduction& reduction, float* out) {
    using Kind = RowReduction::Kind;
    switch (reduction.kind) {
        case Kind::Mean:
            *out = sumRow(x, count) / static_cast<float>(count);
            break;
        case Kind::Max:
            *out = maximum(x, count);
            break;
        case Kind::L2:
            *out = static_cast<float>(std::sqrt(sumOf(x, count, [](double v) { return v * v; })));
            break;
        case Kind::Histogram:
            histogram(x, count, reduction, out);
            break;
        case Kind::TopK:
            topK(x, count, static_cast<std::size_t>(reduction.bins), out);
            break;
    }
}

}  // namespace

Result<HostOp> makeEmbedding(const Tensor& tableTensor, const Tensor& idsTensor, const Tensor& outTensor) {
    Arguments arguments("embedding");
    const View table = arguments.read(tableTensor, "table"), ids = arguments.read(idsTensor, "ids");
    const View out = arguments.write(outTensor, "out");
    MS_TRY(HostOp op, arguments.finish());
    cutRows(op, out.rows, out.cols, [table, ids, out](std::size_t t) {
        std::int32_t id = 0;
        std::memcpy(&id, ids.bytes(0, t), sizeof(id));
        float* row = out.at<float>(t);
        // The caller checks ids; should one slip through, the row shows it instead of foreign memory.
        if (id < 0 || static_cast<std::size_t>(id) >= table.rows)
            std::fill_n(row, out.cols, std::numeric_limits<float>::quiet_NaN());
        else widen(table.type, table.bytes(static_cast<std::size_t>(id)), out.cols, row);
    });
    return op;
}

Result<HostOp> makeRmsNorm(const Tensor& xTensor, const Tensor& weightTensor, float eps, const Tensor& outTensor) {
    Arguments arguments("rmsNorm");
    const View x = arguments.read(xTensor, "x"), weight = arguments.read(weightTensor, "weight");
    const View out = arguments.write(outTensor, "out");
    MS_TRY(HostOp op, arguments.finish());
    cutRows(op, x.rows, x.cols, [x, weight, out, eps](std::size_t t) {
        rmsNormRow(x.at<const float>(t), weight.data, x.cols, eps, out.at<float>(t));
    });
    return op;
}

Result<HostOp> makeCopy(const Tensor& srcTensor, const Tensor& dstTensor) {
    Arguments arguments("copy");
    const View src = arguments.read(srcTensor, "src"), dst = arguments.write(dstTensor, "dst");
    MS_TRY(HostOp op, arguments.finish());
    const std::size_t rowBytes = src.cols * byteSize(src.type);
    cutRows(op, src.rows, src.cols,
            [src, dst, rowBytes](std::size_t t) { std::memcpy(dst.bytes(t), src.bytes(t), rowBytes); });
    return op;
}

Result<HostOp> makeReduceRows(const Tensor& xTensor, const RowReduction& reduction, const Tensor& outTensor) {
    Arguments arguments("reduceRows");
    const View x = arguments.read(xTensor, "x"), out = arguments.write(outTensor, "out");
    MS_TRY(HostOp op, arguments.finish());
    cutRows(op, x.rows, x.cols, [x, out, reduction](std::size_t t) {
        reduceRow(x.at<const float>(t), x.cols, reduction, out.at<float>(t));
    });
    return op;
}

Result<HostOp> makeWriteStrength(const WriteStrengthArgs& args) {
    Arguments arguments("writeStrength");
    const View dt = arguments.read(args.dt, "dt"), u = arguments.read(args.u, "u"), B = arguments.read(args.B, "B");
    const View out = arguments.write(args.out, "out");
    MS_TRY(HostOp op, arguments.finish());
    const std::size_t groups = static_cast<std::size_t>(args.n_groups), states = B.cols / groups, width = u.cols / groups;
    const std::size_t head = u.cols / dt.cols;  // channels that share a step size
    cutRows(op, u.rows, u.cols, [=](std::size_t t) {
        for (std::size_t first = 0; first < u.cols; first += width) {
            const float* const b = B.at<const float>(t, first / width * states);
            const auto norm = static_cast<float>(std::sqrt(sumOf(b, states, [](double v) { return v * v; })));
            if (head == 1) {
                writeStrengthRow(dt.at<const float>(t, first), u.at<const float>(t, first), norm, width, out.at<float>(t, first));
                continue;
            }
            for (std::size_t c = first; c < first + width; ++c)
                *out.at<float>(t, c) = std::abs(*dt.at<const float>(t, c / head) * *u.at<const float>(t, c)) * norm;
        }
    });
    return op;
}

Result<HostOp> makeScaleClamp(const ScaleClampArgs& args) {
    Arguments arguments("scaleClamp");
    const View x = arguments.update(args.x, "x"), scale = arguments.read(args.scale, "scale");
    const View low = arguments.read(args.low, "low"), high = arguments.read(args.high, "high");
    MS_TRY(HostOp op, arguments.finish());
    cutRows(op, x.rows, x.cols, [x, scale, low, high](std::size_t t) {
        scaleClampRow(x.at<float>(t), scale.at<const float>(0), low.at<const float>(0), high.at<const float>(0),
                      x.cols);
    });
    return op;
}

}  // namespace ms::host
