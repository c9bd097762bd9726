#include <cstdio>
#include <iostream>

#include "app/cli/command.h"

namespace ms::cli {

namespace {

nlohmann::json toJson(const ModelInfo& info) {
    nlohmann::json tensors = nlohmann::json::array();
    for (const TensorRow& t : info.tensors) {
        nlohmann::json shape = nlohmann::json::array();
        for (int i = 0; i < t.shape.rank(); ++i) shape.push_back(t.shape[i]);
        tensors.push_back({{"name", t.name}, {"dtype", name(t.dtype)}, {"shape", shape}, {"bytes", t.bytes}});
    }
    const ModelDims& d = info.dims;
    return {{"name", info.name}, {"family", info.family}, {"layout", info.layout}, {"format", info.format},
            {"config", {{"d_model", d.d_model}, {"n_layer", d.n_layer}, {"d_inner", d.d_inner}, {"d_state", d.d_state},
                        {"d_conv", d.d_conv}, {"dt_rank", d.dt_rank}, {"vocab_size", d.vocab}, {"norm_eps", info.normEps},
                        {"tie_embeddings", info.tiedHead}}},
            {"parameters", info.parameters}, {"weight_bytes", info.weightBytes}, {"fingerprint", info.fingerprint},
            {"tensors", tensors}, {"problems", info.problems}};
}

void print(const ModelInfo& info) {
    const ModelDims& d = info.dims;
    std::printf("%s: %s, %s layout, %s\n", info.name.c_str(), info.family.c_str(), info.layout.c_str(), info.format.c_str());
    std::printf("  d_model %lld, n_layer %lld, d_inner %lld, d_state %lld, d_conv %lld, dt_rank %lld, vocab %lld, head %s\n",
                static_cast<long long>(d.d_model), static_cast<long long>(d.n_layer), static_cast<long long>(d.d_inner),
                static_cast<long long>(d.d_state), static_cast<long long>(d.d_conv), static_cast<long long>(d.dt_rank),
                static_cast<long long>(d.vocab), info.tiedHead ? "tied" : "its own");
    std::printf("  %.2f M parameters, %s\n\n", static_cast<double>(info.parameters) / 1e6,
                humanBytes(static_cast<double>(info.weightBytes)).c_str());
    for (const TensorRow& t : info.tensors)
        std::printf("  %-50s %-5s %-16s %s\n", t.name.c_str(), std::string(name(t.dtype)).c_str(), t.shape.text().c_str(),
                    humanBytes(static_cast<double>(t.bytes)).c_str());
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
        if (!info) {
            exitCode = fail(info.error());
            return;
        }
        if (o->json) std::cout << toJson(*info).dump(2) << '\n';
        else print(*info);
    });
}

}  // namespace ms::cli
