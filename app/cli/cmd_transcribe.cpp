#include <cstdio>
#include <iostream>

#include "app/cli/speech.h"
#include "engine/runtime/transcribe_file.h"
#include "engine/speech/transcript_export.h"

namespace ms::cli {

namespace {

struct TranscribeArguments : SpeechOptions {
    std::string audio, format = "txt", out;
};

Result<void> transcribe(const TranscribeArguments& o) {
    const auto format = transcriptFormat(o.format);
    if (!format) return Error{ErrorCode::InvalidArgument, "--format " + o.format + ": is none of txt, srt, vtt, json"};
    MS_TRY(auto transcriber, openTranscriber(o));
    MS_TRY(const FileTranscript heard, transcribeFile(o.audio, *transcriber, terminalProgress()));
    for (const std::string& note : heard.notes) std::cerr << "mambascope-cli: " << note << '\n';
    if (!o.out.empty()) return writeTranscript(heard.transcript, *format, o.out);
    if (o.json) {
        nlohmann::json json = nlohmann::json::parse(toJson(heard.transcript));
        json["audio_seconds"] = heard.audioSeconds;
        json["real_time_factor"] = heard.realTimeFactor();
        json["device"] = transcriber->session().model().backend().info().name;
        std::cout << json.dump(2) << '\n';
        return {};
    }
    std::cout << exported(heard.transcript, *format);
    return {};
}

}  // namespace

void addTranscribe(CLI::App& app, int& exitCode) {
    auto o = std::make_shared<TranscribeArguments>();
    CLI::App* command = app.add_subcommand("transcribe", "Speech to text from a sound file");
    command->add_option("AUDIO", o->audio, "WAV, FLAC, OGG, Opus, MP3 or AIFF")->required();
    command->add_option("--format", o->format, "txt, srt, vtt or json");
    command->add_option("--out", o->out, "File to write; without it, standard output");
    addSpeech(*command, *o);
    command->callback([o, &exitCode] {
        if (const auto done = transcribe(*o); !done) exitCode = fail(done.error());
    });
}

}  // namespace ms::cli
