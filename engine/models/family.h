// The model families, and which of them a configuration belongs to.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/base/progress.h"
#include "engine/models/family_model.h"
#include "engine/models/speech_info.h"
#include "engine/models/weight_table.h"

namespace ms {

/// What a configuration says about a model, whatever its family.
struct FamilyFacts {
    std::string family;  ///< "Mamba-1"
    std::string layout;  ///< "Hugging Face"
    ModelDims dims;
    float normEps = 0;
    bool tiedHead = false;
    bool embeddingsFirst = false;  ///< its library lists hidden states from the embeddings on, not from the first layer's output
    std::optional<int> bosId{}, eosId{};
    std::optional<SpeechInfo> speech{};  ///< it reads audio features
};

/// A family with one checkpoint's configuration. Immutable.
class Family {
public:
    virtual ~Family() = default;
    [[nodiscard]] virtual const FamilyFacts& facts() const = 0;
    /// Missing, extra and odd tensors.
    [[nodiscard]] virtual std::vector<TensorProblem> findProblems(const Checkpoint& checkpoint) const = 0;
    /// Reads the weights onto the backend. Fails with the first fatal problem, a value that no weight can have (naming the
    /// tensor), OutOfMemory, or Cancelled.
    virtual Result<std::unique_ptr<FamilyModel>> load(const Checkpoint& checkpoint, Backend& backend,
                                                      const ProgressCallback& progress, const std::stop_token& stop) const = 0;
};

/// "gpt_neox, llama, …": what model_type may be.
[[nodiscard]] std::string knownFamilies();

/// What ssm_cfg.layer of a configuration in the Mamba repository's spelling says; null when it does not say.
[[nodiscard]] const nlohmann::json* repositoryLayer(const nlohmann::json& config);

/// Reads a parsed config.json. Errors, one line naming `file` and the field: NotFound (null: there is no config.json), Format
/// (wrong type, number out of range), Unsupported (another family or a variant, named).
Result<std::unique_ptr<Family>> recogniseFamily(const nlohmann::json& config, const std::string& file);

}  // namespace ms
