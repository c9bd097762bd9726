// Mixtures of experts: who is chosen, products with the chosen ones, their sum.
#include <cblas.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>
#include <vector>

#include "engine/host/attention_op.h"
#include "engine/host/host_ops.h"
#include "engine/host/row_tiles.h"
#include "engine/host/simd/kernels.h"

namespace ms::host {

namespace {

constexpr std::size_t kPanelRows = 64;   // of one expert's weight, the work of one tile
constexpr std::size_t kTogether = 64;    // rows of x that meet a panel at once
constexpr std::size_t kFewTokens = 16;   // up to here the stored weights are read in place, beyond they are widened for BLAS

std::int32_t idAt(const View& ids, std::size_t slot) {
    std::int32_t id = 0;
    std::memcpy(&id, ids.bytes(0, slot), sizeof id);
    return id;
}

void chooseExperts(const float* logits, std::size_t experts, std::size_t k, bool normalize, std::int32_t* ids, float* weights) {
    float most = -std::numeric_limits<float>::infinity(), sum = 0, chosen = 0;
    for (std::size_t e = 0; e < experts; ++e) most = std::max(most, logits[e]);
    for (std::size_t e = 0; e < experts; ++e) sum += std::exp(logits[e] - most);
    std::array<bool, kMostExperts> taken{};
    for (std::size_t j = 0; j < k; ++j) {
        std::size_t best = experts;
        for (std::size_t e = 0; e < experts; ++e)
            if (!taken[e] && (best == experts || logits[e] > logits[best])) best = e;
        taken[best] = true;
        ids[j] = static_cast<std::int32_t>(best);
        weights[j] = std::exp(logits[best] - most) / sum;
        chosen += weights[j];
    }
    if (normalize)
        for (std::size_t j = 0; j < k; ++j) weights[j] /= chosen;
}

}  // namespace

Result<HostOp> makeTopExperts(const TopExpertsArgs& args) {
    Arguments arguments("topExperts");
    const View logits = arguments.read(args.logits, "logits");
    const View ids = arguments.write(args.ids, "ids"), weights = arguments.write(args.weights, "weights");
    MS_TRY(HostOp op, arguments.finish());
    cutRows(op, logits.rows, logits.cols, [logits, ids, weights, normalize = args.normalize](std::size_t t) {
        chooseExperts(logits.at<const float>(t), logits.cols, ids.cols, normalize, ids.at<std::int32_t>(t), weights.at<float>(t));
    });
    return op;
}

Result<HostOp> makeExpertMatmul(const ExpertMatmulArgs& args) {
    Arguments arguments("expertMatmul");
    const View x = arguments.read(args.x, "x"), ids = arguments.read(args.ids.reshaped({args.ids.shape.elements()}), "ids");
    std::vector<View> experts;
    for (const Tensor& expert : args.experts) experts.push_back(arguments.read(expert, "an expert"));
    const View out = arguments.write(args.out, "out");
    MS_TRY(HostOp op, arguments.finish());
    const std::size_t N = out.cols, K = x.cols, panels = (N + kPanelRows - 1) / kPanelRows;
    const std::size_t perRow = x.rows == out.rows ? 1 : out.rows / x.rows;  // slots that share a row of x
    op.tiles = experts.size() * panels;
    const std::size_t together = std::min(kTogether, out.rows), panelRows = std::min(kPanelRows, N);
    op.scratchFloats = together * (K + panelRows) + panelRows * K;
    op.run = [=, experts = std::move(experts)](std::size_t tile, float* scratch) {
        const std::size_t expert = tile / panels, first = tile % panels * kPanelRows, count = std::min(kPanelRows, N - first);
        const View& weight = experts[expert];
        float* const rows = scratch;
        float* const sums = rows + together * K;
        float* const panel = sums + together * panelRows;
        bool widened = false;
        std::array<std::size_t, kTogether> slots{};
        for (std::size_t next = 0; next < out.rows;) {
            std::size_t n = 0;
            for (; next < out.rows && n < together; ++next)
                if (static_cast<std::size_t>(idAt(ids, next)) == expert) slots[n++] = next;
            if (n == 0) return;
            for (std::size_t i = 0; i < n; ++i) std::copy_n(x.at<const float>(slots[i] / perRow), K, rows + i * K);
            if (n <= kFewTokens || K == 0) {
                dotRows({weight.bytes(first), weight.type, count, K, rows, K, n, sums, count, panel});
            } else {
                if (!std::exchange(widened, true)) widen(weight.type, weight.bytes(first), count * K, panel);
                cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, static_cast<blasint>(n), static_cast<blasint>(count),
                            static_cast<blasint>(K), 1.0f, rows, static_cast<blasint>(K), panel, static_cast<blasint>(K), 0.0f,
                            sums, static_cast<blasint>(count));
            }
            for (std::size_t i = 0; i < n; ++i) std::copy_n(sums + i * count, count, out.at<float>(slots[i], first));
        }
    };
    return op;
}

Result<HostOp> makeMixExperts(const MixExpertsArgs& args) {
    Arguments arguments("mixExperts");
    const View y = arguments.read(args.y, "y"), weights = arguments.read(args.weights, "weights");
    const View out = arguments.update(args.out, "out");
    MS_TRY(HostOp op, arguments.finish());
    const std::size_t k = weights.cols;
    cutRows(op, out.rows, out.cols * k, [y, weights, out, k](std::size_t t) {
        float* row = out.at<float>(t);
        for (std::size_t c = 0; c < out.cols; ++c) {
            float sum = 0;
            for (std::size_t j = 0; j < k; ++j) sum += *weights.at<const float>(t, j) * *y.at<const float>(t * k + j, c);
            row[c] += sum;
        }
    });
    return op;
}

}  // namespace ms::host
