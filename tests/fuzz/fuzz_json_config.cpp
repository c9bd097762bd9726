// A config.json: the lenient JSON reader, then the model's family and dimensions.
#include <nlohmann/json.hpp>

#include "engine/formats/byte_reader.h"
#include "engine/formats/json_file.h"
#include "engine/models/config_fields.h"
#include "engine/models/family.h"
#include "tests/fuzz/fuzz_support.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto json = ms::parseJson(ms::asText(std::as_bytes(std::span(data, size))), "f");
    ms::fuzz::checkError(json);
    if (!json.ok()) return 0;
    const auto family = ms::recogniseFamily(*json, "f");
    ms::fuzz::checkError(family);
    if (!family.ok()) return 0;
    const ms::FamilyFacts& facts = (*family)->facts();
    const ms::ModelDims& d = facts.dims;
    ms::fuzz::require(d.d_model > 0 && d.n_layer > 0 && d.n_layer <= ms::kMaxLayers && d.vocab > 0 && d.vocab <= ms::kMaxVocab);
    for (ms::LayerIndex k(0); k.value < d.n_layer; ++k) {
        const ms::LayerDims l = d.layer(k);
        ms::fuzz::require(l.d_inner > 0 && l.d_inner <= ms::kMaxInner && l.d_conv >= 0 && l.d_conv <= ms::kMaxConv &&
                          l.d_state >= 0 && l.n_heads >= 0 && l.head_dim >= 0 && l.n_kv_heads >= 0 && l.n_chosen <= l.n_experts);
        if (l.kind == ms::LayerKind::Mamba1) ms::fuzz::require(l.d_state > 0 && l.d_state <= ms::kMaxState && l.dt_rank > 0);
    }
    ms::fuzz::require(d.input.width > 0 && d.input.width <= 1024 && d.input.step > 0 && d.input.step <= 256 &&
                      d.input.before >= 0 && d.input.after >= 0 && d.input.rows(1) < 1 << 20);
    if (facts.speech)
        ms::fuzz::require(facts.speech->features.validate().ok() && !facts.speech->frontend.empty() &&
                          static_cast<std::int64_t>(facts.speech->vocab.size()) == d.vocab && facts.speech->blankId >= 0 &&
                          facts.speech->blankId < d.vocab);
    return 0;
}
