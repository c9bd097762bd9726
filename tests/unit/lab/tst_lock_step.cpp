// Models in lock step: what a reading says, where a text is cut, what is refused.
#include "engine/lab/lock_step.h"

#include <cmath>
#include <cstring>
#include <limits>

#include "engine/probe/state_layout.h"
#include "engine/runtime/text_stream.h"
#include "tests/unit/lab/lab_support.h"

namespace ms {
namespace {

using test::openTiny;

const std::vector<TokenId> kIds{3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7};

std::unique_ptr<LockStep> lockStepOf(std::vector<std::shared_ptr<const Model>> models) {
    auto made = LockStep::create(std::move(models));
    if (!made) throw std::runtime_error(made.error().message);
    return std::move(*made);
}

/// What a plain stream says of the same tokens, read one by one.
std::vector<float> plainSurprisal(const std::shared_ptr<const Model>& model, std::span<const TokenId> ids) {
    auto session = Session::create(model);
    auto stream = TextStream::create(std::move(*session), {});
    std::vector<float> bits;
    for (const TokenId& id : ids)
        if (!(*stream)->read(std::span(&id, 1), [&](const TokenEvent& event) { bits.push_back(event.surprisalBits); })) throw std::runtime_error("not read");
    return bits;
}

std::vector<std::vector<LockStepReading>> readAll(LockStep& lockStep) {
    std::vector<std::vector<LockStepReading>> all;
    for (;;) {
        auto readings = lockStep.step();
        if (!readings) throw std::runtime_error(readings.error().message);
        if (readings->empty()) return all;
        all.push_back(std::move(*readings));
    }
}

TEST(LockStep, ReadingsAreThoseOfPlainStreams) {
    std::vector<std::shared_ptr<const Model>> models;
    for (const char* name : {"mamba-tiny", "mamba2-tiny", "llama-tiny", "jamba-tiny", "lstm-tiny", "gru-tiny", "rnn-tiny", "s4d-lm-tiny", "mamba3-siso-tiny"})
        models.push_back(openTiny(std::string(name)));
    const auto lockStep = lockStepOf(models);
    const auto pieces = lockStep->begin(kIds);
    ASSERT_TRUE(pieces) << pieces.error().message;
    ASSERT_EQ(pieces->size(), kIds.size());
    EXPECT_EQ((*pieces)[2].text, "4");
    const auto readings = readAll(*lockStep);
    ASSERT_EQ(readings.size(), kIds.size());
    for (std::size_t m = 0; m < models.size(); ++m) {
        SCOPED_TRACE(models[m]->info().name);
        const std::vector<float> bits = plainSurprisal(models[m], kIds);
        EXPECT_TRUE(std::isnan(readings[0][m].surprisalBits));
        for (std::size_t p = 0; p < readings.size(); ++p) {
            if (p > 0) {
                EXPECT_EQ(readings[p][m].surprisalBits, static_cast<double>(bits[p]));
            }
            EXPECT_EQ(readings[p][m].stateBytes, stateBytes(models[m]->dims(), static_cast<std::int64_t>(p) + 1));
        }
    }
}

/// Mean over channels of a captured point, at each token.
std::vector<double> means(const std::shared_ptr<const Model>& model, ProbePoint point, LayerIndex layer) {
    const std::vector<float> values = test::valuesOf(model, kIds, point, layer);
    const std::size_t width = values.size() / kIds.size();
    std::vector<double> all(kIds.size());
    for (std::size_t i = 0; i < values.size(); ++i) all[i / width] += values[i] / static_cast<double>(width);
    return all;
}

void expectKept(const std::string& name, const std::vector<double>& expected) {
    SCOPED_TRACE(name);
    const auto lockStep = lockStepOf({openTiny(name)});
    ASSERT_TRUE(lockStep->begin(kIds));
    const auto readings = readAll(*lockStep);
    for (std::size_t p = 0; p < expected.size(); ++p) EXPECT_NEAR(readings[p][0].kept, expected[p], 2e-6) << p;
}

TEST(LockStep, KeptIsTheMeanOfWhatIsCaptured) {
    for (const std::string name : {"lstm-tiny", "gru-tiny"}) {
        const auto model = openTiny(name);
        const auto first = means(model, ProbePoint::ForgetGate, LayerIndex(0)), second = means(model, ProbePoint::ForgetGate, LayerIndex(1));
        std::vector<double> expected;
        for (std::size_t p = 0; p < kIds.size(); ++p) expected.push_back((first[p] + second[p]) / 2);
        expectKept(name, expected);
    }
    // Of selective layers from Δ and A: exp(ΔA), mean over channels and states.
    for (const std::string name : {"mamba-tiny", "mamba2-tiny"}) {
        const auto model = openTiny(name);
        std::vector<double> expected(kIds.size());
        const auto layers = model->dims().n_layer;
        for (LayerIndex layer(0); layer.value < layers; ++layer.value) {
            const std::vector<float> dt = test::valuesOf(model, kIds, ProbePoint::Dt, layer);
            const auto A = model->stateMatrix(layer);
            const std::size_t width = dt.size() / kIds.size(), rates = A.size() / width;
            for (std::size_t p = 0; p < kIds.size(); ++p)
                for (std::size_t i = 0; i < A.size(); ++i)
                    expected[p] += std::exp(static_cast<double>(dt[p * width + i / rates]) * A[i]) / static_cast<double>(A.size()) / static_cast<double>(layers);
        }
        expectKept(name, expected);
    }
}

TEST(LockStep, KeptOfAttentionIsOneAndOfAHybridTheMeanOverItsLayers) {
    expectKept("llama-tiny", std::vector<double>(kIds.size(), 1.0));
    const auto jamba = openTiny(std::string("jamba-tiny"));
    std::vector<double> expected(kIds.size());
    for (LayerIndex layer(0); layer.value < 4; ++layer.value) {
        const bool attends = jamba->dims().layer(layer).kind == LayerKind::Attention;
        const std::vector<double> kept = attends ? std::vector<double>(kIds.size(), 1.0) : means(jamba, ProbePoint::Retention, layer);
        for (std::size_t p = 0; p < kept.size(); ++p) expected[p] += kept[p] / 4;
    }
    expectKept("jamba-tiny", expected);
}

TEST(LockStep, KeptOfS4dIsItsDecayAndOfAnRnnUnknown) {
    const auto model = openTiny(std::string("s4d-lm-tiny"));
    double sum = 0;
    int count = 0;
    for (int layer = 0; layer < 2; ++layer) {
        const auto values = [&](const char* what) {
            const TensorInfo* const tensor = model->checkpoint().find("layers." + std::to_string(layer) + ".s4d.kernel." + what);
            std::vector<float> all(static_cast<std::size_t>(tensor->shape.elements()));
            std::memcpy(all.data(), tensor->bytes.data(), all.size() * sizeof(float));
            return all;
        };
        const std::vector<float> logA = values("log_A_real"), logStep = values("log_dt");
        const std::size_t states = logA.size() / logStep.size();
        for (std::size_t i = 0; i < logA.size(); ++i, ++count)
            sum += std::exp(-std::exp(static_cast<double>(logA[i])) * std::exp(static_cast<double>(logStep[i / states])));
    }
    expectKept("s4d-lm-tiny", std::vector<double>(kIds.size(), sum / count));
    const auto rnn = lockStepOf({openTiny(std::string("rnn-tiny"))});
    ASSERT_TRUE(rnn->begin(kIds));
    EXPECT_TRUE(std::isnan(readAll(*rnn)[3][0].kept));
}

TEST(LockStep, APieceOfSeveralTokensAddsThemUp) {
    const test::TempFolder folder;
    test::makeModelWith(test::tinyTokenizer(), folder.path() / "bytes");
    test::makeModelWith(test::tinyTokenizer({{"t", "h"}, {"th", "e"}}), folder.path() / "merges");
    const auto bytes = openTiny(folder.path() / "bytes"), merges = openTiny(folder.path() / "merges");
    const auto lockStep = lockStepOf({bytes, merges});
    const std::string text = "a the";  // bytes: a, space, t, h, e; merges: a, space, the
    const auto pieces = lockStep->begin(text);
    ASSERT_TRUE(pieces) << pieces.error().message;
    ASSERT_EQ(pieces->size(), 3u);
    EXPECT_EQ((*pieces)[2].text, "the");
    const auto readings = readAll(*lockStep);
    const auto ids = bytes->tokenizer()->encode(text);
    const std::vector<float> bits = plainSurprisal(bytes, *ids);
    EXPECT_NEAR(readings[2][0].surprisalBits, static_cast<double>(bits[2]) + bits[3] + bits[4], 1e-4);
    EXPECT_EQ(readings[2][1].surprisalBits, static_cast<double>(plainSurprisal(merges, *merges->tokenizer()->encode(text))[2]));
    const auto shares = lockStep->influence(0, 2);
    ASSERT_TRUE(shares) << shares.error().message;
    EXPECT_EQ(shares->size(), 3u);
}

TEST(LockStep, BeginsAnew) {
    const auto lockStep = lockStepOf({openTiny(std::string("mamba-tiny"))});
    ASSERT_TRUE(lockStep->begin(kIds));
    const auto first = readAll(*lockStep);
    ASSERT_TRUE(lockStep->begin(kIds));
    EXPECT_EQ(lockStep->influence(0, 0).error().code, ErrorCode::InvalidArgument);  // nothing of it was read yet
    const auto second = readAll(*lockStep);
    for (std::size_t p = 1; p < kIds.size(); ++p) EXPECT_EQ(first[p][0].surprisalBits, second[p][0].surprisalBits);
    EXPECT_EQ(first[3][0].kept, second[3][0].kept);
}

TEST(LockStep, RefusesWhatCannotBeRead) {
    EXPECT_EQ(LockStep::create({}).error().code, ErrorCode::InvalidArgument);
    EXPECT_EQ(LockStep::create({openTiny(std::string("mamba-ctc-tiny"))}).error().code, ErrorCode::Unsupported);
    const auto lockStep = lockStepOf({openTiny(std::string("mamba-tiny")), openTiny(std::string("lstm-tiny"))});
    EXPECT_EQ(lockStep->begin(std::string_view("text")).error().code, ErrorCode::Unsupported);  // no tokenizers
    EXPECT_EQ(lockStep->begin(std::string_view()).error().code, ErrorCode::InvalidArgument);
    EXPECT_EQ(lockStep->begin(std::vector<TokenId>{}).error().code, ErrorCode::InvalidArgument);
    EXPECT_EQ(lockStep->begin(std::vector<TokenId>{1, -1}).error().code, ErrorCode::InvalidArgument);
    const auto unknown = lockStep->begin(std::vector<TokenId>{1, 47});  // mamba-tiny has it, lstm-tiny does not
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error().code, ErrorCode::InvalidArgument);
    EXPECT_NE(unknown.error().message.find("lstm-tiny"), std::string::npos) << unknown.error().message;
    EXPECT_EQ(lockStep->begin(std::vector<TokenId>(static_cast<std::size_t>(LockStep::kMostTokens) + 1, 1)).error().code, ErrorCode::InvalidArgument);
}

TEST(LockStep, ACancelledStepIsTakenUpAgain) {
    const auto lockStep = lockStepOf({openTiny(std::string("mamba-tiny")), openTiny(std::string("llama-tiny"))});
    ASSERT_TRUE(lockStep->begin(kIds));
    ASSERT_TRUE(lockStep->step());
    std::stop_source stop;
    stop.request_stop();
    EXPECT_EQ(lockStep->step(stop.get_token()).error().code, ErrorCode::Cancelled);
    EXPECT_EQ(lockStep->influence(0, 0, stop.get_token()).error().code, ErrorCode::Cancelled);
    EXPECT_EQ(readAll(*lockStep).size(), kIds.size() - 1);
}

}  // namespace
}  // namespace ms
