// A whole pytorch_model.bin: zip directory, byte order, pickle, tensors.
#include "engine/formats/torch_file.h"
#include "engine/formats/zip_reader.h"
#include "tests/fuzz/fuzz_support.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::span<const std::byte> bytes = std::as_bytes(std::span(data, size));
    const auto members = ms::readZip(bytes, "f");
    ms::fuzz::checkError(members);
    if (members.ok()) {
        for (const ms::ZipMember& member : *members) {
            ms::fuzz::require(member.bytes.data() >= bytes.data() &&
                              member.bytes.data() + member.bytes.size() <= bytes.data() + bytes.size());
        }
    }
    const auto tensors = ms::parseTorchFile(bytes, "f");
    ms::fuzz::checkError(tensors);
    if (tensors.ok()) ms::fuzz::checkTensors(tensors->tensors);
    return 0;
}
