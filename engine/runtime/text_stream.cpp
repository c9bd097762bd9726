#include "engine/runtime/text_stream.h"

#include <limits>

#include "engine/probe/measures.h"

namespace ms {

Result<std::unique_ptr<TextStream>> TextStream::create(std::unique_ptr<Session> session, const SamplerOptions& options) {
    MS_CHECK(session->model().expectText());
    MS_TRY(Sampler sampler, Sampler::create(options));
    return std::unique_ptr<TextStream>(new TextStream(std::move(session), std::move(sampler)));
}

TokenEvent TextStream::eventFor(TokenPos position, TokenId id, std::span<const float> before) const {
    TokenEvent event{position, id, false, std::numeric_limits<float>::quiet_NaN(), {}};
    if (before.empty()) return event;
    const std::int64_t tokens = m_session->model().tokenCount();
    event.surprisalBits = surprisalBits(before, static_cast<std::size_t>(tokens), static_cast<std::size_t>(id));
    event.alternatives = topAlternatives(before, tokens, kAlternatives);
    return event;
}

Result<void> TextStream::read(std::span<const TokenId> ids, const TokenCallback& onToken, const PrefillOptions& options) {
    const auto vocab = static_cast<std::size_t>(m_session->model().dims().vocab);
    const TokenPos start = m_session->position();
    PrefillOptions withLogits = options;
    withLogits.onLogits = [&](TokenPos first, std::span<const float> logits) {
        const std::size_t rows = logits.size() / vocab;
        const auto offset = static_cast<std::size_t>(first.value - start.value);
        for (std::size_t r = 0; r < rows; ++r) {
            const std::span<const float> before = r == 0 ? std::span<const float>(m_logits) : logits.subspan((r - 1) * vocab, vocab);
            TokenEvent event = eventFor(TokenPos(first.value + static_cast<std::int64_t>(r)), ids[offset + r], before);
            event.fromPrompt = true;
            if (onToken) onToken(event);
        }
        const std::span<const float> last = logits.last(vocab);
        m_logits.assign(last.begin(), last.end());
    };
    m_ended = false;
    const auto result = m_session->prefill(ids, withLogits);
    if (!result) return result.error();
    return {};
}

Result<TokenEvent> TextStream::next() {
    if (m_logits.empty() && m_session->position().value > 0)
        return Error{ErrorCode::InvalidArgument, "what the model expects after token " + std::to_string(m_session->position().value - 1) +
                                                     " is not known, its state came without logits: go back to an earlier token"};
    if (m_logits.empty()) return Error{ErrorCode::InvalidArgument, "nothing was read yet: give a prompt of at least one token"};
    MS_TRY(const TokenId id, m_sampler.sample(m_logits, m_session->model().tokenCount()));
    TokenEvent event = eventFor(m_session->position(), id, m_logits);
    MS_TRY(const std::span<const float> logits, m_session->step(id));
    m_logits.assign(logits.begin(), logits.end());
    m_ended = m_session->model().endOfText() == id;
    return event;
}

Result<void> TextStream::reread(std::span<const TokenId> ids, const PrefillOptions& options) {
    m_ended = false;
    MS_TRY(const std::span<const float> logits, m_session->prefill(ids, options));
    m_logits.assign(logits.begin(), logits.end());
    return {};
}

Result<void> TextStream::restore(const StateSnapshot& snapshot, std::span<const float> logits) {
    MS_CHECK(m_session->restore(snapshot));
    m_logits.assign(logits.begin(), logits.end());
    m_ended = false;
    return {};
}

Result<void> TextStream::reset() {
    m_logits.clear();
    m_ended = false;
    m_sampler.restart();
    return m_session->reset();
}

}  // namespace ms
