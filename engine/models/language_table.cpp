#include "engine/models/language_table.h"

#include <algorithm>
#include <array>

namespace ms {

namespace {

constexpr std::array kPrefixes{"", "model."};
constexpr std::array kEmbeddings{"backbone.embeddings.weight", "backbone.embedding.weight"};

const TensorInfo* findEmbedding(const Checkpoint& checkpoint) {
    for (const char* prefix : kPrefixes)
        for (const char* name : kEmbeddings)
            if (const TensorInfo* t = checkpoint.find(std::string(prefix) + name)) return t;
    return nullptr;
}

std::string headName(const Checkpoint& checkpoint) { return backbonePrefix(checkpoint) + "lm_head.weight"; }

}  // namespace

std::string backbonePrefix(const Checkpoint& checkpoint) {
    const TensorInfo* embedding = findEmbedding(checkpoint);
    return embedding == nullptr ? "" : embedding->name.substr(0, embedding->name.find("backbone."));
}

void checkLanguage(const LanguageTable& table, const Checkpoint& checkpoint, std::set<std::string, std::less<>>& known,
                   std::vector<TensorProblem>& problems) {
    const std::string file = checkpoint.path().string();
    const TensorInfo* embedding = findEmbedding(checkpoint);
    if (embedding == nullptr) {
        problems.push_back({true, file + ": tensor backbone.embeddings.weight is missing; this is not a whole Mamba checkpoint"});
        return;
    }
    known.insert(embedding->name);
    const std::int64_t rows = embedding->shape.rank() == 2 ? embedding->shape[0] : 0;
    const std::int64_t pad = std::max(1, table.vocab_pad_multiple), padded = (table.vocab_size + pad - 1) / pad * pad;
    // Either declared size is seen in real files: before or after padding.
    checkTensor(*embedding, {{rows == padded ? padded : table.vocab_size, table.d_model}}, problems);
    const std::string name = headName(checkpoint);
    if (const TensorInfo* head = checkpoint.find(name)) checkTensor(*head, {{rows, table.d_model}}, problems);
    else if (!table.tie_embeddings)
        problems.push_back({true, file + ": tensor " + name + " is missing and config.json does not tie it to the embedding; "
                                                              "download the checkpoint again"});
    known.insert(name);
}

Result<LanguageWeights> loadLanguage(const LanguageTable& table, const Checkpoint& checkpoint, WeightLoader& load) {
    LanguageWeights weights;
    MS_TRY(weights.embedding, load.matrix(findEmbedding(checkpoint)->name));
    weights.head = weights.embedding;
    const std::string name = headName(checkpoint);
    if (!table.tie_embeddings && checkpoint.find(name) != nullptr) { MS_TRY(weights.head, load.matrix(name)); }
    return weights;
}

}  // namespace ms
