// Reading a session file (.mscope), as far as it goes.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/audio/sound_track.h"
#include "engine/formats/mapped_file.h"
#include "engine/formats/zip_reader.h"
#include "engine/runtime/snapshot_file.h"
#include "engine/session/session_document.h"
#include "engine/session/session_tokens.h"

namespace ms {

/// Damage is met part by part: what is gone is told by lost(), and the rest opens. One thread at a time.
class SessionArchive {
public:
    /// Maps the file and reads its document; of an archive that breaks off, what its local headers lead to. Errors, one line
    /// that names the file: NotFound, Io; Format when it is no session or its document is gone; Unsupported for a later
    /// version.
    static Result<SessionArchive> open(const std::filesystem::path& path);
    /// The same of bytes that outlive the archive; `label` stands for the file's name.
    static Result<SessionArchive> fromBytes(std::span<const std::byte> bytes, const std::string& label);

    [[nodiscard]] const SessionDocument& document() const { return m_document; }
    [[nodiscard]] const std::filesystem::path& path() const { return m_path; }

    /// All token rows, every column as long as the ids; columns that are lost are NaN or empty. Ids that are lost are taken
    /// from the states, as far as those have them. Ranges of the document that lie outside are cut off.
    [[nodiscard]] const SessionTokens& tokens() const { return m_tokens; }
    /// Errors: Format (gone or damaged), and as readSnapshot.
    Result<SavedSnapshot> state(std::int64_t index, const Model& expected) const;
    /// The bytes of F32 rows [rows, entry.width] of one series; no alignment is promised. Errors: Format. `group`: see
    /// session_names.h.
    Result<std::span<const std::byte>> captured(const char* group, const CaptureEntry& entry) const;
    /// Appends the sound to `track`, as far as it can be read: audio.flac, or the file of samples beside a recovery record.
    /// Errors: Io when the track cannot keep it; Format when nothing of it can be read.
    Result<void> readSound(SoundTrack& track);

    /// What was found missing or damaged so far, a sentence each.
    [[nodiscard]] const std::vector<std::string>& lost() const { return m_lost; }
    void addLost(std::string what) { m_lost.push_back(std::move(what)); }

private:
    SessionArchive() = default;
    Result<void> read(std::span<const std::byte> bytes, const std::string& label);
    Result<void> readDocument();
    void readTokens();
    void cutRows();
    /// The member if it is there, not compressed and whole.
    Result<std::span<const std::byte>> whole(const std::string& name) const;
    template <class T>
    bool column(const std::string& name, DType type, std::int64_t width, std::vector<T>& values) const;
    bool readExpected(const std::string& prefix, SessionTokens::Expected& expected) const;
    void takeIdsFromStates();
    Result<void> readRawSound(SoundTrack& track) const;

    std::filesystem::path m_path;
    std::string m_label;
    std::shared_ptr<const MappedFile> m_file;
    std::map<std::string, ZipMember> m_members;
    SessionDocument m_document;
    SessionTokens m_tokens;
    std::vector<std::string> m_lost;
};

}  // namespace ms
