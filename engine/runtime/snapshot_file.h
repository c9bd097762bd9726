// States on disk: a safetensors file of ours, exact to the bit.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine/runtime/session.h"

namespace ms {

/// A state with what is needed to go on from it.
struct SavedSnapshot {
    std::string name;  ///< the user's, UTF-8
    StateSnapshot state;
    std::vector<TokenId> ids;  ///< the tokens that led to it: state.position of them
    std::vector<float> logits; ///< [vocab] behind the last of them, so that it can write on at once; may be empty
    std::string modelName;     ///< ModelInfo::name of the model it belongs to
};

/// Tensors "ids" [position] I32, "logits" [vocab] F32 if known, and "state.0", "state.1", … F32 in the order of
/// ModelState; the rest, and the version of the program that wrote it, is metadata. The file appears only when it is
/// whole. InvalidArgument: ids that do not fit the position, a name that is not UTF-8; Io, NotFound: the path's.
Result<void> saveSnapshot(const std::filesystem::path& path, const SavedSnapshot& snapshot);

/// One line naming the file and what to do. Format: truncated, malformed, of other shapes than the model's state;
/// InvalidArgument: a snapshot of another model than `expected`, naming both; Unsupported: a later format version;
/// NotFound, Io: the path's.
Result<SavedSnapshot> loadSnapshot(const std::filesystem::path& path, const Model& expected);

}  // namespace ms
