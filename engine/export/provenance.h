// What made an export: enough to say where every number in it comes from, and to bring the same view back.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/typed_index.h"

namespace ms {

/// The name under which every export carries the JSON: PNG text chunk, NPZ entry, CSV comment, metadata of SVG and PDF.
inline constexpr const char* kProvenanceKey = "mambascope-provenance";

/// Texts are UTF-8; empty means unknown or not applicable.
struct Provenance {
    static constexpr int kVersion = 1;  ///< of the JSON; a reader refuses later ones
    static constexpr std::size_t kMostIds = 16384;      ///< ids that are kept; of longer inputs only the hash is
    static constexpr std::size_t kExcerptBytes = 240;   ///< of the input's text

    enum class InputKind : std::uint8_t { None, Tokens, Sound };

    struct ModelOrigin {
        std::string name, path, family;
        std::string hash;         ///< SHA-256 of the weights, see sha256OfFiles
        std::string fingerprint;  ///< ModelInfo::fingerprint: tells models apart without reading all weights
        bool operator==(const ModelOrigin&) const = default;
    };
    struct Input {
        InputKind kind = InputKind::None;
        std::string hash;          ///< SHA-256 of the token ids (sha256OfIds), or of the sound
        std::string path;          ///< of the sound's file
        std::int64_t tokens = 0;   ///< length in tokens or frames
        std::vector<TokenId> ids;  ///< all of them, or none when there are more than kMostIds
        std::string excerpt;       ///< the beginning of the text
        bool operator==(const Input&) const = default;
    };
    struct TokenRange {
        std::int64_t first = 0, end = 0;  ///< [first, end)
        bool operator==(const TokenRange&) const = default;
    };

    std::string program = "MambaScope " MAMBASCOPE_VERSION;
    std::string time;    ///< ISO 8601 in UTC, see isoTime
    std::string device;  ///< that computed the values
    ModelOrigin model;
    Input input;
    std::string view;    ///< id in the registry of views
    std::map<std::string, std::string> viewSettings;
    std::string probe;   ///< "dt.mean": key of a probe point or measure; several separated by commas
    std::optional<LayerIndex> layer;
    std::string normalisation;  ///< "per layer"
    std::string scale;          ///< "log, 0.001 to 0.1"
    std::optional<TokenRange> tokens;  ///< that are shown
    std::string interventions;         ///< in words; empty: none
    std::string interventionList;      ///< the same for the program, in a notation of the window's

    bool operator==(const Provenance&) const = default;
};

/// Kind, hash, length, ids (if not too many) and the beginning of the text, cut between characters.
[[nodiscard]] Provenance::Input inputOfTokens(std::span<const TokenId> ids, std::string_view text);

/// "2025-03-09T17:05:00Z"
[[nodiscard]] std::string isoTime(std::chrono::system_clock::time_point time = std::chrono::system_clock::now());

/// One line of JSON: {"format": "mambascope-provenance", "version": 1, …}. What is unknown is left out; bytes that are
/// not UTF-8 become U+FFFD.
[[nodiscard]] std::string toJson(const Provenance& provenance);
[[nodiscard]] nlohmann::json toJsonValue(const Provenance& provenance);

/// Reads what toJson wrote; unknown keys are ignored, missing ones are unknown. Errors, one line opened by `file`: Format
/// (no JSON, another format, a field of the wrong type or range, naming the field), Unsupported (a later version).
[[nodiscard]] Result<Provenance> provenanceFromJson(std::string_view text, const std::string& file);
[[nodiscard]] Result<Provenance> provenanceFromJsonValue(const nlohmann::json& value, const std::string& file);

struct ProvenanceLine {
    std::string label, value;  ///< one line each
    bool operator==(const ProvenanceLine&) const = default;
};

/// For people: "Model" "mamba-130m", …; what is unknown is left out. In English, as files travel.
[[nodiscard]] std::vector<ProvenanceLine> describe(const Provenance& provenance);

}  // namespace ms
