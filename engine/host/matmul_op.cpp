// out = x · weightᵀ: a few tokens go row by row through the weights (bound by memory), many tokens through BLAS.
#include <cblas.h>

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "engine/host/host_ops.h"
#include "engine/host/simd/kernels.h"

namespace ms::host {

namespace {

// Up to here one pass over the stored weights beats widening and packing them for BLAS.
constexpr std::size_t kFewTokens = 16;
// Weights of one tile of the memory-bound product: long runs for the prefetchers at first, short ones towards the end
// so that threads finish together.
constexpr std::size_t kLongTile = 128 << 10, kShortTile = 16 << 10, kTilesLeft = 8;
// Weight rows widened at a time for BLAS.
constexpr std::size_t kPanelRows = 192;
// BLAS products are also cut along the tokens until there are this many tiles to share.
constexpr std::size_t kWantedTiles = 8, kLeastTokens = 128;

struct MatmulViews {
    View x, weight, bias, out;
    bool accumulate = false;
    Activation activation = Activation::None;

    [[nodiscard]] Finish finish(std::size_t firstRow) const {
        return {bias ? bias.bytes(0, firstRow) : nullptr, accumulate, activation};
    }
};

std::size_t ceilDiv(std::size_t a, std::size_t b) { return (a + b - 1) / b; }

void cutForFewTokens(const MatmulViews& v, HostOp& op) {
    const std::size_t N = v.weight.rows, K = v.weight.cols, L = v.x.rows;
    const std::size_t rowBytes = std::max<std::size_t>(1, storedBytes(v.weight.type, K));
    std::vector<std::size_t> bounds = {0};  // tile i: rows [bounds[i], bounds[i + 1])
    std::size_t most = 0;
    while (bounds.back() < N) {
        const std::size_t left = N - bounds.back();
        const std::size_t bytes = std::clamp(left * rowBytes / kTilesLeft, kShortTile, kLongTile);
        const std::size_t rows = std::min(left, std::clamp<std::size_t>(bytes / rowBytes / 4 * 4, 4, 1024));
        bounds.push_back(bounds.back() + rows);
        most = std::max(most, rows);
    }
    op.tiles = bounds.size() - 1;
    const bool quantised = isQuantised(v.weight.type);
    op.scratchFloats = most * L + (quantised ? K : 0);
    op.run = [v, bounds = std::move(bounds), K, L, most](std::size_t tile, float* sums) {
        const std::size_t first = bounds[tile], count = bounds[tile + 1] - first;
        dotRows({v.weight.bytes(first), v.weight.type, count, K, v.x.at<const float>(0), v.x.stride, L, sums, count,
                 sums + most * L});
        for (std::size_t t = 0; t < L; ++t)
            finishSums(v.finish(first), sums + t * count, count, v.out.at<float>(t, first));
    };
}

void cutForBlas(const MatmulViews& v, HostOp& op) {
    const std::size_t N = v.weight.rows, K = v.weight.cols, L = v.x.rows;
    const std::size_t panels = ceilDiv(N, kPanelRows), rows = ceilDiv(N, panels);
    const std::size_t slices =
        std::max<std::size_t>(1, std::min(ceilDiv(L, kLeastTokens), ceilDiv(kWantedTiles, panels)));
    const std::size_t tokens = ceilDiv(L, slices);
    // BLAS reads floats in place; narrower types and floats off their alignment are widened panel by panel.
    const bool inPlace =
        v.weight.type == DType::F32 && reinterpret_cast<std::uintptr_t>(v.weight.data) % sizeof(float) == 0;
    op.tiles = panels * slices;
    op.scratchFloats = inPlace ? 0 : rows * K;
    op.run = [v, rows, tokens, slices, inPlace, N, K, L](std::size_t tile, float* panel) {
        const std::size_t first = tile / slices * rows, t0 = tile % slices * tokens;
        if (first >= N || t0 >= L) return;
        const std::size_t count = std::min(rows, N - first), length = std::min(tokens, L - t0);
        const float* weight = v.weight.at<const float>(first);
        if (!inPlace) {
            widen(v.weight.type, v.weight.bytes(first), count * K, panel);
            weight = panel;
        }
        // BLAS wants rows of x that do not overlap: where they do (a convolution), it takes them in pieces of one stride.
        const std::size_t piece = L > 1 ? std::min(K, v.x.stride) : K;
        for (std::size_t k = 0; k < K; k += piece)
            cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, static_cast<blasint>(length), static_cast<blasint>(count),
                        static_cast<blasint>(std::min(piece, K - k)), 1.0f, v.x.at<const float>(t0, k),
                        static_cast<blasint>(v.x.stride), weight + k, static_cast<blasint>(K),
                        v.accumulate || k > 0 ? 1.0f : 0.0f, v.out.at<float>(t0, first), static_cast<blasint>(v.out.stride));
        if (!v.bias && v.activation == Activation::None) return;
        Finish finish = v.finish(first);
        finish.accumulate = false;  // done by BLAS
        for (std::size_t t = t0; t < t0 + length; ++t) {
            float* out = v.out.at<float>(t, first);
            finishSums(finish, out, count, out);
        }
    };
}

}  // namespace

Result<HostOp> makeMatmul(const MatmulArgs& args) {
    Arguments arguments("matmul");
    MatmulViews v;
    v.accumulate = args.epilogue == MatmulArgs::Epilogue::Accumulate;
    if (args.epilogue == MatmulArgs::Epilogue::Softplus) v.activation = Activation::Softplus;
    if (args.epilogue == MatmulArgs::Epilogue::Silu) v.activation = Activation::Silu;
    if (args.epilogue == MatmulArgs::Epilogue::Gelu) v.activation = Activation::Gelu;
    if (args.epilogue == MatmulArgs::Epilogue::GeluTanh) v.activation = Activation::GeluTanh;
    v.x = arguments.read(args.x, "x");
    v.weight = arguments.read(args.weight, "weight");
    v.bias = arguments.read(args.bias, "bias");
    v.out = v.accumulate ? arguments.update(args.out, "out") : arguments.write(args.out, "out");
    MS_TRY(HostOp op, arguments.finish());
    if (v.x.rows <= kFewTokens || v.weight.cols == 0) cutForFewTokens(v, op);
    else cutForBlas(v, op);
    return op;
}

}  // namespace ms::host
