// A model's weights and configuration on disk, whatever the layout.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/formats/gguf.h"
#include "engine/formats/tensor_info.h"

namespace ms {

/// Immutable and cheap to copy; copies share the mappings. Tensors' bytes are read from disk when touched.
class Checkpoint {
public:
    /// `path`: a folder as from a model hub, one .safetensors, a pytorch_model.bin, a *.index.json of either, or a .gguf.
    /// A folder prefers model.safetensors, its index, the only *.safetensors other than golden.safetensors, then
    /// pytorch_model.bin and its index, then the only *.gguf.
    /// Errors: NotFound (listing what was looked for), Io, Format, Unsupported; one line naming file and tensor.
    static Result<Checkpoint> open(const std::filesystem::path& path);

    [[nodiscard]] const std::vector<TensorInfo>& tensors() const;       ///< in file order, shard after shard
    [[nodiscard]] const TensorInfo* find(std::string_view name) const;  ///< null when absent
    [[nodiscard]] const nlohmann::json& config() const;  ///< config.json beside the weights or what a GGUF says, else null
    [[nodiscard]] std::filesystem::path configFile() const;             ///< that config() comes from, or should
    [[nodiscard]] const GgufFile* gguf() const;                         ///< metadata of a GGUF file, null for others
    [[nodiscard]] const std::filesystem::path& folder() const;          ///< that holds the weights
    [[nodiscard]] const std::filesystem::path& path() const;            ///< as given to open
    [[nodiscard]] std::vector<std::filesystem::path> files() const;     ///< that hold the weights, an index aside
    [[nodiscard]] std::string formatName() const;                       ///< "safetensors (3 shards)", "PyTorch zip", "GGUF v3"
    /// Keeps all tensors' bytes alive, also after the Checkpoint has gone.
    [[nodiscard]] std::shared_ptr<const void> storage() const;
    [[nodiscard]] std::uint64_t bytes() const;  ///< of all tensors
    /// Asks the kernel to start reading all weights; returns at once. For loaders that will touch every tensor.
    void prefetch() const;

private:
    struct Content;
    explicit Checkpoint(std::shared_ptr<const Content> content);

    std::shared_ptr<const Content> m_content;
};

}  // namespace ms
