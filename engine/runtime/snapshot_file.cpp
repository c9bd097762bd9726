#include "engine/runtime/snapshot_file.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>
#include <string_view>

#include "engine/formats/atomic_file.h"
#include "engine/formats/foreign_text.h"
#include "engine/formats/mapped_file.h"
#include "engine/formats/safetensors.h"
#include "engine/formats/safetensors_writer.h"
#include "engine/probe/state_layout.h"

namespace ms {

namespace {

constexpr std::string_view kFormat = "mambascope-snapshot";
constexpr std::int64_t kVersion = 1;
constexpr std::string_view kLogits = "logits";

std::string stateName(std::size_t index) { return "state." + std::to_string(index); }

std::optional<std::int64_t> number(std::string_view text) {
    std::int64_t value = 0;
    const char* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, value);
    return parsed.ec == std::errc() && parsed.ptr == end && value >= 0 ? std::optional(value) : std::nullopt;
}

/// Checks a parsed file against the model and copies what it holds.
class SnapshotReader {
public:
    SnapshotReader(std::string file, const SafetensorsMetadata& metadata, const std::vector<TensorInfo>& tensors)
        : m_file(std::move(file)), m_metadata(metadata), m_tensors(tensors) {}

    Result<SavedSnapshot> read(const Model& expected) const {
        if (text("format") != kFormat)
            return Error{ErrorCode::Format, m_file +
                                                ": a safetensors file, but no state snapshot; choose a file that "
                                                "was saved as a snapshot"};
        const auto version = number(text("format_version"));
        if (!version) return damaged("format_version is missing or no number");
        if (*version != kVersion)
            return Error{ErrorCode::Unsupported, m_file + ": written in snapshot format " + std::to_string(*version) +
                                                     ", this program reads " + std::to_string(kVersion) +
                                                     "; open it with a newer version"};
        SavedSnapshot snapshot;
        snapshot.name = text("name");
        snapshot.modelName = text("model");
        snapshot.state.fingerprint = text("fingerprint");
        if (snapshot.state.fingerprint != expected.info().fingerprint)
            return Error{ErrorCode::InvalidArgument, m_file + ": a state of the model " + inQuotes(snapshot.modelName) +
                                                         ", not of " + inQuotes(expected.info().name) +
                                                         "; open that model first"};
        const auto position = number(text("position"));
        if (!position) return damaged("position is missing or no number");
        snapshot.state.position = TokenPos(*position);
        MS_TRY(snapshot.ids, ids(*position, expected.dims().vocab));
        MS_TRY(snapshot.logits, logits(expected.dims().vocab));
        MS_TRY(snapshot.state.tensors, states(stateLayout(expected.dims()), *position, snapshot.logits.empty() ? 1 : 2));
        return snapshot;
    }

private:
    [[nodiscard]] Error damaged(const std::string& what) const {
        return {ErrorCode::Format, m_file + ": " + what + "; the file is damaged, save the snapshot again"};
    }
    [[nodiscard]] std::string text(std::string_view key) const {
        const auto at =
            std::find_if(m_metadata.begin(), m_metadata.end(), [&](const auto& m) { return m.first == key; });
        return at == m_metadata.end() ? std::string() : at->second;
    }
    [[nodiscard]] Result<const TensorInfo*> tensor(const std::string& name, DType type, std::int64_t elements) const {
        const auto at = std::find_if(m_tensors.begin(), m_tensors.end(), [&](const auto& t) { return t.name == name; });
        if (at == m_tensors.end()) return damaged("tensor " + name + " is missing");
        if (at->dtype != type || at->shape != Shape{elements})
            return damaged("tensor " + name + " is " + std::string(ms::name(at->dtype)) + " " + at->shape.text() +
                           ", not " + std::string(ms::name(type)) + " " + Shape{elements}.text());
        return &*at;
    }
    [[nodiscard]] Result<std::vector<TokenId>> ids(std::int64_t count, std::int64_t vocab) const {
        MS_TRY(const TensorInfo* stored, tensor("ids", DType::I32, count));
        std::vector<TokenId> all(static_cast<std::size_t>(count));
        if (count > 0) std::memcpy(all.data(), stored->bytes.data(), stored->bytes.size());
        for (const TokenId id : all)
            if (id < 0 || id >= vocab)
                return damaged("token id " + std::to_string(id) + " is outside the model's vocabulary of " +
                               std::to_string(vocab) + " entries");
        return all;
    }
    [[nodiscard]] Result<std::vector<float>> logits(std::int64_t vocab) const {
        if (std::none_of(m_tensors.begin(), m_tensors.end(), [](const auto& t) { return t.name == kLogits; }))
            return std::vector<float>{};
        MS_TRY(const TensorInfo* stored, tensor(std::string(kLogits), DType::F32, vocab));
        std::vector<float> all(static_cast<std::size_t>(vocab));
        std::memcpy(all.data(), stored->bytes.data(), stored->bytes.size());
        return all;
    }
    /// `others`: tensors of the file that are no state.
    [[nodiscard]] Result<std::vector<std::vector<std::byte>>> states(const std::vector<StateSlot>& slots,
                                                                     std::int64_t position, std::size_t others) const {
        if (m_tensors.size() != slots.size() + others)
            return damaged(std::to_string(m_tensors.size()) + " tensors, not " + std::to_string(slots.size() + others));
        std::vector<std::vector<std::byte>> all;
        for (std::size_t i = 0; i < slots.size(); ++i) {
            MS_TRY(const TensorInfo* stored, tensor(stateName(i), DType::F32, slots[i].used(position).elements()));
            all.emplace_back(stored->bytes.begin(), stored->bytes.end());
        }
        return all;
    }

    std::string m_file;
    const SafetensorsMetadata& m_metadata;
    const std::vector<TensorInfo>& m_tensors;
};

/// The reader of checkpoints advises to download again; nobody can download a state.
std::string withoutRemedy(const std::string& message) {
    const std::size_t remedy = message.rfind("download");
    const std::size_t cut = remedy == std::string::npos ? remedy : message.find_last_of(",;", remedy);
    return message.substr(0, cut);
}

}  // namespace

std::uint64_t SnapshotImage::size() const {
    std::uint64_t size = header.size();
    for (const auto& part : parts) size += part.size();
    return size;
}

Result<SnapshotImage> snapshotImage(const SnapshotView& snapshot, const std::string& label) {
    if (static_cast<std::int64_t>(snapshot.ids.size()) != snapshot.state.position.value)
        return Error{ErrorCode::InvalidArgument, label + ": " + std::to_string(snapshot.ids.size()) +
                                                     " token ids for a state at position " +
                                                     std::to_string(snapshot.state.position.value) +
                                                     "; save a state with the ids that led to it"};
    std::vector<TensorToWrite> tensors{
        {"ids", DType::I32, {static_cast<std::int64_t>(snapshot.ids.size())}, std::as_bytes(snapshot.ids)}};
    if (!snapshot.logits.empty())
        tensors.push_back({std::string(kLogits), DType::F32, {static_cast<std::int64_t>(snapshot.logits.size())},
                           std::as_bytes(snapshot.logits)});
    for (std::size_t i = 0; i < snapshot.state.tensors.size(); ++i) {
        const std::vector<std::byte>& bytes = snapshot.state.tensors[i];
        tensors.push_back({stateName(i), DType::F32, {static_cast<std::int64_t>(bytes.size() / sizeof(float))}, bytes});
    }
    SnapshotImage image;
    MS_TRY(image.header, safetensorsHeader(tensors,
                                           {{"format", std::string(kFormat)},
                                            {"format_version", std::to_string(kVersion)},
                                            {"program", "MambaScope " MAMBASCOPE_VERSION},
                                            {"fingerprint", snapshot.state.fingerprint},
                                            {"model", std::string(snapshot.modelName)},
                                            {"position", std::to_string(snapshot.state.position.value)},
                                            {"name", std::string(snapshot.name)}},
                                           label));
    for (const TensorToWrite& tensor : tensors) image.parts.push_back(tensor.bytes);
    return image;
}

Result<void> saveSnapshot(const std::filesystem::path& path, const SavedSnapshot& snapshot) {
    MS_TRY(const SnapshotImage image,
           snapshotImage({snapshot.name, snapshot.state, snapshot.ids, snapshot.logits, snapshot.modelName}, path.string()));
    MS_TRY(AtomicFile file, AtomicFile::create(path));
    MS_CHECK(file.write(image.header));
    for (const auto& part : image.parts) MS_CHECK(file.write(part));
    return file.commit(Durability::OnDisk);
}

Result<SavedSnapshot> readSnapshot(std::span<const std::byte> bytes, const std::string& label, const Model& expected) {
    SafetensorsMetadata metadata;
    const auto tensors = parseSafetensors(bytes, label, &metadata);
    if (!tensors)
        return Error{tensors.error().code, withoutRemedy(tensors.error().message) + "; save the snapshot again"};
    return SnapshotReader(label, metadata, *tensors).read(expected);
}

Result<SavedSnapshot> loadSnapshot(const std::filesystem::path& path, const Model& expected) {
    MS_TRY(const auto file, MappedFile::open(path));
    return readSnapshot(file->bytes(), path.string(), expected);
}

}  // namespace ms
