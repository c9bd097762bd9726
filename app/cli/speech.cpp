#include "app/cli/speech.h"

#include <algorithm>
#include <cmath>

#include "engine/base/program_files.h"

namespace ms::cli {

namespace {

namespace fs = std::filesystem;

/// The speech model that comes with the program.
Result<fs::path> embeddedModel() {
    if (const auto model = findProgramFile("models/speech")) return *model;
    return Error{ErrorCode::NotFound, "the speech model that comes with the program is not beside it; name one with --model"};
}

constexpr const char* kEmbedded = "embedded";

Result<fs::path> rescoringModel(const std::string& named) {
    if (named != kEmbedded) return fs::path(named);
    if (const auto model = findProgramFile("models/language")) return *model;
    return Error{ErrorCode::NotFound, "the language model that comes with the program is not beside it; name one with --rescore=MODEL"};
}

/// A second pass, with the language model on the speech model's device.
Result<void> setRescoring(const SpeechOptions& o, const std::shared_ptr<Backend>& backend, SpeechDecoding& decoding) {
    if (o.rescoreWeight >= 0) decoding.rescore.lm_weight = o.rescoreWeight;
    if (o.nbest > 0) decoding.rescore.hypotheses = o.nbest;
    if (o.rescore.empty()) return {};
    if (o.greedy) return Error{ErrorCode::InvalidArgument, "--rescore chooses among the hypotheses of a beam search; leave --greedy out"};
    MS_TRY(const fs::path path, rescoringModel(o.rescore));
    MS_TRY(auto model, Model::load(path, backend, terminalProgress()));
    MS_TRY(decoding, rescoredBy(decoding, std::move(model)));
    if (o.beam > 0) decoding.beam.beam = o.beam;
    return {};
}

}  // namespace

void addSpeech(CLI::App& command, SpeechOptions& o) {
    command.add_option("--model", o.model, "Speech model; without it, the one that comes with the program");
    command.add_flag("--greedy", o.greedy, "Take the most probable symbol of every frame: no beam, no n-gram");
    command.add_flag("--no-ngram", o.noNgram, "Beam search by the sound alone");
    command.add_option("--words", o.words, "Word n-gram (ARPA, plain or gzip) in place of the model's words.arpa");
    command.add_option("--beam", o.beam, "Hypotheses kept")->check(CLI::Range(1, 4096));
    command.add_option("--lm-weight", o.lmWeight, "Weight of the n-gram")->check(CLI::Range(0.0, 10.0));
    command.add_option("--word-bonus", o.wordBonus, "Added to the score for every word")->check(CLI::Range(-20.0, 20.0));
    command.add_flag("--rescore{" + std::string(kEmbedded) + "}", o.rescore,
                     "Let a language model choose among the hypotheses at the end of an utterance: the one that comes with the program, or "
                     "--rescore=MODEL");
    command.add_option("--rescore-weight", o.rescoreWeight, "Weight of the language model")->check(CLI::Range(0.0, 10.0));
    command.add_option("--nbest", o.nbest, "Hypotheses that it chooses among; without --beam, as many are kept")->check(CLI::Range(1, 4096));
    command.add_option("--step", o.step, "Frames of 40 ms read at once: 2 as live")->check(CLI::Range(1, 4096));
    command.add_option("--silence", o.silence, "Seconds of silence that end an utterance; 0: none do")->check(CLI::Range(0.0, 60.0));
    addCommon(command, o);
}

Result<std::unique_ptr<Transcriber>> openTranscriber(const SpeechOptions& o) {
    fs::path path = o.model;
    if (path.empty()) {
        MS_TRY(path, embeddedModel());
    }
    MS_TRY(const std::shared_ptr<Backend> backend, openDevice(o));
    MS_TRY(auto model, Model::load(path, backend, terminalProgress()));
    MS_CHECK(model->expectSpeech());
    TranscriberOptions options;
    MS_TRY(options.decoding, readDecoding(path));
    options.decoding.greedy = o.greedy;
    if (o.noNgram) options.decoding.ngram = nullptr;
    if (!o.words.empty()) {
        MS_TRY(NgramModel words, NgramModel::open(o.words));
        options.decoding.ngram = std::make_shared<const NgramModel>(std::move(words));
    }
    if (o.beam > 0) options.decoding.beam.beam = o.beam;
    if (o.lmWeight >= 0) options.decoding.beam.words.lm_weight = o.lmWeight;
    if (!std::isnan(o.wordBonus)) options.decoding.beam.words.word_bonus = o.wordBonus;
    MS_CHECK(setRescoring(o, backend, options.decoding));
    options.stream.framesPerStep = o.step;
    options.endSilenceSeconds = o.silence;
    return Transcriber::create(std::move(model), options);
}

}  // namespace ms::cli
