// From rows of posteriors to words, as they come.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/base/result.h"
#include "engine/speech/decoded_word.h"

namespace ms {

/// A streaming decoder. What it says does not depend on how the rows are cut into pushes. Settled words never change;
/// together with the tentative ones they are the best hypothesis of the moment. One thread at a time.
class CtcDecoder {
public:
    virtual ~CtcDecoder() = default;
    CtcDecoder(const CtcDecoder&) = delete;
    CtcDecoder& operator=(const CtcDecoder&) = delete;

    /// Reads log posteriors `rows` [frames, vocab] (natural logarithm; -inf is probability zero). Errors
    /// (InvalidArgument): a length that is no multiple of the vocabulary, a value that is NaN or +inf, a frame without
    /// any possible symbol; then nothing was read.
    Result<void> push(std::span<const float> rows);
    /// Ends the utterance: all words are settled, and what follows starts anew. Frames are counted on.
    virtual void finish() = 0;
    /// Words settled since the last call.
    [[nodiscard]] std::vector<DecodedWord> takeSettled();
    /// The words behind the settled ones, best hypothesis; the last may be unfinished.
    [[nodiscard]] virtual std::vector<DecodedWord> tentative() const = 0;

    /// Read so far.
    [[nodiscard]] std::int64_t frames() const { return m_frames; }
    [[nodiscard]] const CtcVocabulary& vocabulary() const { return m_vocabulary; }

protected:
    explicit CtcDecoder(CtcVocabulary vocabulary) : m_vocabulary(std::move(vocabulary)) {}

    /// Reads one checked row [vocab], that of frame frames().
    virtual void step(std::span<const float> row) = 0;

    CtcVocabulary m_vocabulary;
    std::vector<DecodedWord> m_settled;
    std::int64_t m_frames = 0;
};

}  // namespace ms
