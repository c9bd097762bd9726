#include "engine/session/session_archive.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "engine/audio/audio_file.h"
#include "engine/formats/byte_reader.h"
#include "engine/formats/foreign_text.h"
#include "engine/formats/npy.h"
#include "engine/formats/safetensors.h"
#include "engine/session/session_names.h"

namespace ms {

namespace {

constexpr std::size_t kLongestDocument = 256u << 20;
/// Rows of all sequences together: a made-up document may name the same rows over and over.
constexpr std::int64_t kMostRows = 100'000'000;
constexpr float kNothing = std::numeric_limits<float>::quiet_NaN();

std::string count(std::int64_t n, const std::string& one) { return std::to_string(n) + " " + one + (n == 1 ? "" : "s"); }

}  // namespace

Result<SessionArchive> SessionArchive::open(const std::filesystem::path& path) {
    MS_TRY(auto file, MappedFile::open(path));
    SessionArchive archive;
    archive.m_path = path;
    archive.m_file = file;
    MS_CHECK(archive.read(file->bytes(), path.string()));
    return archive;
}

Result<SessionArchive> SessionArchive::fromBytes(std::span<const std::byte> bytes, const std::string& label) {
    SessionArchive archive;
    MS_CHECK(archive.read(bytes, label));
    return archive;
}

Result<void> SessionArchive::read(std::span<const std::byte> bytes, const std::string& label) {
    m_label = label;
    auto members = readZip(bytes, label);
    if (!members) {
        members = salvageZip(bytes);
        if (members->empty())
            return Error{ErrorCode::Format, label + ": is no session of MambaScope, or nothing of it is left"};
        m_lost.push_back("the file is incomplete or damaged: " + count(static_cast<std::int64_t>(members->size()), "part") +
                         " of it could be read");
    }
    for (ZipMember& member : *members) {
        const std::string name = member.name;
        m_members.emplace(name, std::move(member));
    }
    MS_CHECK(readDocument());
    readTokens();
    cutRows();
    return {};
}

Result<std::span<const std::byte>> SessionArchive::whole(const std::string& name) const {
    const auto found = m_members.find(name);
    if (found == m_members.end()) return Error{ErrorCode::Format, m_label + ": " + inQuotes(name) + " is missing"};
    if (!found->second.stored)
        return Error{ErrorCode::Unsupported, m_label + ": " + inQuotes(name) + " is compressed; pack the archive without compression"};
    if (!checksumMatches(found->second)) return Error{ErrorCode::Format, m_label + ": " + inQuotes(name) + " is damaged"};
    return found->second.bytes;
}

Result<void> SessionArchive::readDocument() {
    Error first{ErrorCode::Format, m_label + ": is no session of MambaScope: " + kSessionJson + " is missing"};
    bool tried = false;
    for (const char* name : {kSessionJson, kSessionCopy}) {
        const auto found = m_members.find(name);
        if (found == m_members.end()) continue;
        auto bytes = whole(name);
        auto document = bytes && bytes->size() <= kLongestDocument
                            ? sessionFromJson(asText(*bytes), m_label + ": " + name)
                            : Result<SessionDocument>(bytes ? Error{ErrorCode::Format, m_label + ": " + name + " is too long"} : bytes.error());
        if (document) {
            m_document = std::move(*document);
            if (tried) m_lost.push_back("the description of the session was damaged; its copy is intact");
            return {};
        }
        if (!tried) first = document.error();
        tried = true;
        if (document.error().code == ErrorCode::Unsupported) return document.error();
    }
    return first;
}

template <class T>
bool SessionArchive::column(const std::string& name, DType type, std::int64_t width, std::vector<T>& values) const {
    const auto bytes = whole(tokenMember(name));
    if (!bytes) return false;
    const auto array = parseNpy(*bytes, m_label + ": " + tokenMember(name));
    const Shape wanted = width == 1 ? Shape{m_tokens.size()} : Shape{m_tokens.size(), width};
    const bool isIds = name == "ids";  // whose length all others have
    if (!array || array->dtype != type || (isIds ? array->shape.rank() != 1 : array->shape != wanted)) return false;
    values.resize(array->bytes.size() / sizeof(T));
    if (!values.empty()) std::memcpy(values.data(), array->bytes.data(), array->bytes.size());
    return true;
}

bool SessionArchive::readExpected(const std::string& prefix, SessionTokens::Expected& e) const {
    constexpr std::int64_t k = SessionTokens::kAlternatives;
    const auto rows = static_cast<std::size_t>(m_tokens.size());
    bool all = true;
    if (!column(prefix + "surprisal", DType::F32, 1, e.surprisal)) {
        e.surprisal.assign(rows, kNothing);
        all = false;
    }
    if (!column(prefix + "alternative_ids", DType::I32, k, e.ids) ||
        !column(prefix + "alternative_probabilities", DType::F32, k, e.probabilities)) {
        e.ids.assign(rows * k, -1);
        e.probabilities.assign(rows * k, 0.0f);
        all = false;
    }
    return all;
}

void SessionArchive::readTokens() {
    if (!column("ids", DType::I32, 1, m_tokens.ids) ||
        std::any_of(m_tokens.ids.begin(), m_tokens.ids.end(), [](TokenId id) { return id < 0; })) {
        takeIdsFromStates();
        if (m_tokens.ids.empty()) m_lost.push_back("the tokens are lost");
    }
    if (!column("from_prompt", DType::U8, 1, m_tokens.fromPrompt)) m_tokens.fromPrompt.assign(m_tokens.ids.size(), 1);
    if (!readExpected("", m_tokens.expected) && !m_tokens.ids.empty())
        m_lost.push_back("surprisals or alternatives of the tokens are lost");
    if (m_document.baseline && !readExpected("baseline_", m_tokens.baseline) && !m_tokens.ids.empty())
        m_lost.push_back("surprisals or alternatives of the baseline are lost");
}

/// Each state's file repeats the ids that led to it. Rows of other sequences than the first states' cannot be placed.
void SessionArchive::takeIdsFromStates() {
    m_tokens.ids.clear();
    if (m_document.rows.size() != 1 || m_document.rows.front().first != 0) return;
    std::vector<std::int64_t> states = m_document.run.trail;
    states.push_back(m_document.run.end);
    for (const std::int64_t index : states) {
        const auto bytes = index >= 0 ? whole(stateMember(index)) : Result<std::span<const std::byte>>(Error{});
        const auto tensors = bytes ? parseSafetensors(*bytes, m_label) : Result<std::vector<TensorInfo>>(Error{});
        if (!tensors) continue;
        for (const TensorInfo& tensor : *tensors) {
            if (tensor.name != "ids" || tensor.dtype != DType::I32 || tensor.bytes.size() <= m_tokens.ids.size() * sizeof(TokenId)) continue;
            std::vector<TokenId> ids(tensor.bytes.size() / sizeof(TokenId));
            std::memcpy(ids.data(), tensor.bytes.data(), tensor.bytes.size());
            if (std::all_of(ids.begin(), ids.end(), [](TokenId id) { return id >= 0; })) m_tokens.ids = std::move(ids);
        }
    }
    if (!m_tokens.ids.empty())
        m_lost.push_back("the table of tokens was damaged; " + count(m_tokens.size(), "token") + " could be taken from a state");
}

void SessionArchive::cutRows() {
    std::int64_t left = kMostRows;
    bool cut = false;
    const auto fit = [&](SessionDocument::Rows& rows) {
        std::size_t kept = 0;
        for (; kept < rows.size(); ++kept) {
            SessionDocument::RowRange& range = rows[kept];
            const std::int64_t end = std::min({range.end, m_tokens.size(), range.first + left});
            left -= std::max<std::int64_t>(0, end - range.first);
            if (end == range.end) continue;
            cut = true;
            range.end = std::max(end, range.first);
            if (range.end > range.first) ++kept;
            break;  // what follows would not follow
        }
        rows.resize(kept);
    };
    fit(m_document.rows);
    fit(m_document.text.unread);
    auto& snapshots = m_document.snapshots;
    const auto all = static_cast<std::int64_t>(snapshots.size());
    for (auto& snapshot : snapshots) {
        cut = false;
        fit(snapshot.rows);
        if (cut) snapshot.rows.clear();
    }
    std::erase_if(snapshots, [](const auto& snapshot) { return snapshot.rows.empty(); });
    if (const std::int64_t gone = all - static_cast<std::int64_t>(snapshots.size()); gone > 0)
        m_lost.push_back(count(gone, "snapshot") + (gone == 1 ? " is lost" : " are lost"));
}

Result<SavedSnapshot> SessionArchive::state(std::int64_t index, const Model& expected) const {
    MS_TRY(const auto bytes, whole(stateMember(index)));
    return readSnapshot(bytes, m_label + ": " + stateMember(index), expected);
}

Result<std::span<const std::byte>> SessionArchive::captured(const char* group, const CaptureEntry& entry) const {
    const std::string name = captureMember(group, entry.key);
    MS_TRY(const auto bytes, whole(name));
    MS_TRY(const NpyArray array, parseNpy(bytes, m_label + ": " + name));
    if (array.dtype != DType::F32 || array.shape.rank() != 2 || array.shape[1] != entry.width)
        return Error{ErrorCode::Format, m_label + ": " + inQuotes(name) + " has the shape " + array.shape.text() + ", not rows of " +
                                            std::to_string(entry.width)};
    return array.bytes;
}

Result<void> SessionArchive::readSound(SoundTrack& track) {
    if (!m_document.speech.rawSound.empty()) return readRawSound(track);
    const auto found = m_members.find(kSessionSound);
    if (found == m_members.end()) return Error{ErrorCode::Format, m_label + ": the sound is missing"};
    // Damaged FLAC still plays up to the damage.
    MS_TRY(AudioFile sound, AudioFile::fromBytes({found->second.bytes.begin(), found->second.bytes.end()}, m_label + ": " + kSessionSound));
    if (sound.sampleRate() != track.sampleRate() || sound.channels() != 1)
        return Error{ErrorCode::Format, m_label + ": the sound has another rate than the session says"};
    std::vector<float> block(1 << 16);
    for (std::size_t got = sound.read(block); got > 0; got = sound.read(block)) MS_CHECK(track.append(std::span(block).first(got)));
    if (track.samples() < m_document.speech.samples)
        m_lost.push_back("the sound behind " + std::to_string(track.samples() / track.sampleRate()) + " s is lost");
    return {};
}

Result<void> SessionArchive::readRawSound(SoundTrack& track) const {
    const std::filesystem::path path = m_path.parent_path() / m_document.speech.rawSound;
    MS_TRY(const auto file, MappedFile::open(path));
    ByteReader reader(file->bytes());
    std::vector<float> block;
    for (std::int16_t sample = 0; reader.read(sample);) {
        block.push_back(static_cast<float>(sample) / 32768.0f);
        if (block.size() < (1u << 16) && reader.left() >= sizeof sample) continue;
        MS_CHECK(track.append(block));
        block.clear();
    }
    return {};
}

}  // namespace ms
