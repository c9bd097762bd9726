// What a golden file gives a model to read: token ids, or feature rows.
#pragma once

#include <filesystem>
#include <vector>

#include "engine/formats/checkpoint.h"
#include "engine/runtime/session.h"

namespace ms {

class GoldenInput {
public:
    /// Takes input_ids, features, or the rows u of a single layer, from an opened file. Format error, naming `path`, when the file lacks what the model reads,
    /// or it has another type or shape.
    static Result<GoldenInput> create(const Checkpoint& file, const std::filesystem::path& path, const Model& model);

    [[nodiscard]] const std::string& name() const { return m_name; }  ///< of the tensor
    [[nodiscard]] std::int64_t steps() const { return m_steps; }      ///< tokens or frames
    Result<std::span<const float>> readAll(Session& session, const PrefillOptions& options) const;
    Result<std::span<const float>> readOne(Session& session, std::int64_t step) const;

private:
    Result<void> takeIds(const TensorInfo& tensor);
    Result<void> takeFeatures(const TensorInfo& tensor, const FeatureStatistics* statistics);

    std::string m_name;
    InputDims m_dims;
    std::int64_t m_steps = 0;
    std::vector<TokenId> m_ids;   // [steps] of a model that reads tokens
    std::vector<float> m_window;  // of all frames of one that reads features
};

}  // namespace ms
