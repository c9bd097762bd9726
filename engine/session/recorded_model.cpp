#include "engine/session/recorded_model.h"

#include <array>
#include <limits>
#include <span>

#include "engine/session/recorded_model_json.h"

namespace ms {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kMostLayers = 4096;
constexpr std::int64_t kMostWidth = 1 << 20;
constexpr std::int64_t kMostVocab = 1 << 24;
/// Values of one layer's state.
constexpr std::int64_t kMostStates = std::int64_t{1} << 28;
constexpr std::int64_t kMostInputRows = 1 << 16;

/// In the order of LayerKind and FeedForward.
constexpr std::array<const char*, 10> kKinds{"mamba1", "mamba1_complex", "mamba2", "mamba3", "attention", "rnn", "lstm", "gru", "s4d", "s4"};
constexpr std::array<const char*, 4> kFeedForwards{"none", "plain", "gated", "experts"};

constexpr std::array<std::pair<const char*, std::int64_t LayerDims::*>, 12> kSizes{{{"d_inner", &LayerDims::d_inner},
                                                                                    {"d_state", &LayerDims::d_state},
                                                                                    {"d_conv", &LayerDims::d_conv},
                                                                                    {"dt_rank", &LayerDims::dt_rank},
                                                                                    {"n_heads", &LayerDims::n_heads},
                                                                                    {"head_dim", &LayerDims::head_dim},
                                                                                    {"n_groups", &LayerDims::n_groups},
                                                                                    {"n_angles", &LayerDims::n_angles},
                                                                                    {"n_kv_heads", &LayerDims::n_kv_heads},
                                                                                    {"d_ff", &LayerDims::d_ff},
                                                                                    {"n_experts", &LayerDims::n_experts},
                                                                                    {"n_chosen", &LayerDims::n_chosen}}};

template <class Enum, std::size_t N>
void readName(const Fields& fields, const char* key, const std::array<const char*, N>& names, Enum& value) {
    std::string name = names.front();
    fields.read(key, name);
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) return fields.complain(key, "is unknown");
    value = static_cast<Enum>(found - names.begin());
}

Json layerJson(const LayerDims& layer) {
    Json object{{"kind", kKinds[static_cast<std::size_t>(layer.kind)]}};
    if (layer.feedForward != FeedForward::None) object["feed_forward"] = kFeedForwards[static_cast<std::size_t>(layer.feedForward)];
    for (const auto& [key, size] : kSizes)
        if (layer.*size != 0) object[key] = layer.*size;
    return object;
}

LayerDims readLayer(const Fields& fields) {
    LayerDims layer;
    readName(fields, "kind", kKinds, layer.kind);
    readName(fields, "feed_forward", kFeedForwards, layer.feedForward);
    for (const auto& [key, size] : kSizes) fields.read(key, layer.*size, 0, kMostWidth);
    if (layer.d_inner == 0) fields.complain("d_inner", "is 0");
    if (layer.d_inner * layer.d_state > kMostStates) fields.complain("d_state", "makes a state that is too large");
    return layer;
}

void readInput(const Fields& fields, InputDims& input) {
    bool features = false;
    fields.read("features", features);
    input.kind = features ? InputDims::Kind::Features : InputDims::Kind::Tokens;
    fields.read("width", input.width, 1, kMostWidth);
    fields.read("step", input.step, 1, kMostInputRows);
    fields.read("before", input.before, 0, kMostInputRows);
    fields.read("after", input.after, 0, kMostInputRows);
}

void readTexts(const Fields& fields, RecordedModel& model) {
    fields.each("texts", [&](const nlohmann::json& entry, const std::string& path) {
        if (!entry.is_array() || entry.size() != 2 || !entry[1].is_string()) return fields.complain("texts", "holds something else than an id and its text");
        const auto id = static_cast<TokenId>(fields.whole(entry[0], path.substr(path.rfind('.') + 1), 0, model.dims.vocab - 1));
        if (!model.texts.empty() && id <= model.texts.back().first) return fields.complain("texts", "are out of order");
        model.texts.emplace_back(id, entry[1].get<std::string>());
    });
}

}  // namespace

bool isSeriesOf(const CaptureEntry& entry, const ModelDims& dims) {
    CaptureRequest request{entry.key.point, {}, entry.key.reduction, entry.stride, entry.bins, entry.low, entry.high};
    if (entry.key.layer.value >= 0) request.layers = {entry.key.layer};
    const auto plan = CapturePlan::create(std::span(&request, 1), dims);
    return plan && plan->entries().size() == 1 && plan->entries()[0].width == entry.width && plan->entries()[0].key == entry.key;
}

Json toJson(const RecordedModel& model) {
    const ModelDims& d = model.dims;
    Json layers = Json::array(), texts = Json::array();
    for (LayerIndex k(0); k.value < d.n_layer; ++k) layers.push_back(layerJson(d.layer(k)));
    for (const auto& [id, text] : model.texts) texts.push_back({id, text});
    return {{"layout", model.layout},
            {"format", model.format},
            {"d_model", d.d_model},
            {"vocab", d.vocab},
            {"layers", std::move(layers)},
            {"input",
             {{"features", d.input.kind == InputDims::Kind::Features},
              {"width", d.input.width},
              {"step", d.input.step},
              {"before", d.input.before},
              {"after", d.input.after}}},
            {"norm_eps", model.normEps},
            {"tied_head", model.tiedHead},
            {"tokenizer", model.hasTokenizer},
            {"parameters", model.parameters},
            {"tokens", model.tokens},
            {"weight_bytes", model.weightBytes},
            {"texts", std::move(texts)}};
}

void readRecordedModel(const Fields& fields, RecordedModel& model) {
    fields.read("layout", model.layout);
    fields.read("format", model.format);
    std::vector<LayerDims> layers;
    fields.each("layers", [&](const nlohmann::json& entry, const std::string& path) {
        if (layers.size() == kMostLayers) return fields.complain("layers", "are too many");
        layers.push_back(fields.entry<LayerDims>(entry, path, readLayer));
    });
    if (layers.empty()) return fields.complain("layers", "are missing");
    model.dims.setLayers(std::move(layers));
    fields.require("d_model", model.dims.d_model, 1, kMostWidth);
    fields.require("vocab", model.dims.vocab, 1, kMostVocab);
    readInput(fields.object("input"), model.dims.input);
    fields.read("norm_eps", model.normEps, 0.0, 1.0);
    fields.read("tied_head", model.tiedHead);
    fields.read("tokenizer", model.hasTokenizer);
    fields.read("parameters", model.parameters, 0, std::numeric_limits<std::int64_t>::max());
    fields.read("tokens", model.tokens, 0, model.dims.vocab);
    fields.read("weight_bytes", model.weightBytes);
    readTexts(fields, model);
}

}  // namespace ms
