#include "engine/runtime/interventions.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>

namespace ms {

namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

std::string number(float v) {
    char text[32];
    std::snprintf(text, sizeof text, "%g", static_cast<double>(v));
    return text;
}

template <class Index>
std::string listed(const std::vector<Index>& indices, const std::string& one) {
    if (indices.empty()) return "all " + one + "s";
    std::string text = indices.size() == 1 ? one + " " : one + "s ";
    for (std::size_t i = 0; i < indices.size(); ++i) text += (i > 0 ? ", " : "") + std::to_string(indices[i].value);
    return text;
}

template <class Index>
Result<void> checkRange(const std::vector<Index>& indices, std::int64_t count, const std::string& what) {
    const auto bad = std::find_if(indices.begin(), indices.end(), [&](Index i) { return i.value < 0 || i.value >= count; });
    if (bad == indices.end()) return {};
    return Error{ErrorCode::InvalidArgument, "intervention: there is no " + what + " " + std::to_string(bad->value) + "; give 0 to " +
                                                 std::to_string(count - 1)};
}

/// x -> clamp(x · scale, low, high) of every channel; two of them after each other are one again.
struct ChannelMap {
    std::vector<float> scale, low, high;
    bool changed = false;

    explicit ChannelMap(std::size_t channels) : scale(channels, 1.0f), low(channels, -kInfinity), high(channels, kInfinity) {}

    void multiply(std::size_t c, float factor) {
        scale[c] *= factor;
        low[c] = factor > 0 ? low[c] * factor : 0.0f;  // a frozen channel is 0 whatever its limits were
        high[c] = factor > 0 ? high[c] * factor : 0.0f;
        changed = true;
    }
    void clamp(std::size_t c, float least, float most) {
        low[c] = std::clamp(low[c], least, most);
        high[c] = std::clamp(high[c], least, most);
        changed = true;
    }
};

Result<ChannelClamp> upload(const ChannelMap& map, Backend& backend) {
    if (!map.changed) return ChannelClamp{};
    const auto tensor = [&](const std::vector<float>& values) {
        auto kept = std::make_shared<const std::vector<float>>(values);
        return backend.adoptWeights(DType::F32, {static_cast<std::int64_t>(values.size())}, std::as_bytes(std::span(*kept)), kept, "intervention");
    };
    ChannelClamp clamp;
    MS_TRY(clamp.scale, tensor(map.scale));
    MS_TRY(clamp.low, tensor(map.low));
    MS_TRY(clamp.high, tensor(map.high));
    return clamp;
}

}  // namespace

std::string Intervention::describe() const {
    const std::string where = listed(layers, "layer") + (kind == Kind::AblateLayer ? "" : ", " + listed(channels, "channel"));
    switch (kind) {
        case Kind::ScaleDt: return where + ": Δ × " + number(factor);
        case Kind::ClampDt: return where + ": Δ within " + number(low) + " and " + number(high);
        case Kind::ZeroChannels: return where + ": output zero";
        case Kind::FreezeChannels: return where + ": frozen";
        case Kind::AblateLayer: return where + ": ablated";
    }
    return where;
}

Result<void> checkIntervention(const Intervention& i, const ModelDims& dims) {
    MS_CHECK(checkRange(i.layers, dims.n_layer, "layer"));
    if (i.kind != Intervention::Kind::AblateLayer) MS_CHECK(checkRange(i.channels, dims.d_inner, "channel"));
    if (i.kind == Intervention::Kind::ScaleDt && !(i.factor >= 0 && std::isfinite(i.factor)))
        return Error{ErrorCode::InvalidArgument, "intervention: the factor of Δ is " + number(i.factor) + "; give a number from 0 on"};
    if (i.kind == Intervention::Kind::ClampDt && !(i.low >= 0 && i.low <= i.high && std::isfinite(i.low)))
        return Error{ErrorCode::InvalidArgument, "intervention: the limits of Δ are " + number(i.low) + " and " + number(i.high) +
                                                     "; give two numbers from 0 on, the smaller first"};
    return {};
}

Result<std::vector<LayerEdits>> compileInterventions(std::span<const Intervention> list, const ModelDims& dims, Backend& backend) {
    for (const Intervention& i : list) MS_CHECK(checkIntervention(i, dims));
    std::vector<LayerEdits> edits;
    if (std::none_of(list.begin(), list.end(), [](const Intervention& i) { return i.enabled; })) return edits;

    const auto channels = static_cast<std::size_t>(dims.d_inner);
    for (std::int64_t k = 0; k < dims.n_layer; ++k) {
        ChannelMap dt(channels), gated(channels);
        LayerEdits layer;
        for (const Intervention& i : list) {
            const bool here = i.layers.empty() || std::find(i.layers.begin(), i.layers.end(), LayerIndex(k)) != i.layers.end();
            if (!i.enabled || !here) continue;
            if (i.kind == Intervention::Kind::AblateLayer) {
                layer.ablated = true;
                continue;
            }
            const auto apply = [&](std::size_t c) {
                switch (i.kind) {
                    case Intervention::Kind::ScaleDt: return dt.multiply(c, i.factor);
                    case Intervention::Kind::ClampDt: return dt.clamp(c, i.low, i.high);
                    case Intervention::Kind::FreezeChannels: return dt.multiply(c, 0);
                    case Intervention::Kind::ZeroChannels: return gated.multiply(c, 0);
                    case Intervention::Kind::AblateLayer: return;
                }
            };
            if (i.channels.empty())
                for (std::size_t c = 0; c < channels; ++c) apply(c);
            for (const ChannelIndex c : i.channels) apply(static_cast<std::size_t>(c.value));
        }
        MS_TRY(layer.dt, upload(dt, backend));
        MS_TRY(layer.gated, upload(gated, backend));
        edits.push_back(std::move(layer));
    }
    return edits;
}

}  // namespace ms
