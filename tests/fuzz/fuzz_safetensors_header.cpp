// A whole .safetensors file. The first eight bytes, the header's length, are also made to fit, so that mutations that
// change it still reach the parser behind.
#include <cstring>
#include <vector>

#include "engine/formats/safetensors.h"
#include "tests/fuzz/fuzz_support.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::span<const std::byte> bytes = std::as_bytes(std::span(data, size));
    ms::SafetensorsMetadata metadata;
    const auto asIs = ms::parseSafetensors(bytes, "f", &metadata);
    ms::fuzz::checkError(asIs);
    if (asIs.ok()) ms::fuzz::checkTensors(*asIs);
    if (size < 16) return 0;

    // Bytes 8… as the header up to its last '}', the rest as data.
    std::vector<std::byte> fitted(bytes.begin(), bytes.end());
    std::size_t end = fitted.size();
    while (end > 9 && fitted[end - 1] != std::byte{'}'}) --end;
    const std::uint64_t length = end - 8;
    std::memcpy(fitted.data(), &length, sizeof length);
    const auto made = ms::parseSafetensors(fitted, "f", &metadata);
    ms::fuzz::checkError(made);
    if (made.ok()) ms::fuzz::checkTensors(*made);
    return 0;
}
