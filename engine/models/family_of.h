// A family out of its three parts: configuration, tensor table, model.
#pragma once

#include "engine/models/family.h"

namespace ms {

/// What the family's own findProblems says; a name that FamilyOf's member does not hide.
template <class Config>
std::vector<TensorProblem> problemsOf(const Config& config, const Checkpoint& checkpoint) {
    return findProblems(config, checkpoint);
}

/// `Model::create(config, checkpoint, backend, progress, stop)` reads the weights, `findProblems(config, checkpoint)` compares
/// the tensors.
template <class Model, class Config>
class FamilyOf final : public Family {
public:
    FamilyOf(Config config, FamilyFacts facts) : m_config(std::move(config)), m_facts(std::move(facts)) {}

    [[nodiscard]] const FamilyFacts& facts() const override { return m_facts; }
    [[nodiscard]] std::vector<TensorProblem> findProblems(const Checkpoint& checkpoint) const override {
        return problemsOf(m_config, checkpoint);
    }
    Result<std::unique_ptr<FamilyModel>> load(const Checkpoint& checkpoint, Backend& backend, const ProgressCallback& progress,
                                              const std::stop_token& stop) const override {
        MS_TRY(auto model, Model::create(m_config, checkpoint, backend, progress, stop));
        return std::unique_ptr<FamilyModel>(std::move(model));
    }

private:
    Config m_config;
    FamilyFacts m_facts;
};

/// The family of a parsed configuration, or why it could not be parsed. `facts(config)` gives its FamilyFacts.
template <class Model, class Config, class Facts>
Result<std::unique_ptr<Family>> familyOf(Result<Config> parsed, const Facts& facts) {
    if (!parsed) return parsed.error();
    FamilyFacts known = facts(*parsed);
    return std::unique_ptr<Family>(new FamilyOf<Model, Config>(std::move(*parsed), std::move(known)));
}

}  // namespace ms
