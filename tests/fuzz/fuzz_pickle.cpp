// A data.pkl, then the tensors it describes over storages of 4 KiB under any key.
#include <array>

#include "engine/formats/torch_file.h"
#include "tests/fuzz/fuzz_support.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto pickle = ms::pickle::read(std::as_bytes(std::span(data, size)), "f");
    ms::fuzz::checkError(pickle);
    if (!pickle.ok()) return 0;
    static constexpr std::array<std::byte, 4096> kStorage{};
    const auto storage = [](const std::string&) -> ms::Result<std::span<const std::byte>> {
        return std::span<const std::byte>(kStorage);
    };
    const auto tensors = ms::readStateDict(*pickle, storage, 2 * kStorage.size(), "f");
    ms::fuzz::checkError(tensors);
    if (tensors.ok()) ms::fuzz::checkTensors(tensors->tensors);
    return 0;
}
