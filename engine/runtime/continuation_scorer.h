// How probable a language model finds each of several texts that begin alike.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "engine/runtime/session.h"

namespace ms {

/// Reads a text and judges what may follow it. Driven by the thread that drives the model's backend. Memory does not depend
/// on how much is read between two restarts but for the log of chunk lengths, 32 bytes a change.
class ContinuationScorer {
public:
    /// Errors: notText, Unsupported for a model that names no token to begin a text with, and what Session::create gives.
    static Result<std::unique_ptr<ContinuationScorer>> create(std::shared_ptr<const Model> model);

    /// Back to the beginning of a text.
    Result<void> restart();
    /// The text goes on. Errors: as Session::prefill.
    Result<void> read(std::span<const TokenId> ids);
    /// ln P(continuation | what was read) of each, padding ids masked out; 0 of an empty one. What continuations share at
    /// their beginning is read once. Afterwards the text stands where it stood; after an error, restart().
    Result<std::vector<double>> score(std::span<const std::vector<TokenId>> continuations);

    [[nodiscard]] const Model& model() const { return m_session->model(); }

private:
    explicit ContinuationScorer(std::unique_ptr<Session> session) : m_session(std::move(session)) {}

    /// One call of score().
    struct Round {
        std::span<const std::vector<TokenId>> continuations;
        std::vector<double> ln;  // [continuations], so far
    };
    /// `group`: indices of continuations that share `depth` tokens, sorted; the session has read these, `next` are the
    /// logits [vocab] behind them.
    Result<void> branch(Round& round, std::span<const std::size_t> group, std::size_t depth, std::span<const float> next);
    /// The same for a group that shares the next token as well.
    Result<void> follow(Round& round, std::span<const std::size_t> group, std::size_t depth, std::span<const float> next);
    [[nodiscard]] double lnOf(std::span<const float> logits, TokenId token) const;

    std::unique_ptr<Session> m_session;
    std::vector<float> m_next;         // logits [vocab] behind what was read
    StateSnapshot m_start;             // behind the token that begins a text
    std::vector<float> m_startNext;
};

}  // namespace ms
