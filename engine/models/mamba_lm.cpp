// From a checkpoint's tensors to a MambaModel's weights.
#include <algorithm>
#include <array>

#include "engine/models/mamba_lm.h"

namespace ms {

namespace {

const std::array<const char*, 2> kEmbeddingNames{"backbone.embeddings.weight", "backbone.embedding.weight"};
constexpr const char* kHeadName = "lm_head.weight";

const TensorInfo* findEmbedding(const Checkpoint& checkpoint) {
    for (const char* name : kEmbeddingNames)
        if (const TensorInfo* t = checkpoint.find(name)) return t;
    return nullptr;
}

}  // namespace

std::vector<TensorProblem> findProblems(const MambaConfig& config, const Checkpoint& checkpoint) {
    std::vector<TensorProblem> problems;
    std::set<std::string, std::less<>> known;
    const std::string file = checkpoint.path().string();

    if (const TensorInfo* embedding = findEmbedding(checkpoint)) {
        known.insert(embedding->name);
        const std::int64_t rows = embedding->shape.rank() == 2 ? embedding->shape[0] : 0;
        const std::int64_t pad = std::max(1, config.vocab_pad_multiple);
        const std::int64_t padded = (config.vocab_size + pad - 1) / pad * pad;
        // Either declared size is seen in real files: before or after padding.
        checkTensor(*embedding, {{rows == padded ? padded : config.vocab_size, config.d_model}}, problems);
        const TensorInfo* head = checkpoint.find(kHeadName);
        if (head != nullptr) checkTensor(*head, {{rows, config.d_model}}, problems);
        else if (!config.tie_embeddings)
            problems.push_back({true, file + ": tensor lm_head.weight is missing and config.json does not tie it to the "
                                             "embedding; download the checkpoint again"});
        known.insert(kHeadName);
    } else {
        problems.push_back({true, file + ": tensor backbone.embeddings.weight is missing; this is not a whole Mamba checkpoint"});
    }
    compareTensors(checkpoint, MambaStack::wantedTensors(config), std::move(known), problems);
    return problems;
}

Result<std::unique_ptr<MambaModel>> MambaModel::create(const MambaConfig& config, const Checkpoint& checkpoint,
                                                       Backend& backend, const ProgressCallback& progress,
                                                       const std::stop_token& stop) {
    for (const TensorProblem& problem : findProblems(config, checkpoint))
        if (problem.fatal) return Error{ErrorCode::Format, problem.text};

    std::unique_ptr<MambaModel> model(new MambaModel);
    const TensorInfo* embedding = findEmbedding(checkpoint);
    WeightLoader load(checkpoint, backend, progress, stop);
    MS_TRY(model->m_embedding, load.matrix(embedding->name));
    MambaHead head{.weight = model->m_embedding};
    const bool ownHead = !config.tie_embeddings && checkpoint.find(kHeadName) != nullptr;
    if (ownHead) { MS_TRY(head.weight, load.matrix(kHeadName)); }
    MS_CHECK(model->loadStack(config, load, std::move(head), {}));
    return model;
}

}  // namespace ms
