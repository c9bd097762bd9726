#include "engine/runtime/interventions.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <memory>

namespace ms {

namespace {

using Kind = Intervention::Kind;

constexpr float kInfinity = std::numeric_limits<float>::infinity();

/// The shortest digits that mean this number, in any locale.
std::string number(float v) {
    std::array<char, 32> text;
    return {text.data(), std::to_chars(text.data(), text.data() + text.size(), v).ptr};
}

template <class Index>
std::string listed(const std::vector<Index>& indices, const std::string& one) {
    if (indices.empty()) return "all " + one + "s";
    std::string text = indices.size() == 1 ? one + " " : one + "s ";
    for (std::size_t i = 0; i < indices.size(); ++i) text += (i > 0 ? ", " : "") + std::to_string(indices[i].value);
    return text;
}

std::string limits(float low, float high) {
    if (high == kInfinity) return "Δ ≥ " + number(low);
    return low > 0 ? number(low) + " ≤ Δ ≤ " + number(high) : "Δ ≤ " + number(high);
}

Error refuse(const std::string& why) { return {ErrorCode::InvalidArgument, "intervention: " + why}; }

template <class Index>
Result<void> checkRange(const std::vector<Index>& indices, std::int64_t count, const std::string& one) {
    const auto bad =
        std::find_if(indices.begin(), indices.end(), [&](Index i) { return i.value < 0 || i.value >= count; });
    if (bad == indices.end()) return {};
    return refuse(one + "s: the model has no " + one + " " + std::to_string(bad->value) + ", give 0 to " +
                  std::to_string(count - 1));
}

/// x -> clamp(x · scale, low, high) of every channel. One after another is such a map again.
struct ChannelMap {
    std::vector<float> scale, low, high;

    explicit ChannelMap(std::size_t channels)
        : scale(channels, 1.0f), low(channels, -kInfinity), high(channels, kInfinity) {}

    void multiply(std::size_t c, float factor) {
        scale[c] = std::min(scale[c] * factor, std::numeric_limits<float>::max());  // infinity times 0 would be NaN
        low[c] = factor > 0 ? low[c] * factor : 0.0f;  // times 0 it is 0, whatever its limits were
        high[c] = factor > 0 ? high[c] * factor : 0.0f;
    }
    void clamp(std::size_t c, float least, float most) {
        low[c] = std::clamp(low[c], least, most);
        high[c] = std::clamp(high[c], least, most);
    }
    [[nodiscard]] bool isIdentity() const {
        const auto all = [](const std::vector<float>& values, float v) {
            return std::all_of(values.begin(), values.end(), [v](float x) { return x == v; });
        };
        return all(scale, 1.0f) && all(low, -kInfinity) && all(high, kInfinity);
    }
};

/// What a list does to one layer.
struct LayerMap {
    ChannelMap dt, gated;
    bool ablated = false;

    explicit LayerMap(const LayerDims& layer)
        : dt(static_cast<std::size_t>(layer.dtWidth())), gated(static_cast<std::size_t>(layer.d_inner)) {}

    void add(const Intervention& i) {
        if (i.kind == Kind::AblateLayer) {
            ablated = true;
            return;
        }
        const std::size_t channels = gated.scale.size(), steps = dt.scale.size();
        const bool ofOutput = i.kind == Kind::ZeroChannels;
        // A channel named twice is changed once, and so is a step size that several channels share.
        std::vector<bool> meant(ofOutput ? channels : steps, i.channels.empty());
        for (const ChannelIndex c : i.channels) {
            const auto channel = static_cast<std::size_t>(c.value);
            if (channel >= channels) continue;  // of a wider layer
            if (ofOutput) meant[channel] = true;
            else if (steps > 0) meant[channel * steps / channels] = true;
        }
        for (std::size_t c = 0; c < meant.size(); ++c)
            if (meant[c]) change(i, c);
    }
    void change(const Intervention& i, std::size_t c) {
        switch (i.kind) {
            case Kind::ScaleDt:
                dt.multiply(c, i.factor);
                break;
            case Kind::ClampDt:
                dt.clamp(c, i.low, i.high);
                break;
            case Kind::FreezeChannels:
                dt.multiply(c, 0);
                break;
            case Kind::ZeroChannels:
                gated.multiply(c, 0);
                break;
            case Kind::AblateLayer:
                break;
        }
    }
};

Result<ChannelClamp> upload(const ChannelMap& map, Backend& backend) {
    if (map.isIdentity()) return ChannelClamp{};
    const auto tensor = [&](const std::vector<float>& values) {
        auto kept = std::make_shared<const std::vector<float>>(values);
        return backend.adoptWeights(DType::F32, {static_cast<std::int64_t>(values.size())},
                                    std::as_bytes(std::span(*kept)), kept, "intervention");
    };
    ChannelClamp clamp;
    MS_TRY(clamp.scale, tensor(map.scale));
    MS_TRY(clamp.low, tensor(map.low));
    MS_TRY(clamp.high, tensor(map.high));
    return clamp;
}

}  // namespace

std::string Intervention::describe() const {
    const std::string where =
        listed(layers, "layer") + (kind == Kind::AblateLayer ? "" : ", " + listed(channels, "channel"));
    switch (kind) {
        case Kind::ScaleDt:
            return where + ": Δ × " + number(factor);
        case Kind::ClampDt:
            return where + ": " + limits(low, high);
        case Kind::ZeroChannels:
            return where + ": output zero";
        case Kind::FreezeChannels:
            return where + ": frozen";
        case Kind::AblateLayer:
            return where + ": ablated";
    }
    return where;
}

Result<void> checkIntervention(const Intervention& i, const ModelDims& dims) {
    MS_CHECK(checkRange(i.layers, dims.n_layer, "layer"));
    if (i.kind != Kind::AblateLayer) MS_CHECK(checkRange(i.channels, dims.d_inner, "channel"));
    if (i.kind == Kind::ScaleDt && !(i.factor >= 0 && std::isfinite(i.factor)))
        return refuse("factor: " + number(i.factor) + " does not scale a step size, give a finite number from 0 on");
    if (i.kind == Kind::ClampDt && !(i.low >= 0 && std::isfinite(i.low)))
        return refuse("low: " + number(i.low) + " does not limit a step size, give a finite number from 0 on");
    if (i.kind == Kind::ClampDt && !(i.high >= i.low))
        return refuse("high: " + number(i.high) + " is below low, give a number from " + number(i.low) + " on");
    return {};
}

Result<std::vector<LayerEdits>> compileInterventions(std::span<const Intervention> list, const ModelDims& dims,
                                                     Backend& backend) {
    for (const Intervention& i : list) MS_CHECK(checkIntervention(i, dims));
    std::vector<LayerEdits> edits;
    bool changed = false;
    for (LayerIndex layer(0); layer.value < dims.n_layer; ++layer) {
        LayerMap map(dims.layer(layer));
        for (const Intervention& i : list) {
            const bool here = i.layers.empty() || std::find(i.layers.begin(), i.layers.end(), layer) != i.layers.end();
            if (i.enabled && here) map.add(i);
        }
        LayerEdits edit;
        edit.ablated = map.ablated;
        MS_TRY(edit.dt, upload(map.dt, backend));
        MS_TRY(edit.gated, upload(map.gated, backend));
        changed = changed || edit.dt || edit.gated || edit.ablated;
        edits.push_back(std::move(edit));
    }
    if (!changed) edits.clear();
    return edits;
}

}  // namespace ms
