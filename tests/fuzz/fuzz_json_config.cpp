// A config.json: the lenient JSON reader, then the model's dimensions.
#include <nlohmann/json.hpp>

#include "engine/formats/byte_reader.h"
#include "engine/formats/json_file.h"
#include "engine/models/mamba_config.h"
#include "tests/fuzz/fuzz_support.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto json = ms::parseJson(ms::asText(std::as_bytes(std::span(data, size))), "f");
    ms::fuzz::checkError(json);
    if (!json.ok()) return 0;
    const auto config = ms::parseMambaConfig(*json, "f");
    ms::fuzz::checkError(config);
    if (!config.ok()) return 0;
    ms::fuzz::require(config->d_model > 0 && config->d_inner > 0 && config->d_inner <= 262144 && config->n_layer > 0 &&
                      config->d_state > 0 && config->d_state <= 256 && config->d_conv > 0 && config->d_conv <= 8 &&
                      config->dt_rank > 0 && config->vocab_size > 0 && config->vocab_pad_multiple > 0);
    return 0;
}
