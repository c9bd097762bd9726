// States on disk: a safetensors file of ours, exact to the bit.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
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

/// The same, of what lies elsewhere.
struct SnapshotView {
    std::string_view name;
    const StateSnapshot& state;
    std::span<const TokenId> ids;
    std::span<const float> logits;
    std::string_view modelName;
};

/// The bytes of a snapshot's file, the tensors where they lie: valid as long as the view's parts are.
struct SnapshotImage {
    std::string header;
    std::vector<std::span<const std::byte>> parts;  ///< behind the header, in this order
    [[nodiscard]] std::uint64_t size() const;       ///< of everything
};

/// InvalidArgument, opened by `label`: ids that do not fit the position, a name that is not UTF-8.
Result<SnapshotImage> snapshotImage(const SnapshotView& snapshot, const std::string& label);

/// Tensors "ids" [position] I32, "logits" [vocab] F32 if known, and "state.0", "state.1", … F32 in the order of
/// ModelState; the rest, and the version of the program that wrote it, is metadata. The file appears only when it is
/// whole. InvalidArgument: ids that do not fit the position, a name that is not UTF-8; Io, NotFound: the path's.
Result<void> saveSnapshot(const std::filesystem::path& path, const SavedSnapshot& snapshot);

/// One line naming the file and what to do. Format: truncated, malformed, of other shapes than the model's state;
/// InvalidArgument: a snapshot of another model than `expected`, naming both; Unsupported: a later format version;
/// NotFound, Io: the path's.
Result<SavedSnapshot> loadSnapshot(const std::filesystem::path& path, const Model& expected);
/// The same from a file's bytes; `label` stands for its name.
Result<SavedSnapshot> readSnapshot(std::span<const std::byte> bytes, const std::string& label, const Model& expected);

}  // namespace ms
