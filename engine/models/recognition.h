// Why a checkpoint was taken for a family, or what would have to change so that it can be opened.
#pragma once

#include <string>
#include <vector>

#include "engine/formats/checkpoint.h"

namespace ms {

struct Recognition {
    bool recognised = false;            ///< its configuration belongs to a known family
    std::string family;                 ///< "Mamba-1", empty unless recognised
    std::string reason;                 ///< one line: what in the configuration says so, or why it was refused
    std::vector<std::string> remedies;  ///< of a refused one: one line each, what would have to change
};

/// Looks at the configuration and, where that does not do, at the tensors' names. Reads no weights.
[[nodiscard]] Recognition recognise(const Checkpoint& checkpoint);

}  // namespace ms
