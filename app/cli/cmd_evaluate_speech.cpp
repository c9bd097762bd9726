#include <cstdio>
#include <iostream>

#include "app/cli/speech.h"
#include "engine/runtime/transcribe_file.h"

namespace ms::cli {

namespace {

struct EvaluateSpeechArguments : SpeechOptions {
    std::string audio, table;
    bool texts = false;
};

nlohmann::json counts(const EditCounts& c) {
    return {{"substitutions", c.substitutions}, {"insertions", c.insertions}, {"deletions", c.deletions}, {"reference", c.reference}};
}

Result<void> evaluateSpeech(const EvaluateSpeechArguments& o) {
    MS_TRY(auto transcriber, openTranscriber(o));
    MS_TRY(const SpeechEvaluation e, evaluateSpeech(o.audio, o.table, *transcriber, terminalProgress()));
    const EditCounts &words = e.errors.words, &characters = e.errors.characters;
    if (o.json) {
        nlohmann::json json{{"wer", words.rate()}, {"cer", characters.rate()}, {"words", words.reference},
                            {"real_time_factor", e.realTimeFactor()}, {"segments", e.segments}, {"audio_seconds", e.audioSeconds},
                            {"word_errors", counts(words)}, {"character_errors", counts(characters)},
                            {"device", transcriber->session().model().backend().info().name}};
        if (o.texts)
            for (const auto& [reference, heard] : e.texts) json["texts"].push_back({{"reference", reference}, {"heard", heard}});
        std::cout << json.dump(2) << '\n';
        return {};
    }
    if (o.texts)
        for (const auto& [reference, heard] : e.texts) std::printf("%s\n  %s\n", reference.c_str(), heard.c_str());
    std::printf("word error rate %.2f %% of %lld words, character error rate %.2f %%, %lld segments, real-time factor %.4f on %s\n",
                100 * words.rate(), static_cast<long long>(words.reference), 100 * characters.rate(),
                static_cast<long long>(e.segments), e.realTimeFactor(), transcriber->session().model().backend().info().name.c_str());
    return {};
}

}  // namespace

void addEvaluateSpeech(CLI::App& app, int& exitCode) {
    auto o = std::make_shared<EvaluateSpeechArguments>();
    CLI::App* command = app.add_subcommand("evaluate-speech", "Word and character error rate over the segments of a recording");
    command->add_option("AUDIO", o->audio, "The recording")->required();
    command->add_option("TABLE", o->table, "Tab-separated: start_sample, samples, speaker, text")->required();
    command->add_flag("--texts", o->texts, "Print each segment's text and what was heard");
    addSpeech(*command, *o);
    command->callback([o, &exitCode] {
        if (const auto done = evaluateSpeech(*o); !done) exitCode = fail(done.error());
    });
}

}  // namespace ms::cli
