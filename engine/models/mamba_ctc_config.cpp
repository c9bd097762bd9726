#include "engine/models/mamba_ctc_config.h"

#include <nlohmann/json.hpp>

#include "engine/formats/foreign_text.h"
#include "engine/models/config_fields.h"

namespace ms {

namespace {

using nlohmann::json;

constexpr std::size_t kMostConvs = 8, kLongestSymbol = 64;
constexpr std::int64_t kMaxKernel = 64, kMaxStride = 16, kMaxChannels = 16384, kMaxStep = 256, kMostSymbols = 65536,
                       kMaxFeature = 1 << 20;

FeatureConfig readFeatures(ConfigFields& fields) {
    FeatureConfig c;
    const auto integer = [&](const char* key, int otherwise) {
        return static_cast<int>(fields.integer(key, 1, kMaxFeature, otherwise));
    };
    c.sample_rate = integer("sample_rate", c.sample_rate);
    c.window = integer("window", c.window);
    c.hop = integer("hop", c.hop);
    c.fft = integer("fft", c.fft);
    c.mels = integer("mels", c.mels);
    c.low_hz = fields.number("low_hz", c.low_hz);
    c.high_hz = fields.number("high_hz", c.high_hz);
    c.floor = fields.number("floor", c.floor);
    if (const std::string scale = fields.text("mel_scale", "slaney"); scale != "slaney")
        fields.fail(fields.error(ErrorCode::Unsupported, "mel_scale", inQuotes(scale, 60) + " is not supported; known: slaney"));
    return c;
}

std::vector<FrontendConv> readFrontend(ConfigFields& fields) {
    const auto kernels = fields.integers("kernels", 1, kMaxKernel, kMostConvs);
    const auto strides = fields.integers("strides", 1, kMaxStride, kMostConvs);
    const auto channels = fields.integers("channels", 1, kMaxChannels, kMostConvs);
    if (fields.problem()) return {};
    if (strides.size() != kernels.size() || channels.size() != kernels.size()) {
        fields.fail(fields.error(ErrorCode::Format, "kernels", "kernels, strides and channels differ in length"));
        return {};
    }
    std::vector<FrontendConv> convs;
    std::int64_t step = 1;
    for (std::size_t i = 0; i < kernels.size(); ++i) {
        if (kernels[i] < strides[i])
            fields.fail(fields.error(ErrorCode::Unsupported, "strides", std::to_string(strides[i]) + " is longer than its kernel of " +
                                                                            std::to_string(kernels[i]) + "; rows would be skipped"));
        step = std::min(step * strides[i], kMaxStep + 1);
        convs.push_back({kernels[i], strides[i], channels[i]});
    }
    if (step > kMaxStep)
        fields.fail(fields.error(ErrorCode::Unsupported, "strides", "multiply to more than " + std::to_string(kMaxStep)));
    return convs;
}

std::vector<std::string> readVocab(ConfigFields& fields, std::int64_t size, std::int64_t blank) {
    const json* list = fields.find("vocab");
    if (list == nullptr || !list->is_array() || static_cast<std::int64_t>(list->size()) != size) {
        fields.fail(fields.error(ErrorCode::Format, "vocab", "is not a list of vocab_size (" + std::to_string(size) + ") symbols"));
        return {};
    }
    std::vector<std::string> vocab;
    for (const json& entry : *list) {
        const auto id = static_cast<std::int64_t>(vocab.size());
        const std::string symbol = entry.is_string() ? entry.get<std::string>() : std::string();
        if (!entry.is_string() || symbol.empty() != (id == blank) || symbol.size() > kLongestSymbol) {
            fields.fail(fields.error(ErrorCode::Format, "vocab",
                                     "entry " + std::to_string(id) + " must be " +
                                         (id == blank ? "\"\", the blank" : "a text of 1 to " + std::to_string(kLongestSymbol) + " bytes")));
            return {};
        }
        vocab.push_back(symbol);
    }
    return vocab;
}

}  // namespace

InputDims MambaCtcConfig::input() const {
    std::int64_t step = 1, field = 1;  // rows of features from one output to the next, and under one output
    for (const FrontendConv& conv : speech.frontend) {
        field += (conv.kernel - 1) * step;
        step *= conv.stride;
    }
    const std::int64_t before = std::min(field / 2, field - step);  // no kernel is shorter than its stride
    return {.kind = InputDims::Kind::Features, .width = speech.features.mels, .step = step, .before = before,
            .after = field - step - before};
}

Result<MambaCtcConfig> parseMambaCtcConfig(const json& config, const std::string& file) {
    if (!config.is_object()) return Error{ErrorCode::Format, file + ": is not a JSON object"};
    ConfigFields fields(config, file);
    if (const std::string type = fields.text("model_type", ""); type != kMambaCtcType)
        fields.fail(fields.error(ErrorCode::Unsupported, "model_type", inQuotes(type, 60) + " is not " + kMambaCtcType));
    MambaCtcConfig c;
    readBlockConfig(fields, c);
    const std::int64_t vocab = fields.integer("vocab_size", 2, kMostSymbols);
    c.speech.blankId = static_cast<std::int32_t>(fields.integer("blank_id", 0, vocab - 1));
    if (!fields.problem()) c.speech.vocab = readVocab(fields, vocab, c.speech.blankId);

    ConfigFields features = fields.object("features", true), frontend = fields.object("frontend", true);
    c.speech.features = readFeatures(features);
    c.speech.frontend = readFrontend(frontend);
    for (const ConfigFields* part : {&fields, &features, &frontend})
        if (part->problem()) return *part->problem();
    if (const auto valid = c.speech.features.validate(); !valid) return Error{ErrorCode::Format, file + ": " + valid.error().message};
    return c;
}

}  // namespace ms
