// From a checkpoint's tensors to a MambaModel's weights.
#include "engine/models/mamba_lm.h"

#include "engine/models/language_table.h"

namespace ms {

namespace {

LanguageTable tableOf(const MambaConfig& c) { return {c.vocab_size, c.d_model, c.tie_embeddings, c.vocab_pad_multiple}; }

}  // namespace

std::vector<TensorProblem> findProblems(const MambaConfig& config, const Checkpoint& checkpoint) {
    std::vector<TensorProblem> problems;
    std::set<std::string, std::less<>> known;
    checkLanguage(tableOf(config), checkpoint, known, problems);
    compareTensors(checkpoint, MambaStack::wantedTensors(config), std::move(known), problems);
    return problems;
}

Result<std::unique_ptr<MambaModel>> MambaModel::create(const MambaConfig& config, const Checkpoint& checkpoint,
                                                       Backend& backend, const ProgressCallback& progress,
                                                       const std::stop_token& stop) {
    for (const TensorProblem& problem : findProblems(config, checkpoint))
        if (problem.fatal) return Error{ErrorCode::Format, problem.text};

    std::unique_ptr<MambaModel> model(new MambaModel);
    WeightLoader load(checkpoint, backend, progress, stop);
    MS_TRY(const LanguageWeights language, loadLanguage(tableOf(config), checkpoint, load));
    model->m_embedding = language.embedding;
    MS_CHECK(model->loadStack(config, load, {.weight = language.head}, {}));
    return model;
}

}  // namespace ms
