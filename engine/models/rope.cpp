#include "engine/models/rope.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>

#include "engine/formats/foreign_text.h"

namespace ms {

namespace {

void expectPositive(ConfigFields& fields, const char* key, double value) {
    if (!(value > 0 && std::isfinite(value))) fields.fail(fields.error(ErrorCode::Format, key, "is no number above 0"));
}

/// `fields`: those of rope_parameters or rope_scaling.
void readScaling(ConfigFields& fields, RopeConfig& rope) {
    const std::string type = fields.text("rope_type", fields.text("type", "default"));
    if (type == "default") return;
    rope.factor = fields.number("factor", 0);
    expectPositive(fields, "factor", rope.factor);
    if (type == "linear") {
        rope.scaling = RopeConfig::Scaling::Linear;
        return;
    }
    if (type != "llama3") {
        fields.fail(fields.error(ErrorCode::Unsupported, "rope_type", inQuotes(type, 40) + " is not supported; known: default, linear, llama3"));
        return;
    }
    rope.scaling = RopeConfig::Scaling::Llama3;
    rope.low_freq_factor = fields.number("low_freq_factor", 1);
    rope.high_freq_factor = fields.number("high_freq_factor", 4);
    rope.original_context = fields.number("original_max_position_embeddings", 8192);
    expectPositive(fields, "low_freq_factor", rope.low_freq_factor);
    expectPositive(fields, "original_max_position_embeddings", rope.original_context);
    if (!(rope.high_freq_factor > rope.low_freq_factor))
        fields.fail(fields.error(ErrorCode::Format, "high_freq_factor", "is not above low_freq_factor"));
}

/// A number a pair, all above 0.
void readFactors(ConfigFields& fields, RopeConfig& rope) {
    const nlohmann::json* factors = fields.find("rope_factors");
    if (factors == nullptr) return;
    const auto fail = [&](const std::string& problem) { fields.fail(fields.error(ErrorCode::Format, "rope_factors", problem)); };
    if (!factors->is_array() || std::ssize(*factors) != rope.dims / 2) return fail("is no list of " + std::to_string(rope.dims / 2) + " numbers, one a pair");
    for (const nlohmann::json& factor : *factors) {
        if (!factor.is_number() || !(factor.get<double>() > 0)) return fail("holds something else than numbers above 0");
        rope.factors.push_back(factor.get<double>());
    }
}

}  // namespace

void readRope(ConfigFields& fields, std::int64_t head_dim, double partial, RopeConfig& rope) {
    const bool newer = fields.find("rope_parameters") != nullptr;
    ConfigFields inner = fields.object(newer ? "rope_parameters" : "rope_scaling", false);
    rope.theta = newer ? inner.number("rope_theta", 10000) : fields.number("rope_theta", fields.number("rotary_emb_base", 10000));
    const double share = newer ? inner.number("partial_rotary_factor", partial)
                               : fields.number("partial_rotary_factor", fields.number("rotary_pct", partial));
    ConfigFields& where = newer ? inner : fields;
    expectPositive(where, "rope_theta", rope.theta);
    if (!(share >= 0 && share <= 1)) where.fail(where.error(ErrorCode::Format, "partial_rotary_factor", "is not a number from 0 to 1"));
    else rope.dims = static_cast<std::int64_t>(static_cast<double>(head_dim) * share) / 2 * 2;
    readScaling(inner, rope);
    if (!fields.problem()) readFactors(fields, rope);
    if (inner.problem()) fields.fail(*inner.problem());
}

std::vector<float> ropeFrequencies(const RopeConfig& rope) {
    std::vector<float> all;
    for (std::int64_t i = 0; 2 * i < rope.dims; ++i) {
        const double frequency = std::pow(rope.theta, -2.0 * static_cast<double>(i) / static_cast<double>(rope.dims));
        double scaled = frequency;
        if (rope.scaling == RopeConfig::Scaling::Linear) scaled = frequency / rope.factor;
        if (rope.scaling == RopeConfig::Scaling::Llama3) {
            const double turns = rope.original_context * frequency / (2 * std::numbers::pi);  // within the original context
            const double asIs = std::clamp((turns - rope.low_freq_factor) / (rope.high_freq_factor - rope.low_freq_factor), 0.0, 1.0);
            scaled = (1 - asIs) * frequency / rope.factor + asIs * frequency;
        }
        if (!rope.factors.empty()) scaled /= rope.factors[static_cast<std::size_t>(i)];
        all.push_back(static_cast<float>(scaled));
    }
    return all;
}

}  // namespace ms
