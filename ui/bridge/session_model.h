// Which model a session in a file belongs to, and where that is now.
#pragma once

#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/base/progress.h"
#include "engine/runtime/model.h"
#include "engine/session/session_document.h"

namespace ms {

/// What a session file says about its model. `sha256`: empty when it is not known.
[[nodiscard]] SessionDocument::ModelReference referenceTo(const ModelInfo& info, const std::string& device, const std::string& sha256);

/// Whether a model is the one meant, to its weights. Reads all of them only where size or time of the files changed.
/// Progress counts bytes. Errors: what inspectModel gives when there is no model at `path`; Cancelled.
[[nodiscard]] Result<bool> isModelOf(const SessionDocument::ModelReference& reference, const std::filesystem::path& path,
                                     const ProgressCallback& progress, const std::stop_token& stop);

/// Where a model may be that is gone from where it was: beside the session, under its name or its old file's.
[[nodiscard]] std::vector<std::filesystem::path> placesToLook(const SessionDocument::ModelReference& reference,
                                                             const std::filesystem::path& session);

}  // namespace ms
