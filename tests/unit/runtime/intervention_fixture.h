// What tests of interventions share: short ways to write them, and what reading with them leaves.
#pragma once

#include <cmath>
#include <cstring>
#include <limits>

#include "tests/unit/runtime/session_fixture.h"

namespace ms {

using Kind = Intervention::Kind;

inline constexpr float kInfinity = std::numeric_limits<float>::infinity();
inline constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

/// Tokens per submission; 0: all at once; kStepwise: by step().
inline constexpr std::int64_t kStepwise = -1;
inline constexpr std::int64_t kWays[] = {1, 7, 0, kStepwise};

inline Intervention scale(float factor, std::vector<LayerIndex> layers = {}, std::vector<ChannelIndex> channels = {}) {
    return {.kind = Kind::ScaleDt, .layers = std::move(layers), .channels = std::move(channels), .factor = factor};
}
inline Intervention limit(float low, float high, std::vector<LayerIndex> layers = {}) {
    return {.kind = Kind::ClampDt, .layers = std::move(layers), .channels = {}, .low = low, .high = high};
}
inline Intervention simple(Kind kind, std::vector<LayerIndex> layers = {}, std::vector<ChannelIndex> channels = {}) {
    return {.kind = kind, .layers = std::move(layers), .channels = std::move(channels)};
}

using List = std::vector<Intervention>;
using Floats = std::vector<float>;

/// Recorded, but no value changes. Where a device fuses the ops of one token, a change of Δ breaks the fusion, and the
/// ops one by one round differently: this is what changed layers are compared with there.
inline const List kNeutral{limit(0, 1e30f)};

class InterventionTest : public SessionFixture {
protected:
    /// What reading a prompt with a list of interventions leaves.
    struct Outcome {
        Floats logits;
        StateSnapshot state;
        CapturedRows rows;

        [[nodiscard]] const Floats& series(ProbePoint point, std::int64_t layer) const {
            return rows.at({point, LayerIndex(layer), Reduction::None});
        }
    };
    static Floats readAs(Session& session, std::span<const TokenId> tokens, std::int64_t way) {
        if (way != kStepwise) return read(session, tokens, way);
        Floats last;
        for (const TokenId id : tokens) {
            const auto logits = session.step(id);
            EXPECT_TRUE(logits) << logits.error().message;
            last.assign(logits->begin(), logits->end());
        }
        return last;
    }
    static Outcome run(const std::shared_ptr<const Model>& model, const List& list, std::int64_t way,
                       std::initializer_list<CaptureRequest> requests = {}) {
        auto s = session(model);
        Outcome outcome;
        EXPECT_TRUE(s->setCapture(plan(requests, model->dims()), appendTo(outcome.rows)));
        const auto set = s->setInterventions(list);
        EXPECT_TRUE(set) << set.error().message;
        outcome.logits = readAs(*s, ids(23), way);
        outcome.state = *s->snapshot();
        return outcome;
    }
    Outcome run(const List& list, std::int64_t way, std::initializer_list<CaptureRequest> requests = {}) const {
        return run(m_model, list, way, requests);
    }
    /// State of a layer of a model with convolution states.
    static Floats stateOf(const StateSnapshot& snapshot, std::int64_t layer) {
        const std::vector<std::byte>& bytes = snapshot.tensors[static_cast<std::size_t>(2 * layer)];
        Floats values(bytes.size() / sizeof(float));
        std::memcpy(values.data(), bytes.data(), bytes.size());
        return values;
    }
    static void expectSameBits(const Outcome& a, const Outcome& b, const std::string& what) {
        EXPECT_EQ(std::memcmp(a.logits.data(), b.logits.data(), a.logits.size() * sizeof(float)), 0) << what;
        EXPECT_TRUE(a.state.tensors == b.state.tensors) << what;
    }
    /// ‖a − b‖ / ‖b‖
    static double distance(const Floats& a, const Floats& b) {
        double squares = 0, norm = 0;
        for (std::size_t i = 0; i < a.size(); ++i) {
            squares += std::pow(static_cast<double>(a[i]) - b[i], 2);
            norm += std::pow(static_cast<double>(b[i]), 2);
        }
        return std::sqrt(squares / norm);
    }
};

}  // namespace ms
