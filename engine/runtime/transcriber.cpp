#include "engine/runtime/transcriber.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "engine/formats/json_file.h"
#include "engine/speech/greedy_decoder.h"

namespace ms {

Result<SpeechDecoding> readDecoding(const std::filesystem::path& model) {
    std::error_code ignored;
    const std::filesystem::path folder = std::filesystem::is_directory(model, ignored) ? model : model.parent_path();
    SpeechDecoding decoding;
    const std::filesystem::path settings = folder / "decoder.json", words = folder / "words.arpa";
    if (std::filesystem::exists(settings, ignored)) {
        MS_TRY(const nlohmann::json json, readJsonFile(settings));
        MS_TRY(decoding.beam, BeamOptions::fromJson(json, settings.string()));
    }
    if (std::filesystem::exists(words, ignored)) {
        MS_TRY(NgramModel ngram, NgramModel::open(words));
        decoding.ngram = std::make_shared<const NgramModel>(std::move(ngram));
    }
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
    MS_CHECK(transcriber->makeDecoder());
    return transcriber;
}

Result<void> Transcriber::makeDecoder() {
    const SpeechInfo& info = m_stream->info();
    MS_TRY(CtcVocabulary vocabulary, CtcVocabulary::create(info.vocab, info.blankId, "config.json"));
    if (m_options.decoding.greedy) {
        m_decoder = std::make_unique<GreedyDecoder>(std::move(vocabulary));
        return {};
    }
    MS_TRY(m_decoder, BeamDecoder::create(std::move(vocabulary), m_options.decoding.beam, m_options.decoding.ngram));
    return {};
}

Result<void> Transcriber::push(std::span<const float> samples) {
    MS_CHECK(m_stream->push(samples));
    return m_decoded;
}

AfterStep Transcriber::decode(TokenPos first, std::int64_t frames, std::span<const float> rows) {
    if (m_watcher) m_watcher(first, frames, rows);
    if (!m_decoded) return AfterStep::GoOn;
    m_decoded = m_decoder->push(rows);
    if (!m_decoded) return AfterStep::GoOn;
    collect();
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
    if (m_options.endSilenceSeconds <= 0.0 || !m_heard || silence < m_options.endSilenceSeconds) return AfterStep::GoOn;
    endUtterance();
    return AfterStep::ForgetState;
}

void Transcriber::endUtterance() {
    m_decoder->finish();
    collect();
    m_heard = false;
    if (std::exchange(m_wordsInSegment, false)) ++m_segment;
}

void Transcriber::collect() {
    for (const DecodedWord& word : m_decoder->takeSettled()) {
        m_final.push_back(heard(word));
        m_wordsInSegment = true;
    }
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
    endUtterance();
    return {};
}

Result<void> Transcriber::reset() {
    MS_CHECK(m_stream->reset());
    m_final.clear();
    m_decoded = {};
    m_segment = m_silent = 0;
    m_heard = m_wordsInSegment = false;
    return makeDecoder();
}

void TranscriptBuilder::add(std::span<const HeardWord> words) {
    for (const HeardWord& word : words) {
        if (word.segment != m_segment) m_transcript.segments.emplace_back();
        m_segment = word.segment;
        m_transcript.segments.back().words.push_back(word.word);
    }
}

}  // namespace ms
