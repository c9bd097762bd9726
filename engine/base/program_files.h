// Files that come with the program, wherever it lies.
#pragma once

#include <filesystem>
#include <optional>

namespace ms {

/// Where `name` ("models/speech") is: in share/mambascope beside the folder of an installed program, or in resources of
/// the source tree that it was built in. Looks in every folder from the program's own up to the root, so that a tree or
/// a prefix can be moved as a whole. Nothing: it does not come with this program.
[[nodiscard]] std::optional<std::filesystem::path> findProgramFile(const std::filesystem::path& name);

}  // namespace ms
