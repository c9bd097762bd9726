#include "engine/formats/checkpoint.h"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "engine/formats/foreign_text.h"
#include "engine/formats/json_file.h"
#include "engine/formats/weight_files.h"

namespace ms {

namespace fs = std::filesystem;

struct Checkpoint::Content {
    fs::path path, folder;
    nlohmann::json config;
    std::string formatName;
    std::vector<TensorInfo> tensors;
    std::vector<WeightFile> files;
    std::unordered_map<std::string_view, const TensorInfo*> byName;
    std::uint64_t bytes = 0;
};

namespace {

bool isFile(const fs::path& path) {
    std::error_code ignored;
    return fs::exists(path, ignored) && !fs::is_directory(path, ignored);
}

/// Files of one extension in a folder, goldens aside, sorted.
Result<std::vector<fs::path>> looseFiles(const fs::path& folder, const char* extension) {
    std::vector<fs::path> found;
    std::error_code error;
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
        const fs::path& path = it->path();
        if (path.extension() == extension && path.filename() != "golden.safetensors") found.push_back(path);
    }
    if (error) return Error{ErrorCode::Io, folder.string() + ": cannot be listed: " + error.message()};
    std::sort(found.begin(), found.end());
    return found;
}

/// The file to open in a folder, by the order of preference that open() documents.
Result<fs::path> weightsIn(const fs::path& folder) {
    for (const char* name : {"model.safetensors", "model.safetensors.index.json"}) {
        if (isFile(folder / name)) return folder / name;
    }
    const auto several = [&](const std::vector<fs::path>& files, const std::string& what, const std::string& lacks) {
        return Error{ErrorCode::InvalidArgument, folder.string() + ": holds " + std::to_string(files.size()) + " " + what + " files (" +
                                                     shown(files[0].filename().string(), 60) + ", " +
                                                     shown(files[1].filename().string(), 60) + ", …)" + lacks + "; open one of them"};
    };
    MS_TRY(const std::vector<fs::path> loose, looseFiles(folder, ".safetensors"));
    if (loose.size() == 1) return loose.front();
    if (loose.size() > 1) return several(loose, ".safetensors", " and no model.safetensors.index.json");
    for (const char* name : {"pytorch_model.bin", "pytorch_model.bin.index.json"}) {
        if (isFile(folder / name)) return folder / name;
    }
    MS_TRY(const std::vector<fs::path> gguf, looseFiles(folder, ".gguf"));
    if (gguf.size() == 1) return gguf.front();
    if (gguf.size() > 1) return several(gguf, ".gguf", "");
    return Error{ErrorCode::NotFound,
                 folder.string() +
                     ": no weights here; looked for model.safetensors, model.safetensors.index.json, "
                     "*.safetensors, pytorch_model.bin, pytorch_model.bin.index.json and *.gguf"};
}

}  // namespace

Result<Checkpoint> Checkpoint::open(const fs::path& path) {
    auto content = std::make_shared<Content>();
    content->path = path;
    fs::path weights = path;
    std::error_code ignored;
    if (fs::is_directory(path, ignored)) {
        MS_TRY(weights, weightsIn(path));
    }
    content->folder = weights.has_parent_path() ? weights.parent_path() : fs::path(".");
    if (weights.extension() == ".json") {
        MS_TRY(content->files, openShards(weights));
        content->formatName = content->files.front().format + " (" + std::to_string(content->files.size()) +
                              (content->files.size() == 1 ? " shard)" : " shards)");
    } else {
        MS_TRY(WeightFile file, openWeightFile(weights));
        content->formatName = file.format;
        content->files.push_back(std::move(file));
    }
    if (const WeightFile& first = content->files.front(); first.config) {
        content->config = *first.config;
    } else if (const fs::path config = content->folder / "config.json"; isFile(config)) {
        MS_TRY(content->config, readJsonFile(config));
    }
    for (WeightFile& file : content->files) {
        std::move(file.tensors.begin(), file.tensors.end(), std::back_inserter(content->tensors));
        file.tensors.clear();
    }
    for (const TensorInfo& tensor : content->tensors) {
        content->byName.emplace(tensor.name, &tensor);
        content->bytes += tensor.bytes.size();
    }
    return Checkpoint(std::move(content));
}

Checkpoint::Checkpoint(std::shared_ptr<const Content> content) : m_content(std::move(content)) {}

const std::vector<TensorInfo>& Checkpoint::tensors() const { return m_content->tensors; }

const TensorInfo* Checkpoint::find(std::string_view name) const {
    const auto found = m_content->byName.find(name);
    return found == m_content->byName.end() ? nullptr : found->second;
}

const nlohmann::json& Checkpoint::config() const { return m_content->config; }
fs::path Checkpoint::configFile() const {
    return m_content->files.front().config ? m_content->files.front().path : m_content->folder / "config.json";
}
const GgufFile* Checkpoint::gguf() const { return m_content->files.front().gguf.get(); }
const fs::path& Checkpoint::folder() const { return m_content->folder; }
const fs::path& Checkpoint::path() const { return m_content->path; }

std::vector<fs::path> Checkpoint::files() const {
    std::vector<fs::path> paths;
    for (const WeightFile& file : m_content->files) paths.push_back(file.path);
    return paths;
}

std::string Checkpoint::formatName() const { return m_content->formatName; }
std::shared_ptr<const void> Checkpoint::storage() const { return m_content; }
std::uint64_t Checkpoint::bytes() const { return m_content->bytes; }

void Checkpoint::prefetch() const {
    for (const WeightFile& file : m_content->files) file.mapping->prefetch();
}

}  // namespace ms
