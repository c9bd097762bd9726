#include "engine/formats/safetensors_writer.h"

#include <nlohmann/json.hpp>

#include "engine/formats/atomic_file.h"
#include "engine/formats/foreign_text.h"

namespace ms {

Result<std::string> safetensorsHeader(std::span<const TensorToWrite> tensors, const SafetensorsMetadata& metadata,
                                      const std::string& label) {
    const auto refused = [&](const TensorToWrite& tensor, const std::string& why) {
        return Error{ErrorCode::InvalidArgument, label + ": tensor " + inQuotes(tensor.name) + ": " + why};
    };
    nlohmann::ordered_json header = nlohmann::ordered_json::object();
    header["__metadata__"] = nlohmann::ordered_json::object();
    for (const auto& [key, text] : metadata) header["__metadata__"][key] = text;
    std::uint64_t offset = 0;
    for (const TensorToWrite& tensor : tensors) {
        if (static_cast<std::uint64_t>(tensor.shape.elements()) * byteSize(tensor.dtype) != tensor.bytes.size())
            return refused(tensor, std::to_string(tensor.bytes.size()) + " bytes do not fill " + tensor.shape.text());
        if (header.contains(tensor.name)) return refused(tensor, "the name is taken");
        auto shape = nlohmann::ordered_json::array();
        for (int i = 0; i < tensor.shape.rank(); ++i) shape.push_back(tensor.shape[i]);
        header[tensor.name] = {{"dtype", std::string(name(tensor.dtype))},
                               {"shape", shape},
                               {"data_offsets", {offset, offset + tensor.bytes.size()}}};
        offset += tensor.bytes.size();
    }
    std::string text;
    try {
        text = header.dump();
    } catch (const nlohmann::json::exception& e) {
        return Error{ErrorCode::InvalidArgument, label + ": a tensor's name or the metadata are not UTF-8"};
    }
    text.resize((text.size() + 7) / 8 * 8, ' ');
    const std::uint64_t length = text.size();
    return std::string(reinterpret_cast<const char*>(&length), sizeof length) + text;
}

Result<void> writeSafetensors(const std::filesystem::path& path, std::span<const TensorToWrite> tensors,
                              const SafetensorsMetadata& metadata) {
    MS_TRY(const std::string header, safetensorsHeader(tensors, metadata, path.string()));
    MS_TRY(AtomicFile file, AtomicFile::create(path));
    MS_CHECK(file.write(header));
    for (const TensorToWrite& tensor : tensors) MS_CHECK(file.write(tensor.bytes));
    return file.commit();
}

}  // namespace ms
