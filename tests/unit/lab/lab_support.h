// What tests of the lab share: small models, tokenizers beside them, and everything a session captures.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "engine/probe/capture_store.h"
#include "engine/runtime/devices.h"
#include "engine/runtime/session.h"
#include "tests/support/temp_folder.h"
#include "tests/unit/text/tiny_tokenizer.h"

namespace ms::test {

inline std::shared_ptr<const Model> openTiny(const std::filesystem::path& path) {
    auto backend = openDevice("host");
    if (!backend) throw std::runtime_error(backend.error().message);
    auto model = Model::load(path, *backend);
    if (!model) throw std::runtime_error(model.error().message);
    return *model;
}

inline std::shared_ptr<const Model> openTiny(const std::string& name) { return openTiny(std::filesystem::path(MS_TEST_DATA) / name); }

/// mamba-tiny (320 symbols) in a folder of its own, with this tokenizer.
inline void makeModelWith(const nlohmann::json& tokenizer, const std::filesystem::path& folder) {
    std::filesystem::create_directories(folder);
    for (const char* file : {"config.json", "model.safetensors"})
        std::filesystem::copy_file(std::filesystem::path(MS_TEST_DATA) / "mamba-tiny" / file, folder / file);
    std::ofstream(folder / "tokenizer.json") << tokenizer.dump();
}

/// What a session of its own captures of some tokens, every value of a point in a layer: [tokens, width].
inline std::vector<float> valuesOf(const std::shared_ptr<const Model>& model, std::span<const TokenId> ids, ProbePoint point, LayerIndex layer) {
    auto session = Session::create(model);
    CaptureRequest request;
    request.point = point;
    request.layers = {layer};
    request.reduction = Reduction::None;
    auto plan = CapturePlan::create(std::span(&request, 1), model->dims());
    if (!session || !plan) throw std::runtime_error("no session that captures");
    std::vector<float> values;
    const auto set = (*session)->setCapture(std::move(*plan), [&](const CaptureFrame& frame) {
        for (const CaptureFrame::Block& block : frame.blocks) values.insert(values.end(), block.values.begin(), block.values.end());
    });
    if (!set || !(*session)->prefill(ids)) throw std::runtime_error("the session does not read");
    return values;
}

}  // namespace ms::test
