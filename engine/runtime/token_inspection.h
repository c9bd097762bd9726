// Everything a model computed at one token, fetched afterwards: a second session reads up to that token again.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <vector>

#include "engine/runtime/past.h"
#include "engine/runtime/session.h"

namespace ms {

class ChunkLog;
struct Chunk;

struct TokenInspection {
    TokenPos token;
    std::map<SeriesKey, std::vector<float>> values;  ///< one row each: CaptureEntry::width floats
    std::vector<float> logits;                       ///< [vocab] after the token
    std::vector<Intervention> interventions{};       ///< the changes that the values were computed with
};

/// Driven by the thread that drives the model's backend. Holds a session of its own: its state, scratch and the rows of
/// one token.
class TokenInspector {
public:
    static Result<std::unique_ptr<TokenInspector>> create(std::shared_ptr<const Model> model);
    ~TokenInspector();

    /// The values of `requests` (strides are ignored) at ids[token], and its logits. `from` is a state of the live
    /// session at or before `token`, see SnapshotTrail; null begins with the empty state. `ids` are all tokens of the
    /// live session. When this inspector already stands nearer to the token it goes on from there.
    ///
    /// `chunks` is the live session's Session::chunks(): with it the host computes the very bits that session captured
    /// at the token, whatever chunks it read; without it that holds for tokens read in chunks of at most
    /// kSmallChunk (a decoded token is a chunk of one), others may differ in rounding. State and ConvState exist at
    /// every token; where the live session's chunk went on behind it, its beginning is read again to see them.
    ///
    /// InvalidArgument: a token not read yet, a `from` behind the token or of another model, Selectivity (it needs the
    /// tokens before; the capture store has it), or what CapturePlan::create refuses. Cancelled: `stop`, looked at
    /// between submissions.
    Result<TokenInspection> inspect(const StateSnapshot* from, std::span<const TokenId> ids, TokenPos token,
                                    std::span<const CaptureRequest> requests, const std::stop_token& stop,
                                    const ChunkLog* chunks = nullptr);
    /// The same of any past: tokens, or frames of a sound (see SpeechPast, which needs `chunks`).
    Result<TokenInspection> inspect(const StateSnapshot* from, Past& past, TokenPos token, std::span<const CaptureRequest> requests,
                                    const std::stop_token& stop, const ChunkLog* chunks);

    /// The state right behind a token. Arguments and errors as inspect().
    Result<StateSnapshot> stateBehind(const StateSnapshot* from, Past& past, TokenPos token, const std::stop_token& stop,
                                      const ChunkLog* chunks);

    /// The next inspection starts with `from`. To be called when states of the live session are no longer the ones
    /// these ids led to before (interventions changed, another recording began).
    void forget();

    /// For settings that apply to the live session too. Implies forget().
    Session& session();

    /// The host computes chunks of up to so many tokens row by row: the same bits, however they are cut.
    static constexpr std::int64_t kSmallChunk = 16;

private:
    explicit TokenInspector(std::unique_ptr<Session> session);
    /// The past that is looked at, and how the live session cut it.
    struct Source {
        Past& past;
        const ChunkLog* chunks;
    };
    Result<Chunk> chunkFor(const StateSnapshot* from, const Source& source, TokenPos token) const;
    Result<void> moveTo(const StateSnapshot* from, const Source& source, TokenPos start, const std::stop_token& stop);
    void remember(std::span<const TokenId> ids, std::int64_t count);
    Result<void> read(Past& past, const Chunk& chunk, std::int64_t row, std::vector<float>* logits);

    std::unique_ptr<Session> m_session;
    std::vector<TokenId> m_read;                // the ids that led to both states here, the longer history of the two
    bool m_valid = false;                       // the session's state may be read on from
    std::optional<StateSnapshot> m_chunkStart;  // before the long chunk read last: its other tokens are near
};

}  // namespace ms
