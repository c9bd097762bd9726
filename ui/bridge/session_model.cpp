#include "ui/bridge/session_model.h"

#include <sys/stat.h>

#include <algorithm>

#include "engine/export/file_hash.h"

namespace ms {

namespace {

/// Size of all weight files, and the newest change of one in nanoseconds since 1970.
struct FileState {
    std::uint64_t bytes = 0;
    std::int64_t modified = 0;
};

FileState stateOf(const std::vector<std::filesystem::path>& files) {
    FileState state;
    for (const auto& file : files) {
        struct stat status {};
        if (::stat(file.c_str(), &status) != 0) return {};
        state.bytes += static_cast<std::uint64_t>(status.st_size);
        state.modified = std::max<std::int64_t>(state.modified, status.st_mtim.tv_sec * 1'000'000'000LL + status.st_mtim.tv_nsec);
    }
    return state;
}

}  // namespace

SessionDocument::ModelReference referenceTo(const ModelInfo& info, const std::string& device, const std::string& sha256) {
    const FileState state = stateOf(info.weightFiles);
    std::error_code error;
    const auto path = std::filesystem::absolute(info.path, error);
    return {(error ? info.path : path).string(), info.name, info.family, device, info.fingerprint, sha256, state.bytes, state.modified};
}

Result<bool> isModelOf(const SessionDocument::ModelReference& reference, const std::filesystem::path& path, const ProgressCallback& progress,
                       const std::stop_token& stop) {
    MS_TRY(const ModelInfo info, inspectModel(path));
    if (info.fingerprint != reference.fingerprint) return false;  // of names, shapes and the beginning of each tensor
    const FileState now = stateOf(info.weightFiles);
    if (now.bytes != reference.bytes) return false;
    if (now.modified == reference.modified || reference.sha256.empty()) return true;
    MS_TRY(const std::string hash, sha256OfFiles(info.weightFiles, progress, stop));
    return hash == reference.sha256;
}

std::vector<std::filesystem::path> placesToLook(const SessionDocument::ModelReference& reference, const std::filesystem::path& session) {
    std::vector<std::filesystem::path> places;
    const std::filesystem::path folder = session.parent_path();
    for (const std::filesystem::path& name : {std::filesystem::path(reference.path).filename(), std::filesystem::path(reference.name).filename()})
        if (!name.empty() && name != ".." && name != "." && std::find(places.begin(), places.end(), folder / name) == places.end())
            places.push_back(folder / name);
    return places;
}

}  // namespace ms
