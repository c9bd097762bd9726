#include <cstdio>
#include <filesystem>
#include <iostream>
#include <map>

#include "app/cli/command.h"
#include "app/cli/doctor.h"
#include "engine/base/quant_blocks.h"
#include "engine/formats/checkpoint.h"
#include "engine/probe/state_layout.h"

namespace ms::cli {

namespace {

nlohmann::json toJson(const SpeechInfo& speech, const InputDims& input) {
    nlohmann::json convs = nlohmann::json::array();
    for (const FrontendConv& c : speech.frontend) convs.push_back({{"kernel", c.kernel}, {"stride", c.stride}, {"channels", c.channels}});
    const FeatureConfig& f = speech.features;
    return {{"features", {{"sample_rate", f.sample_rate}, {"window", f.window}, {"hop", f.hop}, {"fft", f.fft}, {"mels", f.mels},
                          {"low_hz", f.low_hz}, {"high_hz", f.high_hz}, {"floor", f.floor}}},
            {"frontend", convs}, {"vocab", speech.vocab}, {"blank_id", speech.blankId},
            {"frame_ms", speech.frameSeconds(input) * 1e3}, {"look_ahead_ms", speech.lookAheadSeconds(input) * 1e3}};
}

nlohmann::json toJson(const LayerDims& l) {
    return {{"kind", name(l.kind)}, {"feed_forward", name(l.feedForward)}, {"d_inner", l.d_inner}, {"d_state", l.d_state},
            {"d_conv", l.d_conv}, {"dt_rank", l.dt_rank}, {"n_heads", l.n_heads}, {"head_dim", l.head_dim}, {"n_groups", l.n_groups},
            {"n_kv_heads", l.n_kv_heads}, {"d_ff", l.d_ff}, {"n_experts", l.n_experts}, {"n_chosen", l.n_chosen}};
}

/// Relative rounding error of every quantised tensor, by name.
using RoundingErrors = std::map<std::string, double>;

RoundingErrors roundingErrors(const std::filesystem::path& path) {
    RoundingErrors errors;
    const auto checkpoint = Checkpoint::open(path);
    if (!checkpoint) return errors;
    for (const TensorInfo& t : checkpoint->tensors())
        if (isQuantised(t.dtype)) errors[t.name] = quantisationError(t.dtype, t.bytes);
    return errors;
}

nlohmann::json toJson(const ModelInfo& info, const RoundingErrors& errors) {
    nlohmann::json tensors = nlohmann::json::array();
    for (const TensorRow& t : info.tensors) {
        nlohmann::json shape = nlohmann::json::array();
        for (int i = 0; i < t.shape.rank(); ++i) shape.push_back(t.shape[i]);
        tensors.push_back({{"name", t.name}, {"dtype", name(t.dtype)}, {"shape", shape}, {"bytes", t.bytes}});
        if (const auto error = errors.find(t.name); error != errors.end()) tensors.back()["rounding_error"] = error->second;
    }
    const ModelDims& d = info.dims;
    nlohmann::json layers = nlohmann::json::array();
    for (LayerIndex k(0); k.value < d.n_layer; ++k) layers.push_back(toJson(d.layer(k)));
    nlohmann::json all = {{"name", info.name}, {"family", info.family}, {"layout", info.layout}, {"format", info.format},
            {"config", {{"d_model", d.d_model}, {"n_layer", d.n_layer}, {"d_inner", d.d_inner}, {"d_state", d.d_state},
                        {"d_conv", d.d_conv}, {"dt_rank", d.dt_rank}, {"vocab_size", d.vocab}, {"norm_eps", info.normEps},
                        {"tie_embeddings", info.tiedHead}}},
            {"layers", layers}, {"state_bytes", stateBytes(d, 0)}, {"state_bytes_per_token", stateBytes(d, 1) - stateBytes(d, 0)},
            {"parameters", info.parameters}, {"weight_bytes", info.weightBytes}, {"weight_bytes_per_token", info.weightBytesPerToken}, {"fingerprint", info.fingerprint},
            {"tensors", tensors}, {"problems", info.problems}};
    if (info.speech) all["speech"] = toJson(*info.speech, d.input);
    return all;
}

void print(const SpeechInfo& speech, const InputDims& input) {
    const FeatureConfig& f = speech.features;
    std::printf("  reads %d log-mel features, %g to %g Hz, of %d Hz audio: window %d, hop %d, FFT %d samples\n", f.mels, f.low_hz,
                f.high_hz, f.sample_rate, f.window, f.hop, f.fft);
    std::printf("  front end:");
    for (const FrontendConv& c : speech.frontend)
        std::printf(" convolution %lld / %lld to %lld channels,", static_cast<long long>(c.kernel), static_cast<long long>(c.stride),
                    static_cast<long long>(c.channels));
    std::printf(" projection; a frame every %g ms, look-ahead %g ms\n", speech.frameSeconds(input) * 1e3, speech.lookAheadSeconds(input) * 1e3);
    std::string symbols;
    const auto quoted = [](const std::string& s) {
        return nlohmann::json(s).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    };
    for (const std::string& s : speech.vocab) symbols += s.empty() ? " (blank)" : " " + quoted(s);
    std::printf("  writes %zu symbols:%s\n", speech.vocab.size(), symbols.c_str());
}

/// Runs of equal layers, a line each.
void printLayers(const ModelDims& d) {
    for (LayerIndex k(0); k.value < d.n_layer;) {
        LayerIndex end = k;
        while (end.value < d.n_layer && d.layer(end) == d.layer(k)) ++end;
        const std::string which = end.value - k.value == 1 ? "layer " + std::to_string(k.value)
                                                           : "layers " + std::to_string(k.value) + "-" + std::to_string(end.value - 1);
        std::printf("  %s: %s\n", which.c_str(), d.layer(k).describe().c_str());
        k = end;
    }
    const std::uint64_t empty = stateBytes(d, 0), perToken = stateBytes(d, 1) - empty;
    std::printf("  state %s", humanBytes(static_cast<double>(empty)).c_str());
    if (perToken > 0) std::printf(", and %s more with every token", humanBytes(static_cast<double>(perToken)).c_str());
    std::printf(perToken > 0 ? "\n" : ", however many tokens are read\n");
}

void print(const ModelInfo& info, const RoundingErrors& errors) {
    const ModelDims& d = info.dims;
    std::printf("%s: %s, %s layout, %s\n", info.name.c_str(), info.family.c_str(), info.layout.c_str(), info.format.c_str());
    std::printf("  d_model %lld, n_layer %lld, d_inner %lld, d_state %lld, d_conv %lld, dt_rank %lld, vocab %lld, head %s\n",
                static_cast<long long>(d.d_model), static_cast<long long>(d.n_layer), static_cast<long long>(d.d_inner),
                static_cast<long long>(d.d_state), static_cast<long long>(d.d_conv), static_cast<long long>(d.dt_rank),
                static_cast<long long>(d.vocab), info.tiedHead ? "tied" : "its own");
    printLayers(d);
    if (info.speech) print(*info.speech, d.input);
    std::printf("  %.2f M parameters, %s; a token reads %s of them\n\n", static_cast<double>(info.parameters) / 1e6,
                humanBytes(static_cast<double>(info.weightBytes)).c_str(), humanBytes(static_cast<double>(info.weightBytesPerToken)).c_str());
    for (const TensorRow& t : info.tensors) {
        std::printf("  %-50s %-5s %-16s %s", t.name.c_str(), std::string(name(t.dtype)).c_str(), t.shape.text().c_str(),
                    humanBytes(static_cast<double>(t.bytes)).c_str());
        if (const auto error = errors.find(t.name); error != errors.end()) std::printf(", rounded by %.2g %%", error->second * 100);
        std::printf("\n");
    }
    std::printf("\n%s\n", info.problems.empty() ? "No problems found." : "Problems:");
    for (const std::string& p : info.problems) std::printf("  %s\n", p.c_str());
}

}  // namespace

void addInspect(CLI::App& app, int& exitCode) {
    struct Options { std::string model; bool json = false; };
    auto o = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("inspect", "Family, dimensions, tensors and problems of a checkpoint");
    command->add_option("MODEL", o->model, "Checkpoint folder or file")->required();
    command->add_flag("--json", o->json, "Print one JSON object");
    command->callback([o, &exitCode] {
        const auto info = inspectModel(o->model);
        const auto diagnosis = diagnose(o->model);
        if (!info) exitCode = fail(info.error());
        if (!diagnosis) return;  // not even the files could be opened
        const RoundingErrors errors = info ? roundingErrors(o->model) : RoundingErrors{};
        if (o->json) {
            nlohmann::json all = info ? toJson(*info, errors) : nlohmann::json::object();
            all["diagnosis"] = toJson(*diagnosis);
            std::cout << all.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
            return;
        }
        if (info) print(*info, errors);
        print(*diagnosis);
    });
}

}  // namespace ms::cli
