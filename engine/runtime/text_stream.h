// A session that reads a prompt and writes on: what the window's prompt panel and `mambascope-cli run` both drive.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/runtime/sampler.h"
#include "engine/runtime/session.h"

namespace ms {

/// One token as it entered the session.
struct TokenEvent {
    TokenPos position;
    TokenId id = 0;
    bool fromPrompt = false;
    float surprisalBits = 0;                ///< -log2 p(id | everything before); NaN for the first token
    std::vector<Alternative> alternatives;  ///< what the model expected here, best first; empty for the first token
};

/// In order of position, on the thread that drives the stream.
using TokenCallback = std::function<void(const TokenEvent&)>;

class TextStream {
public:
    /// Alternatives kept per token.
    static constexpr int kAlternatives = 5;

    /// Unsupported for a model that reads no text.
    static Result<std::unique_ptr<TextStream>> create(std::unique_ptr<Session> session, const SamplerOptions& options);

    /// Reads tokens; each is reported with its surprisal. `stop` and progress as in Session::prefill.
    Result<void> read(std::span<const TokenId> ids, const TokenCallback& onToken, const PrefillOptions& options = {});

    /// Samples the next token, reads it and reports it. InvalidArgument before anything was read, and behind a state that
    /// was restored without logits.
    Result<TokenEvent> next();

    /// The stream ended: the last token sampled is the model's end of text.
    [[nodiscard]] bool ended() const { return m_ended; }

    Result<void> reset();
    /// Reads tokens without reporting them: on the way back to an earlier token. InvalidArgument when `ids` is empty.
    Result<void> reread(std::span<const TokenId> ids, const PrefillOptions& options = {});
    /// To another state whose logits [vocab] are known. InvalidArgument when the snapshot is another model's.
    Result<void> restore(const StateSnapshot& snapshot, std::span<const float> logits);
    /// Logits [vocab] behind the last token; empty before the first.
    [[nodiscard]] std::span<const float> logits() const { return m_logits; }
    Result<void> setSampling(const SamplerOptions& options) { return m_sampler.setOptions(options); }
    [[nodiscard]] Sampler& sampler() { return m_sampler; }
    [[nodiscard]] Session& session() { return *m_session; }

private:
    TextStream(std::unique_ptr<Session> session, Sampler sampler)
        : m_session(std::move(session)), m_sampler(std::move(sampler)) {}
    [[nodiscard]] TokenEvent eventFor(TokenPos position, TokenId id, std::span<const float> before) const;

    std::unique_ptr<Session> m_session;
    Sampler m_sampler;
    std::vector<float> m_logits;  ///< [vocab] after the last token; empty before the first
    bool m_ended = false;
};

}  // namespace ms
