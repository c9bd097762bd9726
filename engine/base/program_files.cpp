#include "engine/base/program_files.h"

#include <system_error>

namespace ms {

std::optional<std::filesystem::path> findProgramFile(const std::filesystem::path& name) {
    namespace fs = std::filesystem;
    std::error_code ignored;
    const fs::path program = fs::read_symlink("/proc/self/exe", ignored);
    fs::path folder = program.parent_path();
    while (folder.has_relative_path()) {  // the root has none
        for (const char* place : {"share/mambascope", "resources"})
            if (fs::path found = folder / place / name; fs::exists(found, ignored)) return found;
        folder = folder.parent_path();
    }
    return std::nullopt;
}

}  // namespace ms
