// The embedding and the head of a language model whose layers stand under "backbone.", in every spelling of their names.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "engine/models/weight_loader.h"
#include "engine/models/weight_table.h"

namespace ms {

/// What a configuration says about them.
struct LanguageTable {
    std::int64_t vocab_size = 0;  ///< as declared; the embedding may have more rows, see vocab_pad_multiple
    std::int64_t d_model = 0;
    bool tie_embeddings = true;   ///< the head is the embedding
    int vocab_pad_multiple = 1;   ///< rows of the embedding are vocab_size rounded up to this
};

struct LanguageWeights {
    Tensor embedding;  // [vocab, d_model]
    Tensor head;       // [vocab, d_model]; the embedding again when tied
};

/// What stands before "backbone.": "" or, in files of Mistral, "model.".
[[nodiscard]] std::string backbonePrefix(const Checkpoint& checkpoint);

/// Compares embedding and head with the table; their names go into `known`.
void checkLanguage(const LanguageTable& table, const Checkpoint& checkpoint, std::set<std::string, std::less<>>& known,
                   std::vector<TensorProblem>& problems);

/// Errors as WeightLoader's. The checkpoint has passed checkLanguage.
Result<LanguageWeights> loadLanguage(const LanguageTable& table, const Checkpoint& checkpoint, WeightLoader& load);

}  // namespace ms
