// What the speech commands share: opening the model and its decoder.
#pragma once

#include "app/cli/command.h"
#include "engine/runtime/transcriber.h"

namespace ms::cli {

struct SpeechOptions : Common {
    std::string model;         ///< empty: the one that comes with the program
    bool greedy = false;
    bool noNgram = false;
    std::string words;         ///< an ARPA file in place of the model's
    int beam = 0;              ///< 0: the model's
    double lmWeight = -1, wordBonus = std::numeric_limits<double>::quiet_NaN();
    std::string rescore;       ///< language model that chooses among the hypotheses; empty: none does, "embedded": the program's own
    double rescoreWeight = -1;
    int nbest = 0;             ///< hypotheses that it chooses among; 0: the model's
    std::int64_t step = 2;     ///< frames
    double silence = 0.8;      ///< seconds
};

void addSpeech(CLI::App& command, SpeechOptions& options);
/// Model, session and decoder as the options want them.
Result<std::unique_ptr<Transcriber>> openTranscriber(const SpeechOptions& options);

}  // namespace ms::cli
