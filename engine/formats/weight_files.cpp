#include "engine/formats/weight_files.h"

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>

#include "engine/formats/byte_reader.h"
#include "engine/formats/foreign_text.h"
#include "engine/formats/gguf_layout.h"
#include "engine/formats/json_file.h"
#include "engine/formats/safetensors.h"
#include "engine/formats/torch_file.h"

namespace ms {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxIndexBytes = 64u << 20;

/// Starts of files that are often met where weights should be.
constexpr std::string_view kZip = "PK\x03\x04", kGguf = "GGUF", kLfsPointer = "version https://git-lfs";
/// The pickled magic number that opens files of PyTorch before 1.6 (torch/serialization.py).
constexpr std::string_view kLegacyTorch = "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";

bool isPlainName(const std::string& name) {
    return !name.empty() && name != "." && name != ".." &&
           name.find_first_of(std::string_view("/\\\0", 3)) == std::string::npos;
}

/// Shard name -> the tensors it must hold.
Result<std::map<std::string, std::set<std::string>>> readWeightMap(const fs::path& index) {
    MS_TRY(const nlohmann::json json, readJsonFile(index, kMaxIndexBytes));
    const auto wrong = [&](const std::string& what) { return Error{ErrorCode::Format, index.string() + ": " + what}; };
    const auto weightMap = json.find("weight_map");
    if (!json.is_object() || weightMap == json.end() || !weightMap->is_object() || weightMap->empty())
        return wrong("weight_map, the table from tensors to shards, is missing or empty; download it again");
    std::map<std::string, std::set<std::string>> shards;
    for (const auto& [tensor, shard] : weightMap->items()) {
        if (!shard.is_string()) return wrong("weight_map: the shard of tensor " + inQuotes(tensor) + " is no text");
        const std::string name = shard.get<std::string>();
        if (!isPlainName(name))
            return wrong("weight_map: shard " + inQuotes(name) +
                         " is not a plain file name; refused, as shards lie beside the index");
        shards[name].insert(tensor);
    }
    return shards;
}

Result<WeightFile> openGguf(std::shared_ptr<const MappedFile> mapping, const fs::path& path) {
    MS_TRY(GgufFile gguf, parseGguf(mapping->bytes(), path.string()));
    MS_TRY(GgufModel model, translateGguf(gguf, path.string()));
    WeightFile file{"GGUF v" + std::to_string(gguf.version), std::move(model.tensors), std::move(mapping), std::move(model.copies), path, {}, {}};
    file.config = std::make_shared<const nlohmann::json>(std::move(model.config));
    file.gguf = std::make_shared<const GgufFile>(std::move(gguf));
    return file;
}

}  // namespace

Result<WeightFile> openWeightFile(const fs::path& path) {
    MS_TRY(auto mapping, MappedFile::open(path));
    const std::string file = path.string();
    const std::span<const std::byte> bytes = mapping->bytes();
    const std::string_view start = asText(bytes.first(std::min<std::size_t>(bytes.size(), 64)));
    const auto unsupported = [&](const std::string& what) { return Error{ErrorCode::Unsupported, file + ": " + what}; };

    if (start.starts_with(kLfsPointer))
        return Error{ErrorCode::NotFound,
                     file + ": is a Git LFS pointer, the weights were not fetched; run \"git lfs pull\" in its folder"};
    if (start.starts_with(kGguf)) return openGguf(std::move(mapping), path);
    if (start.starts_with(kLegacyTorch))
        return unsupported(
            "was saved by PyTorch before 1.6 (no zip); load and save it with a current PyTorch, or convert it to "
            "safetensors");
    if (start.starts_with(kZip)) {
        MS_TRY(TorchTensors torch, parseTorchFile(bytes, file));
        return WeightFile{"PyTorch zip", std::move(torch.tensors), std::move(mapping), std::move(torch.copies), path, {}, {}};
    }
    const bool looksLikeSafetensors = path.extension() == ".safetensors" || (start.size() > 8 && start[8] == '{');
    if (!looksLikeSafetensors)
        return unsupported("is neither a safetensors file nor a PyTorch zip nor a GGUF file; convert it to safetensors");
    MS_TRY(std::vector<TensorInfo> tensors, parseSafetensors(bytes, file));
    return WeightFile{"safetensors", std::move(tensors), std::move(mapping), {}, path, {}, {}};
}

Result<std::vector<WeightFile>> openShards(const fs::path& index) {
    MS_TRY(const auto shards, readWeightMap(index));
    std::vector<WeightFile> files;
    std::map<std::string, std::string> homes;  // tensor -> shard
    for (const auto& [name, expected] : shards) {
        const fs::path path = index.parent_path() / name;
        if (std::error_code ignored; !fs::exists(path, ignored))
            return Error{ErrorCode::NotFound,
                         index.string() + ": shard " + inQuotes(name) + " is not beside it; download it"};
        MS_TRY(WeightFile file, openWeightFile(path));
        std::size_t found = 0;
        for (const TensorInfo& tensor : file.tensors) {
            found += expected.count(tensor.name);
            if (const auto [home, isNew] = homes.emplace(tensor.name, name); !isNew)
                return Error{ErrorCode::Format, index.string() + ": tensor " + inQuotes(tensor.name) +
                                                    " is in two shards, " + inQuotes(home->second) + " and " +
                                                    inQuotes(name) + "; download them again"};
        }
        if (found != expected.size()) {
            for (const std::string& tensor : expected) {
                if (const auto home = homes.find(tensor); home == homes.end() || home->second != name)
                    return Error{ErrorCode::Format, index.string() + ": tensor " + inQuotes(tensor) +
                                                        " is not in shard " + inQuotes(name) + "; download both again"};
            }
        }
        files.push_back(std::move(file));
    }
    return files;
}

}  // namespace ms
