// What the analyses cost at the sizes of a real layer: printed, not judged.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <functional>

#include "engine/analysis/hidden_attention.h"
#include "engine/analysis/memory_ruler.h"
#include "engine/analysis/similarity.h"
#include "tests/unit/analysis/analysis_support.h"

namespace ms {
namespace {

void report(const char* what, const std::function<bool()>& work) {
    const auto start = std::chrono::steady_clock::now();
    const bool done = work();
    const std::chrono::duration<double, std::milli> spent = std::chrono::steady_clock::now() - start;
    EXPECT_TRUE(done) << what;
    std::printf("%8.1f ms  %s\n", spent.count(), what);
}

TEST(AnalysisCost, OneChannelAtAHundredThousandTokens) {
    const Layer layer = randomLayer(100'000, 1, 16, 1, 1e-5f);
    const AttentionInputs in{
        0, layer.tokens, 1, 16, layer.A, readerOf(layer.dt, 1), readerOf(layer.B, 16), readerOf(layer.C, 16)};
    report("512 x 512 tile on the diagonal", [&] { return attentionTile(in, 99'488, 100'000, 99'488, 100'000).ok(); });
    report("512 x 512 tile 90,000 tokens back", [&] { return attentionTile(in, 99'488, 100'000, 9'000, 9'512).ok(); });
    report("row of 100,000 tokens", [&] { return attentionRow(in, 99'999, 0, 100'000).ok(); });
}

/// A whole layer. `slower` scales the steps: at 1 channels forget within hundreds of tokens, at 0.001 nothing can be
/// left out.
void reportLayer(float slower) {
    constexpr std::int64_t kTokens = 4096, kInner = 1536;
    Layer layer = randomLayer(kTokens, kInner, 16, 2, 1e-4f);
    for (float& dt : layer.dt) dt *= slower;
    const AttentionInputs in{
        0, kTokens, kInner, 16, layer.A, readerOf(layer.dt, kInner), readerOf(layer.B, 16), readerOf(layer.C, 16)};
    report("512 x 512 tile on the diagonal, 1536 channels",
           [&] { return attentionTile(in, 3584, 4096, 3584, 4096).ok(); });
    report("512 x 512 tile next to it", [&] { return attentionTile(in, 3584, 4096, 3072, 3584).ok(); });
    report("512 x 512 tile 3,000 tokens back", [&] { return attentionTile(in, 3584, 4096, 0, 512).ok(); });
    report("row sums of 512 rows over 4,096 tokens", [&] { return attentionRowSums(in, 3584, 4096).ok(); });
    report("row of 4,096 tokens", [&] { return attentionRow(in, 4095, 0, 4096).ok(); });
    MemoryInputs memory;
    memory.tokens = kTokens;
    memory.d_inner = kInner;
    memory.d_state = 16;
    memory.A = layer.A;
    memory.dt = in.dt;
    memory.u = readerOf(layer.u, kInner);
    memory.B = in.B;
    report("memory ruler of 4,096 tokens, state computed", [&] { return memoryRuler(memory).ok(); });
}

TEST(AnalysisCost, QuickLayer) { reportLayer(1); }
TEST(AnalysisCost, SlowLayer) { reportLayer(0.001f); }

TEST(AnalysisCost, AGapOfAHundredThousandTokens) {
    constexpr std::int64_t kTokens = 100'000, kInner = 1536;
    const Layer layer = randomLayer(512, kInner, 16, 3, 1e-5f);
    const auto again = [](RowReader reader) -> RowReader {  // the same 512 tokens over and over
        return [=](std::int64_t first, std::int64_t rows, std::int64_t column, std::int64_t columns,
                   std::span<float> out) -> Result<void> {
            for (std::int64_t r = 0; r < rows; ++r)
                MS_CHECK(reader((first + r) % 512, 1, column, columns, out.subspan(at(r * columns))));
            return {};
        };
    };
    const AttentionInputs in{0,
                             kTokens,
                             kInner,
                             16,
                             layer.A,
                             again(readerOf(layer.dt, kInner)),
                             again(readerOf(layer.B, 16)),
                             again(readerOf(layer.C, 16))};
    report("512 x 512 tile 99,000 tokens back, 1536 channels",
           [&] { return attentionTile(in, 99'488, 100'000, 0, 512).ok(); });
}

TEST(AnalysisCost, SimilarityOrder) {
    const Layer layer = randomLayer(4096, 1536, 1, 4);
    report("order by similarity, 1536 channels x 4,096 tokens",
           [&] { return similarityOrder(layer.u, 1536).size() == 1536; });
}

}  // namespace
}  // namespace ms
