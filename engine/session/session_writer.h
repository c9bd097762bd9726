// Writing a session file (.mscope).
#pragma once

#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/audio/sound_track.h"
#include "engine/base/progress.h"
#include "engine/formats/atomic_file.h"
#include "engine/probe/capture_store.h"
#include "engine/session/session_document.h"
#include "engine/session/session_tokens.h"

namespace ms {

/// Everything a session file holds. What is large is shared, not copied.
struct SessionContent {
    struct State {
        std::string name;
        std::shared_ptr<const StateSnapshot> state;
        std::shared_ptr<const std::vector<float>> logits;  ///< [vocab] behind its last token; null: not known
        std::vector<TokenId> ids;                          ///< that led to it
    };

    SessionDocument document;
    SessionTokens tokens;
    std::vector<State> states;
    std::shared_ptr<const CaptureStore> captures, baseline;  ///< of document.run and its baseline; null: left out
    std::shared_ptr<const SoundTrack> sound;                 ///< null: there is none, or it lies beside the file
};

struct SessionWriteOptions {
    ProgressCallback progress;  ///< bytes, on the calling thread
    std::stop_token stop;
    Durability durability = Durability::OnDisk;
};

/// Writes the archive; the file appears under its name only when it is whole and on the disk, until then the old one
/// stays as it was. Stores and sound may grow meanwhile, what they grow by is not written; nothing of them may be given
/// up. Errors, naming the path: Io (disk full, no permission), NotFound (the folder), Cancelled.
Result<void> writeSession(const std::filesystem::path& path, const SessionContent& content,
                          const SessionWriteOptions& options = {});

}  // namespace ms
