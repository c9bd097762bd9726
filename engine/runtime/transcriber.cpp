#include "engine/runtime/transcriber.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "engine/formats/json_file.h"
#include "engine/speech/greedy_decoder.h"

namespace ms {

Result<SpeechDecoding> readDecoding(const std::filesystem::path& model) {
    std::error_code ignored;
    const std::filesystem::path folder = std::filesystem::is_directory(model, ignored) ? model : model.parent_path();
    SpeechDecoding decoding;
    const std::filesystem::path settings = folder / "decoder.json";
    std::filesystem::path words = folder / "words.arpa";
    if (!std::filesystem::exists(words, ignored)) words += ".gz";
    if (std::filesystem::exists(settings, ignored)) {
        MS_TRY(const nlohmann::json json, readJsonFile(settings));
        MS_TRY(decoding.beam, BeamOptions::fromJson(json, settings.string()));
        decoding.rescore.ngram_weight = decoding.beam.words.lm_weight;
        decoding.rescore.word_bonus = decoding.beam.words.word_bonus;
        if (const auto rescore = json.find("rescore"); rescore != json.end()) {
            MS_TRY(decoding.rescore, RescoreOptions::fromJson(*rescore, settings.string(), decoding.rescore));
        }
    }
    if (std::filesystem::exists(words, ignored)) {
        MS_TRY(NgramModel ngram, NgramModel::open(words));
        decoding.ngram = std::make_shared<const NgramModel>(std::move(ngram));
    }
    return decoding;
}

Result<SpeechDecoding> rescoredBy(SpeechDecoding decoding, std::shared_ptr<const Model> languageModel) {
    if (languageModel->info().speech)
        return Error{ErrorCode::Unsupported, languageModel->info().path.string() + ": a speech model; a language model is wanted to choose among hypotheses"};
    decoding.languageModel = std::move(languageModel);
    // A beam that holds fewer leaves less to choose from.
    decoding.beam.beam = std::max(decoding.beam.beam, decoding.rescore.hypotheses);
    return decoding;
}

Result<std::unique_ptr<Transcriber>> Transcriber::create(std::shared_ptr<const Model> model, const TranscriberOptions& options,
                                                         PosteriorWatcher watcher) {
    if (!(options.endSilenceSeconds >= 0.0)) return Error{ErrorCode::InvalidArgument, "transcriber: the silence is negative"};
    std::unique_ptr<Transcriber> transcriber(new Transcriber(options, std::move(watcher)));
    MS_TRY(transcriber->m_stream,
           SpeechStream::create(std::move(model), [t = transcriber.get()](TokenPos first, std::int64_t frames, std::span<const float> rows) {
               return t->decode(first, frames, rows);
           }, options.stream));
    MS_CHECK(transcriber->setDecoding(options.decoding));
    MS_CHECK(transcriber->makeDecoder());
    return transcriber;
}

Result<void> Transcriber::setDecoding(const SpeechDecoding& decoding) {
    if (decoding.languageModel && decoding.greedy)
        return Error{ErrorCode::InvalidArgument, "a language model chooses among the hypotheses of a beam search; decode with one, not greedily"};
    std::unique_ptr<HypothesisRescorer> rescorer;
    if (decoding.languageModel) {
        MS_TRY(rescorer, HypothesisRescorer::create(decoding.languageModel, decoding.rescore));
    }
    m_rescorer = std::move(rescorer);
    m_options.decoding = decoding;
    return {};
}

Result<void> Transcriber::makeDecoder() {
    const SpeechInfo& info = m_stream->info();
    MS_TRY(CtcVocabulary vocabulary, CtcVocabulary::create(info.vocab, info.blankId, "config.json"));
    if (m_options.decoding.greedy) {
        m_decoder = std::make_unique<GreedyDecoder>(std::move(vocabulary));
        return {};
    }
    MS_TRY(auto beam, BeamDecoder::create(std::move(vocabulary), m_options.decoding.beam, m_options.decoding.ngram));
    m_beam = beam.get();
    m_decoder = std::move(beam);
    return {};
}

Result<void> Transcriber::push(std::span<const float> samples) {
    MS_CHECK(m_stream->push(samples));
    return m_decoded;
}

AfterStep Transcriber::decode(TokenPos first, std::int64_t frames, std::span<const float> rows) {
    if (m_watcher) m_watcher(first, frames, rows);
    if (!m_decoded) return AfterStep::GoOn;
    const auto ended = hear(frames, rows);
    if (!ended) m_decoded = ended.error();
    return ended && *ended ? AfterStep::ForgetState : AfterStep::GoOn;
}

/// Whether an utterance ended.
Result<bool> Transcriber::hear(std::int64_t frames, std::span<const float> rows) {
    MS_CHECK(m_decoder->push(rows));
    const auto vocab = static_cast<std::size_t>(m_stream->info().vocab.size());
    const auto blank = static_cast<std::size_t>(m_stream->info().blankId);
    const auto width = rows.size() / static_cast<std::size_t>(frames);
    const double least = std::log(m_options.blankPosterior);
    for (std::size_t at = 0; at < rows.size() && width >= vocab; at += width) {
        const bool silent = rows[at + blank] >= least;
        m_silent = silent ? m_silent + 1 : 0;
        m_heard |= !silent;
    }
    const double silence = static_cast<double>(m_silent) * m_stream->frameSeconds();
    const bool ends = m_options.endSilenceSeconds > 0.0 && m_heard && silence >= m_options.endSilenceSeconds;
    MS_CHECK(ends ? endUtterance() : collect());
    return ends;
}

Result<void> Transcriber::endUtterance() {
    MS_CHECK(collect());
    if (m_rescorer) {
        const auto hypotheses = m_beam->hypotheses(static_cast<std::size_t>(m_rescorer->options().hypotheses));
        MS_TRY(const std::size_t best, m_rescorer->choose(hypotheses));
        m_beam->finishWith(hypotheses[best]);
        MS_CHECK(m_rescorer->restart());
    } else {
        m_decoder->finish();
    }
    take(m_decoder->takeSettled());
    m_heard = false;
    if (std::exchange(m_wordsInSegment, false)) ++m_segment;
    return {};
}

/// What was settled while the utterance goes on.
Result<void> Transcriber::collect() {
    const auto settled = m_decoder->takeSettled();
    take(settled);
    return m_rescorer && !settled.empty() ? m_rescorer->settle(settled) : Result<void>();
}

void Transcriber::take(std::span<const DecodedWord> settled) {
    for (const DecodedWord& word : settled) m_final.push_back(heard(word));
    m_wordsInSegment |= !settled.empty();
}

HeardWord Transcriber::heard(const DecodedWord& word) const {
    return {placed(word, {m_stream->frameSeconds(), 0.0}), word.begin, word.end, m_segment};
}

std::vector<HeardWord> Transcriber::tentative() const {
    std::vector<HeardWord> words;
    for (const DecodedWord& word : m_decoder->tentative()) words.push_back(heard(word));
    return words;
}

Result<void> Transcriber::finish() {
    MS_CHECK(m_stream->finish());
    MS_CHECK(m_decoded);
    return endUtterance();
}

Result<void> Transcriber::reset() {
    MS_CHECK(m_stream->reset());
    m_final.clear();
    m_decoded = {};
    m_segment = m_silent = 0;
    m_heard = m_wordsInSegment = false;
    if (m_rescorer) MS_CHECK(m_rescorer->restart());
    return makeDecoder();
}

Result<void> Transcriber::reset(const SpeechDecoding& decoding) {
    MS_CHECK(setDecoding(decoding));
    return reset();
}

void TranscriptBuilder::add(std::span<const HeardWord> words) {
    for (const HeardWord& word : words) {
        if (word.segment != m_segment) m_transcript.segments.emplace_back();
        m_segment = word.segment;
        m_transcript.segments.back().words.push_back(word.word);
    }
}

}  // namespace ms
