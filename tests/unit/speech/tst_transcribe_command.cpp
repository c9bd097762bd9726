// `mambascope-cli transcribe --rescore …`: what it writes is what a transcriber of our own says with the same options.
#include <sys/wait.h>

#include <cstdlib>

#include "engine/runtime/devices.h"
#include "engine/runtime/transcribe_file.h"
#include "engine/speech/transcript_export.h"
#include "tests/unit/formats/format_support.h"

using namespace ms;
using namespace ms::test;

namespace fs = std::filesystem;

namespace {

const fs::path kSound = fs::path(MS_TEST_DATA) / "audio" / "speech.flac";
const fs::path kSpeech = fs::path(MS_RESOURCES) / "models" / "speech", kLanguage = fs::path(MS_RESOURCES) / "models" / "language";

struct Outcome {
    int code = 0;
    std::string text, errors;
};

Outcome transcribe(const std::string& arguments) {
    const TempFolder folder;
    const fs::path out = folder.path() / "out", log = folder.path() / "log";
    const int status = std::system((std::string(MS_CLI) + " transcribe '" + kSound.string() + "' --model '" + kSpeech.string() + "' --device host " +
                                    arguments + " >'" + out.string() + "' 2>'" + log.string() + "'").c_str());
    return {WEXITSTATUS(status), readAll(out), readAll(log)};
}

/// Without `weight`: not rescored.
std::string expected(std::optional<double> weight) {
    auto backend = openDevice("host");
    auto model = Model::load(kSpeech, *backend);
    EXPECT_TRUE(model.ok()) << model.error().message;
    TranscriberOptions options;
    options.decoding = *readDecoding(kSpeech);
    if (weight) {
        auto language = Model::load(kLanguage, *backend);
        EXPECT_TRUE(language.ok()) << language.error().message;
        options.decoding.rescore.lm_weight = *weight;
        options.decoding = *rescoredBy(options.decoding, *language);
    }
    auto transcriber = Transcriber::create(*model, options);
    const auto heard = transcribeFile(kSound, **transcriber);
    return toTxt(heard->transcript);
}

}  // namespace

TEST(TranscribeCommand, RescoresAsTheTranscriberDoes) {
    const Outcome plain = transcribe(""), rescored = transcribe("--rescore='" + kLanguage.string() + "' --rescore-weight 0.7");
    ASSERT_EQ(plain.code, 0) << plain.errors;
    ASSERT_EQ(rescored.code, 0) << rescored.errors;
    EXPECT_EQ(plain.text, expected(std::nullopt));
    EXPECT_EQ(rescored.text, expected(0.7));
}

TEST(TranscribeCommand, RefusesWhatCannotRescoreInOneLine) {
    const auto refused = [](const std::string& arguments, int code, const std::string& reason) {
        const Outcome outcome = transcribe(arguments);
        EXPECT_EQ(outcome.code, code) << outcome.errors;
        EXPECT_NE(outcome.errors.find(reason), std::string::npos) << outcome.errors;
        EXPECT_EQ(std::count(outcome.errors.begin(), outcome.errors.end(), '\n'), 1) << outcome.errors;
        EXPECT_EQ(outcome.text, "");
    };
    refused("--rescore='" + kLanguage.string() + "' --greedy", 2, "leave --greedy out");
    refused("--rescore='" + kSpeech.string() + "'", 1, "a language model is wanted");
    refused("--rescore=/nonexistent", 1, "/nonexistent");
}
