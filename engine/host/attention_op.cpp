// Causal attention over cached keys and values: append, attend, and, where a few queries share a long cache, combine.
#include <cblas.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <utility>

#include "engine/base/half.h"
#include "engine/host/attention_op.h"
#include "engine/host/host_ops.h"
#include "engine/host/simd/kernels.h"

namespace ms::host {

namespace {

constexpr std::size_t kBlockRows = 64;   // queries of one tile, heads that share keys counted apart
constexpr std::size_t kBlockKeys = 128;  // keys scored at a time
constexpr std::size_t kFewRows = 8;      // up to here keys are read once by a loop of our own, beyond BLAS pays
constexpr std::size_t kSplits = 8, kShortestSplit = 256;  // of the cache, when there are few queries

struct AttentionViews {
    View q, keys, values, position, out, entropy, largest;
    std::size_t L = 0, heads = 0, kvHeads = 0, head_dim = 0, headStep = 0;
    float scale = 1;

    [[nodiscard]] std::size_t group() const { return heads / kvHeads; }
    [[nodiscard]] std::size_t rows() const { return L * group(); }  ///< of one key head: token by token, head by head
    [[nodiscard]] bool split() const { return rows() <= kFewRows; }
    [[nodiscard]] std::size_t blocks() const { return (rows() + kBlockRows - 1) / kBlockRows; }
    [[nodiscard]] std::size_t blockRows() const { return std::min(rows(), kBlockRows); }
    [[nodiscard]] std::size_t start() const { return positionOf(position); }

    static std::size_t positionOf(const View& position) {
        std::int32_t value = 0;
        std::memcpy(&value, position.data, sizeof value);
        return static_cast<std::size_t>(std::max(value, 0));
    }
};

/// Unfinished sums of one row: floats of a record are the softmax state, then Σ e v.
struct Partial {
    std::shared_ptr<HostBuffer> buffer;
    std::size_t width = 0;  ///< floats of a record
    [[nodiscard]] float* record(std::size_t row, std::size_t split) const {
        return reinterpret_cast<float*>(buffer->data()) + (row * kSplits + split) * width;
    }
};

/// The working memory of one tile.
struct TileScratch {
    float *q, *scores, *sums, *widened;
    SoftmaxState* states;

    TileScratch(const AttentionViews& v, float* scratch)
        : q(scratch), scores(q + v.blockRows() * v.head_dim), sums(scores + v.blockRows() * kBlockKeys),
          widened(sums + v.blockRows() * v.head_dim),
          states(reinterpret_cast<SoftmaxState*>(widened + kBlockKeys * v.head_dim)) {}
    static std::size_t floats(const AttentionViews& v) {
        return v.blockRows() * (2 * v.head_dim + kBlockKeys + sizeof(SoftmaxState) / sizeof(float)) + kBlockKeys * v.head_dim;
    }
};

/// Rows of a cache as floats that BLAS can take.
const float* asFloats(const CacheRows& rows, float* widened, std::size_t& stride) {
    stride = rows.stride;
    if (rows.type == DType::F32) return reinterpret_cast<const float*>(rows.data);
    stride = rows.head_dim;
    for (std::size_t j = 0; j < rows.count; ++j)
        widen(rows.type, rows.data + j * rows.stride * byteSize(rows.type), rows.head_dim, widened + j * rows.head_dim);
    return widened;
}

void scoreKeys(const CacheRows& keys, std::size_t rows, const TileScratch& s) {
    if (rows <= kFewRows) return dotKeys(keys, s.q, rows, s.scores, kBlockKeys);
    std::size_t stride = 0;
    const float* k = asFloats(keys, s.widened, stride);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, static_cast<blasint>(rows), static_cast<blasint>(keys.count),
                static_cast<blasint>(keys.head_dim), 1.0f, s.q, static_cast<blasint>(keys.head_dim), k,
                static_cast<blasint>(stride), 0.0f, s.scores, static_cast<blasint>(kBlockKeys));
}

void sumValues(const CacheRows& values, std::size_t rows, const TileScratch& s) {
    if (rows <= kFewRows) return addValues(values, s.scores, kBlockKeys, rows, s.sums);
    std::size_t stride = 0;
    const float* v = asFloats(values, s.widened, stride);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, static_cast<blasint>(rows), static_cast<blasint>(values.head_dim),
                static_cast<blasint>(values.count), 1.0f, s.scores, static_cast<blasint>(kBlockKeys), v,
                static_cast<blasint>(stride), 1.0f, s.sums, static_cast<blasint>(values.head_dim));
}

/// Rows [row0, row0 + rows) of key head `kv` over cached rows [first, last), of which each row sees those up to its own.
void attend(const AttentionViews& v, std::size_t kv, std::size_t row0, std::size_t rows, std::size_t first, std::size_t last,
            std::size_t start, const TileScratch& s) {
    const std::size_t d = v.head_dim, group = v.group();
    for (std::size_t r = 0; r < rows; ++r) {
        const std::size_t token = (row0 + r) / group, head = kv * group + (row0 + r) % group;
        const float* q = v.q.at<const float>(token, head * v.headStep);
        for (std::size_t i = 0; i < d; ++i) s.q[r * d + i] = q[i] * v.scale;
        s.states[r] = {};
    }
    std::fill_n(s.sums, rows * d, 0.0f);
    for (std::size_t j = first; j < last; j += kBlockKeys) {
        const std::size_t count = std::min(kBlockKeys, last - j);
        const CacheRows keys{v.keys.bytes(j, kv * d), v.keys.type, v.keys.stride, count, d};
        const CacheRows values{v.values.bytes(j, kv * d), v.values.type, v.values.stride, count, d};
        scoreKeys(keys, rows, s);
        for (std::size_t r = 0; r < rows; ++r) {
            float* scores = s.scores + r * kBlockKeys;
            const std::size_t sees = start + (row0 + r) / group + 1;  // cached rows
            const std::size_t valid = sees > j ? std::min(count, sees - j) : 0;
            if (valid > 0) {
                const float factor = softmaxMore(s.states[r], scores, valid);
                if (factor != 1.0f) scaleRow(s.sums + r * d, factor, d);
            }
            std::fill(scores + valid, scores + count, 0.0f);
        }
        sumValues(values, rows, s);
    }
}

void finishRow(const AttentionViews& v, std::size_t token, std::size_t head, const SoftmaxState& state, const float* sums) {
    const float share = 1.0f / state.sum;
    float* out = v.out.at<float>(token, head * v.head_dim);
    for (std::size_t i = 0; i < v.head_dim; ++i) out[i] = sums[i] * share;
    if (v.entropy) *v.entropy.at<float>(token, head) = state.entropy();
    if (v.largest) *v.largest.at<float>(token, head) = share;
}

AttentionViews shapeOf(const AttentionArgs& args) {
    AttentionViews v;
    v.L = static_cast<std::size_t>(args.q.rows());
    v.head_dim = static_cast<std::size_t>(args.headDim);
    v.headStep = static_cast<std::size_t>(headStepOf(args.headStep, args.headDim));
    v.heads = static_cast<std::size_t>(args.out.cols()) / v.head_dim;
    v.kvHeads = static_cast<std::size_t>(args.keys.cols()) / v.head_dim;
    v.scale = args.scale;
    return v;
}

Result<HostOp> makeWhole(AttentionViews v, const AttentionArgs& args) {
    Arguments arguments("attention");
    v.q = arguments.read(args.q, "q");
    v.keys = arguments.read(args.keys, "keys");
    v.values = arguments.read(args.values, "values");
    v.position = arguments.read(args.position, "position");
    v.out = arguments.write(args.out, "out");
    v.entropy = arguments.write(args.entropy, "entropy");
    v.largest = arguments.write(args.largest, "largest");
    MS_TRY(HostOp op, arguments.finish());
    op.tiles = v.kvHeads * v.blocks();
    op.scratchFloats = TileScratch::floats(v);
    op.run = [v](std::size_t tile, float* scratch) {
        // The last rows see most keys: they go first, so that threads finish together.
        const std::size_t kv = tile % v.kvHeads, block = v.blocks() - 1 - tile / v.kvHeads;
        const std::size_t row0 = block * kBlockRows, rows = std::min(kBlockRows, v.rows() - row0), start = v.start();
        const std::size_t last = std::min(start + (row0 + rows - 1) / v.group() + 1, v.keys.rows);
        const TileScratch s(v, scratch);
        attend(v, kv, row0, rows, 0, last, start, s);
        for (std::size_t r = 0; r < rows; ++r)
            finishRow(v, (row0 + r) / v.group(), kv * v.group() + (row0 + r) % v.group(), s.states[r], s.sums + r * v.head_dim);
    };
    return op;
}

Result<HostOp> makeSplit(AttentionViews v, const AttentionArgs& args, const Partial& partial) {
    Arguments arguments("attention");
    v.q = arguments.read(args.q, "q");
    v.keys = arguments.read(args.keys, "keys");
    v.values = arguments.read(args.values, "values");
    v.position = arguments.read(args.position, "position");
    MS_TRY(HostOp op, arguments.finish());
    op.writes.push_back({partial.buffer->data(), partial.buffer->data() + partial.buffer->size()});
    op.buffers.push_back(partial.buffer);
    op.tiles = v.kvHeads * kSplits;
    op.scratchFloats = TileScratch::floats(v);
    op.run = [v, partial](std::size_t tile, float* scratch) {
        const std::size_t kv = tile / kSplits, split = tile % kSplits, start = v.start();
        const std::size_t n = std::min(start + v.L, v.keys.rows);
        const std::size_t each = std::max(kShortestSplit, (n + kSplits - 1) / kSplits);
        const TileScratch s(v, scratch);
        attend(v, kv, 0, v.rows(), std::min(n, split * each), std::min(n, (split + 1) * each), start, s);
        for (std::size_t r = 0; r < v.rows(); ++r) {
            float* record = partial.record(kv * v.rows() + r, split);
            std::memcpy(record, &s.states[r], sizeof(SoftmaxState));
            std::copy_n(s.sums + r * v.head_dim, v.head_dim, record + sizeof(SoftmaxState) / sizeof(float));
        }
    };
    return op;
}

Result<HostOp> makeCombine(AttentionViews v, const AttentionArgs& args, const Partial& partial) {
    Arguments arguments("attention");
    v.out = arguments.write(args.out, "out");
    v.entropy = arguments.write(args.entropy, "entropy");
    v.largest = arguments.write(args.largest, "largest");
    MS_TRY(HostOp op, arguments.finish());
    op.reads.push_back({partial.buffer->data(), partial.buffer->data() + partial.buffer->size()});
    op.buffers.push_back(partial.buffer);
    op.tiles = v.kvHeads * v.rows();
    op.scratchFloats = v.head_dim;
    op.run = [v, partial](std::size_t row, float* sums) {
        SoftmaxState all;
        std::fill_n(sums, v.head_dim, 0.0f);
        for (std::size_t split = 0; split < kSplits; ++split) {
            const float* record = partial.record(row, split);
            SoftmaxState part;
            std::memcpy(static_cast<void*>(&part), record, sizeof part);
            if (part.sum == 0) continue;
            const float most = all.sum == 0 ? part.most : std::max(all.most, part.most);
            const float factor = all.sum == 0 ? 0 : std::exp(all.most - most), share = std::exp(part.most - most);
            all = {most, all.sum * factor + part.sum * share,
                   factor * (all.moment + (all.sum == 0 ? 0 : all.most - most) * all.sum) +
                       share * (part.moment + (part.most - most) * part.sum)};
            for (std::size_t i = 0; i < v.head_dim; ++i)
                sums[i] = sums[i] * factor + record[sizeof(SoftmaxState) / sizeof(float) + i] * share;
        }
        const std::size_t kv = row / v.rows(), r = row % v.rows();
        finishRow(v, r / v.group(), kv * v.group() + r % v.group(), all, sums);
    };
    return op;
}

Result<HostOp> makeAppend(const AttentionArgs& args, bool values) {
    const AttentionViews shape = shapeOf(args);
    Arguments arguments("attention");
    const View from = arguments.read(values ? args.v : args.k, values ? "v" : "k");
    const View cache = arguments.update(values ? args.values : args.keys, values ? "values" : "keys");
    const View position = arguments.read(args.position, "position");
    MS_TRY(HostOp op, arguments.finish());
    op.tiles = shape.L;
    op.run = [shape, from, cache, position](std::size_t t, float*) {
        const std::size_t row = AttentionViews::positionOf(position) + t;
        if (row >= cache.rows) return;
        for (std::size_t h = 0; h < shape.kvHeads; ++h) {
            const float* head = from.at<const float>(t, h * shape.headStep);
            std::byte* to = cache.bytes(row, h * shape.head_dim);
            if (cache.type == DType::F32) {
                std::memcpy(to, head, shape.head_dim * sizeof(float));
                continue;
            }
            for (std::size_t i = 0; i < shape.head_dim; ++i) {
                const std::uint16_t half = floatToHalf(head[i]);
                std::memcpy(to + i * sizeof half, &half, sizeof half);
            }
        }
    };
    return op;
}

}  // namespace

Result<std::vector<HostOp>> makeAttention(const AttentionArgs& args) {
    const AttentionViews v = shapeOf(args);
    std::vector<HostOp> ops;
    for (const bool values : {false, true}) {
        MS_TRY(HostOp append, makeAppend(args, values));
        ops.push_back(std::move(append));
    }
    if (!v.split()) {
        MS_TRY(HostOp whole, makeWhole(v, args));
        ops.push_back(std::move(whole));
        return ops;
    }
    Partial partial;
    partial.width = v.head_dim + sizeof(SoftmaxState) / sizeof(float);
    partial.buffer = HostBuffer::create(v.kvHeads * v.rows() * kSplits * partial.width * sizeof(float),
                                        std::make_shared<std::atomic<std::uint64_t>>(0));
    if (!partial.buffer) return Error{ErrorCode::OutOfMemory, "attention: no memory left for partial sums"};
    MS_TRY(HostOp split, makeSplit(v, args, partial));
    MS_TRY(HostOp combine, makeCombine(v, args, partial));
    ops.push_back(std::move(split));
    ops.push_back(std::move(combine));
    return ops;
}

}  // namespace ms::host
