#include "app/cli/speech.h"

#include <cmath>

namespace ms::cli {
#include "engine/base/program_files.h"


namespace {

namespace fs = std::filesystem;

/// The speech model that comes with the program.
Result<fs::path> embeddedModel() {
    if (const auto model = findProgramFile("models/speech")) return *model;
    return Error{ErrorCode::NotFound, "the speech model that comes with the program is not beside it; name one with --model"};
}

}  // namespace

void addSpeech(CLI::App& command, SpeechOptions& o) {
    command.add_option("--model", o.model, "Speech model; without it, the one that comes with the program");
    command.add_flag("--greedy", o.greedy, "Take the most probable symbol of every frame: no beam, no n-gram");
    command.add_flag("--no-ngram", o.noNgram, "Beam search by the sound alone");
    command.add_option("--words", o.words, "Word n-gram (ARPA) in place of the model's words.arpa");
    command.add_option("--beam", o.beam, "Hypotheses kept")->check(CLI::Range(1, 4096));
    command.add_option("--lm-weight", o.lmWeight, "Weight of the n-gram")->check(CLI::Range(0.0, 10.0));
    command.add_option("--word-bonus", o.wordBonus, "Added to the score for every word")->check(CLI::Range(-20.0, 20.0));
    command.add_option("--step", o.step, "Frames of 40 ms read at once: 2 as live")->check(CLI::Range(1, 4096));
    command.add_option("--silence", o.silence, "Seconds of silence that end an utterance; 0: none do")->check(CLI::Range(0.0, 60.0));
    addCommon(command, o);
}

Result<std::unique_ptr<Transcriber>> openTranscriber(const SpeechOptions& o) {
    fs::path path = o.model;
    if (path.empty()) {
        MS_TRY(path, embeddedModel());
    }
    MS_TRY(auto model, openModel(o, path.string()));
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
    options.stream.framesPerStep = o.step;
    options.endSilenceSeconds = o.silence;
    return Transcriber::create(std::move(model), options);
}

}  // namespace ms::cli
