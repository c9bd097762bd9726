// What a session file says in words: session.json, as values.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "engine/probe/capture.h"
#include "engine/runtime/chunk_log.h"
#include "engine/runtime/interventions.h"
#include "engine/runtime/sampler.h"
#include "engine/session/recorded_model.h"

namespace ms {

/// Texts are UTF-8. Everything else of a session (tokens, captures, states, sound) lies beside the document in the same
/// archive; `state` and `anchor` are indices into it.
struct SessionDocument {
    static constexpr int kVersion = 1;  ///< of the format; a reader refuses later ones

    enum class Kind : std::uint8_t { Text, Speech };

    /// Which model the values belong to, and where it was.
    struct ModelReference {
        std::string path, name, family, device;
        std::string fingerprint;  ///< ModelInfo::fingerprint
        std::string sha256;       ///< of the weights, see sha256OfFiles; empty when it was not known
        std::uint64_t bytes = 0;  ///< of the weight files, and the newest change of one in nanoseconds since 1970: while
        std::int64_t modified = 0;  ///< both hold, the hash need not be made again
        bool operator==(const ModelReference&) const = default;
    };

    /// Rows [first, end) of the archive's table of token rows.
    struct RowRange {
        std::int64_t first = 0, end = 0;
        bool operator==(const RowRange&) const = default;
    };
    /// A sequence of tokens: sequences share the rows that they have in common.
    using Rows = std::vector<RowRange>;

    /// A state that reading its tokens does not lead to.
    struct Anchor {
        std::int64_t state = 0;
        std::vector<LayerIndex> layers;  ///< that were swapped in
        bool loaded = false;
        bool operator==(const Anchor&) const = default;
    };

    /// One captured series, its rows in "<group>/<key.path()>.npy" [rows, width].
    struct Capture {
        CaptureEntry entry;
        std::int64_t complete = 0;  ///< captured without a hole in [0, complete)
    };

    /// One of the two sessions that read the tokens: the live one, or its baseline. Of speech only the captures: the sound
    /// leads to everything else.
    struct Run {
        std::vector<ChunkLog::Run> chunks;
        std::vector<std::int64_t> trail;    ///< states along it, by position
        std::vector<std::int64_t> anchors;  ///< in it, by position
        std::int64_t end = -1;              ///< state behind the last token, with logits; -1: not kept
        std::vector<Capture> captures;
    };

    struct Snapshot {
        std::string name;
        Rows rows;
        std::int64_t state = -1;            ///< at or before its end; -1: none
        std::vector<std::int64_t> anchors;
        std::optional<std::vector<Intervention>> interventions;  ///< its state came with; nothing: unknown
    };

    /// How writing goes on.
    struct Writing {
        SamplerOptions sampling;
        std::uint64_t place = 0;   ///< Sampler::place
        std::int64_t maxNew = 200; ///< as asked for; 0: until stopped
        std::int64_t left = 0;     ///< tokens still to be written when resumed; -1: no limit
        bool paused = false;       ///< in the midst of writing
        bool stopAtEnd = true;
        bool operator==(const Writing&) const = default;
    };

    struct Text {
        std::string prompt;
        Writing writing;
        Rows unread;                        ///< the whole sequence, when reading it again was stopped on the way
        std::vector<std::int64_t> unreadAnchors;
    };

    struct Word {
        std::string text;
        std::int64_t firstFrame = 0, endFrame = 0;
        double start = 0, end = 0;          ///< seconds
        float confidence = 0;
        std::int64_t segment = 0;
        bool edited = false;
        bool operator==(const Word&) const = default;
    };

    struct Speech {
        int sampleRate = 0;                 ///< Hz, of the sound
        std::int64_t samples = 0;
        std::int64_t frames = 0;            ///< that were read
        double frameSeconds = 0.04, lookAheadSeconds = 0;
        bool finished = true;               ///< the recording had ended; else the sound is to be read again
        std::string rawSound;               ///< of a recovery record: file beside it with 16-bit samples; empty: audio.flac
        std::vector<Word> words, tentative;
    };

    Kind kind = Kind::Text;
    std::string program;                    ///< that wrote it, "MambaScope 0.1.0"
    std::string saved;                      ///< when, ISO 8601
    ModelReference model;
    /// To show the session without its model; nothing: an older file, or a recovery record.
    std::optional<RecordedModel> recorded;
    std::vector<Intervention> interventions;
    std::vector<Anchor> anchors;
    std::int64_t states = 0;                ///< how many there are: states/0.safetensors, …
    Rows rows;                              ///< of the session: its tokens, or frames of speech
    std::vector<Snapshot> snapshots;
    Run run;
    std::optional<Run> baseline;            ///< while interventions are on
    Text text;                              ///< of Kind::Text
    Speech speech;                          ///< of Kind::Speech
    std::string window = "{}";              ///< a JSON object that means something to the window alone
};

/// The document as JSON, readable text. Bytes that are not UTF-8 become U+FFFD.
[[nodiscard]] std::string toJson(const SessionDocument& document);

/// Reads what toJson wrote; unknown keys are ignored. Everything is in range afterwards: counts from 0 on, ranges in
/// order, indices of states and anchors inside their lists, captures as wide as the recorded model makes them. Errors, one line opened by `label`: Format (no JSON, another
/// format, a field that is wrong, by its name), Unsupported (a later version).
[[nodiscard]] Result<SessionDocument> sessionFromJson(std::string_view text, const std::string& label);

}  // namespace ms
