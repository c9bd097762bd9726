// Audio in, words out: a speech stream, a decoder, and the ends of utterances.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "engine/runtime/hypothesis_rescorer.h"
#include "engine/runtime/speech_stream.h"
#include "engine/speech/beam_decoder.h"
#include "engine/speech/transcript.h"

namespace ms {

/// How posteriors become words.
struct SpeechDecoding {
    bool greedy = false;                        ///< the best path, no beam and no n-gram
    BeamOptions beam;
    std::shared_ptr<const NgramModel> ngram{};  ///< null: by the sound alone
    /// A language model on the speech model's backend that chooses among the beam's hypotheses when an utterance ends; null: none
    /// does.
    std::shared_ptr<const Model> languageModel{};
    RescoreOptions rescore;
};

/// What a model's folder brings: decoder.json and words.arpa (or words.arpa.gz), both optional. `model`: the folder or a file in it. Errors:
/// Io and Format, naming the file.
Result<SpeechDecoding> readDecoding(const std::filesystem::path& model);

/// The same with a language model that chooses: the beam then keeps as many hypotheses as it chooses among. Error: Unsupported, for a
/// model that hears.
Result<SpeechDecoding> rescoredBy(SpeechDecoding decoding, std::shared_ptr<const Model> languageModel);

struct TranscriberOptions {
    SpeechStreamOptions stream;
    SpeechDecoding decoding;
    /// An utterance ends when the model has heard nothing for so long: words are final, the next begins with an empty state. 0:
    /// only the audio's end ends it.
    double endSilenceSeconds = 0.8;
    /// A frame in which the blank has at least this posterior holds nothing.
    double blankPosterior = 0.9;
};

struct HeardWord {
    TranscriptWord word;
    std::int64_t begin = 0, end = 0;  ///< frames [begin, end)
    std::int64_t segment = 0;         ///< utterance, from 0 on
};

/// Sees the posteriors before they are decoded: [frames, vocab] natural logarithms.
using PosteriorWatcher = std::function<void(TokenPos first, std::int64_t frames, std::span<const float> logPosteriors)>;

/// What it says does not depend on how the audio is cut. Words that the beam's hypotheses agree on become final while somebody speaks, a
/// language model or not: it decides about the rest at the utterance's end. Memory stays flat, however long the audio. Driven by the thread that drives
/// the model's backend.
class Transcriber {
public:
    /// Errors: as SpeechStream::create, CtcVocabulary::create, BeamOptions::validate and HypothesisRescorer::create; InvalidArgument for a
    /// negative silence and for a language model without a beam to choose from.
    static Result<std::unique_ptr<Transcriber>> create(std::shared_ptr<const Model> model, const TranscriberOptions& options = {},
                                                       PosteriorWatcher watcher = {});

    /// Mono samples [n] in [-1, 1] at sampleRate().
    Result<void> push(std::span<const float> samples);
    /// The audio ends: every word is final.
    Result<void> finish();
    /// As new.
    Result<void> reset();
    /// As new, with other ways to find words. Errors as create(); everything is as it was then.
    Result<void> reset(const SpeechDecoding& decoding);

    /// Words that became final since the last call; they never change.
    [[nodiscard]] std::vector<HeardWord> takeFinal() { return std::exchange(m_final, {}); }
    /// The words behind the final ones as they look now.
    [[nodiscard]] std::vector<HeardWord> tentative() const;

    [[nodiscard]] SpeechStream& stream() { return *m_stream; }
    [[nodiscard]] Session& session() { return m_stream->session(); }
    [[nodiscard]] int sampleRate() const { return m_stream->sampleRate(); }  ///< Hz
    [[nodiscard]] FrameClock clock() const { return {m_stream->frameSeconds(), 0.0}; }

private:
    Transcriber(const TranscriberOptions& options, PosteriorWatcher watcher) : m_options(options), m_watcher(std::move(watcher)) {}
    AfterStep decode(TokenPos first, std::int64_t frames, std::span<const float> rows);
    Result<bool> hear(std::int64_t frames, std::span<const float> rows);
    Result<void> endUtterance();
    Result<void> collect();
    void take(std::span<const DecodedWord> settled);
    [[nodiscard]] HeardWord heard(const DecodedWord& word) const;
    Result<void> setDecoding(const SpeechDecoding& decoding);
    Result<void> makeDecoder();

    TranscriberOptions m_options;
    PosteriorWatcher m_watcher;
    std::unique_ptr<SpeechStream> m_stream;
    std::unique_ptr<CtcDecoder> m_decoder;
    BeamDecoder* m_beam = nullptr;      // m_decoder, if it is one
    std::unique_ptr<HypothesisRescorer> m_rescorer;
    std::vector<HeardWord> m_final;
    Result<void> m_decoded;             // first failure inside the sink
    std::int64_t m_segment = 0;
    std::int64_t m_silent = 0;          // frames of nothing at the end
    bool m_heard = false;               // something in this utterance
    bool m_wordsInSegment = false;
};

/// Words of a whole transcription as segments.
class TranscriptBuilder {
public:
    void add(std::span<const HeardWord> words);
    [[nodiscard]] const Transcript& transcript() const { return m_transcript; }

private:
    Transcript m_transcript;
    std::int64_t m_segment = -1;
};

}  // namespace ms
