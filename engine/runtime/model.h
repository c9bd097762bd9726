// An opened model: immutable weights on a device, its tokenizer, and what is known about it.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/progress.h"
#include "engine/formats/checkpoint.h"
#include "engine/models/family.h"
#include "engine/text/tokenizer.h"

namespace ms {

struct TensorRow {
    std::string name;
    DType dtype = DType::F32;
    Shape shape;
    std::uint64_t bytes = 0;
    LayerIndex layer{-1};  ///< -1: not of a layer
};

struct ModelInfo {
    std::string name;                   ///< the folder's or file's name
    std::filesystem::path path;
    std::vector<std::filesystem::path> weightFiles;
    std::string family;                 ///< "Mamba-1", "Mamba-1 CTC"
    std::string layout;                 ///< "Hugging Face" or "Mamba repository"
    bool embeddingsFirst = false;       ///< its library lists hidden states from the embeddings on
    std::string format;                 ///< "safetensors (3 shards)"
    ModelDims dims;
    std::optional<SpeechInfo> speech{}; ///< of a speech model: it reads audio features and writes symbols
    float normEps = 0;
    bool tiedHead = false;
    std::int64_t parameters = 0;        ///< stored elements the model uses
    std::uint64_t weightBytes = 0;
    std::uint64_t weightBytesPerToken = 0;  ///< that a decoded token reads: of experts the chosen ones', of an embedding a row
    std::int64_t multipliesPerToken = 0;    ///< multiply-adds of the layers' products for one token
    std::vector<TensorRow> tensors;
    std::vector<std::string> problems;  ///< unused tensors, missing tokenizer, …: nothing that prevents running
    std::string fingerprint;            ///< of configuration and tensor table: which model a snapshot belongs to
};

/// Reads what `inspect` shows, without a device. Fatal problems are listed, not returned as errors, unless the file
/// cannot be read at all or its family is unknown.
Result<ModelInfo> inspectModel(const std::filesystem::path& path);

/// What to say to a user who gives text to a model that reads none: Unsupported, one line.
[[nodiscard]] Error notText(const ModelInfo& info);

/// Immutable. May be shared by sessions; the backend it lives on is driven by one thread.
class Model {
public:
    /// Opens a hub folder, a weights file, or an index. Progress counts tensors.
    static Result<std::shared_ptr<const Model>> load(const std::filesystem::path& path, std::shared_ptr<Backend> backend,
                                                     const ProgressCallback& progress = {}, std::stop_token stop = {});

    [[nodiscard]] const ModelInfo& info() const { return m_info; }
    [[nodiscard]] const ModelDims& dims() const { return m_info.dims; }
    [[nodiscard]] const FamilyModel& family() const { return *m_family; }
    [[nodiscard]] Backend& backend() const { return *m_backend; }
    /// The mapped files, tensors as they are stored. From any thread, as long as the model lives.
    [[nodiscard]] const Checkpoint& checkpoint() const { return m_checkpoint; }
    /// A and D of a layer, as FamilyModel has them. From any thread.
    [[nodiscard]] std::span<const float> stateMatrix(LayerIndex layer) const { return m_family->stateMatrix(layer); }
    [[nodiscard]] std::span<const float> skipVector(LayerIndex layer) const { return m_family->skipWeights(layer); }
    /// Null when the checkpoint brings none: ids only.
    [[nodiscard]] const Tokenizer* tokenizer() const { return m_tokenizer ? &*m_tokenizer : nullptr; }
    /// Of a speech model: what feature rows are normalised with. Null for others.
    [[nodiscard]] const FeatureStatistics* featureStatistics() const { return m_family->featureStatistics(); }
    /// notText when the model reads no tokens.
    [[nodiscard]] Result<void> expectText() const;
    /// Unsupported, in one line for the user, when the model is none for speech.
    [[nodiscard]] Result<void> expectSpeech() const;
    /// Unsupported, in one line for the user, when the model reads tokens.
    [[nodiscard]] Result<void> expectFeatures() const;
    /// Ids that stand for a token: the tokenizer's size, else the vocabulary. Larger ids are padding.
    [[nodiscard]] std::int64_t tokenCount() const;
    /// The token that begins a text, when the model names one.
    [[nodiscard]] std::optional<TokenId> beginOfText() const { return m_bos; }
    [[nodiscard]] std::optional<TokenId> endOfText() const { return m_eos; }

private:
    explicit Model(Checkpoint checkpoint) : m_checkpoint(std::move(checkpoint)) {}

    Checkpoint m_checkpoint;
    std::shared_ptr<Backend> m_backend;
    std::unique_ptr<FamilyModel> m_family;
    std::optional<Tokenizer> m_tokenizer;
    std::optional<TokenId> m_bos, m_eos;
    ModelInfo m_info;
};

}  // namespace ms
