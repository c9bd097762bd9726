// Any bytes as an ARPA language model, a segment table and a transcript; what is accepted gives finite scores and
// comes back from its export.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "engine/speech/ngram_model.h"
#include "engine/speech/segment_table.h"
#include "engine/speech/transcript_export.h"
#include "engine/speech/word_error_rate.h"
#include "tests/fuzz/fuzz_support.h"

namespace {

using ms::fuzz::require;

void scoreSome(const ms::NgramModel& model) {
    const auto words = static_cast<ms::WordId>(std::min<std::size_t>(model.count(1), 12));
    ms::NgramState state = model.start();
    for (ms::WordId a = 0; a < words; ++a) {
        for (ms::WordId b = 0; b < words; ++b) {
            const double value = model.log10Probability(state, b);
            require(std::isfinite(value));
            require(model.find(model.word(b)) == b && model.hasPrefix(model.word(b)));
            state = model.after(state, (a + b) % words);
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto model = ms::NgramModel::parse(input, "fuzz.arpa");
    ms::fuzz::checkError(model);
    if (model) scoreSome(*model);

    const auto table = ms::parseSegmentTable(input, "fuzz.tsv");
    ms::fuzz::checkError(table);
    if (table)
        for (const auto& segment : *table) require(segment.start_sample >= 0 && segment.samples > 0);

    const auto transcript = ms::transcriptFromJson(input, "fuzz.json");
    ms::fuzz::checkError(transcript);
    if (transcript) {
        require(ms::toSrt(*transcript).size() + ms::toVtt(*transcript).size() + ms::toTxt(*transcript).size() > 0);
        const auto again = ms::transcriptFromJson(ms::toJson(*transcript), "again.json");
        require(again.ok() && again->words() == transcript->words());
    }
    if (size < 2000) {
        ms::ErrorTotals totals;
        totals.add(input, input);
        require(totals.words.errors() == 0 && totals.characters.errors() == 0);
    }
    return 0;
}
