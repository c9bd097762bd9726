// A whole GGUF file, and what becomes of it as a model.
#include "engine/formats/gguf.h"
#include "engine/formats/gguf_layout.h"
#include "tests/fuzz/fuzz_support.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto gguf = ms::parseGguf(std::as_bytes(std::span(data, size)), "f");
    ms::fuzz::checkError(gguf);
    if (!gguf.ok()) return 0;
    ms::fuzz::checkTensors(gguf->tensors);
    const auto model = ms::translateGguf(*gguf, "f");
    ms::fuzz::checkError(model);
    if (model.ok()) ms::fuzz::checkTensors(model->tensors);
    return 0;
}
