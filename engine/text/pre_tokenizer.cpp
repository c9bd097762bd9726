#include "engine/text/pre_tokenizer.h"

#include <string>

#include "engine/text/gpt2_split.h"
#include "engine/text/unicode.h"

namespace ms::text {
namespace {

// Hands one piece to the next step.
using Next = std::function<Result<bool>(std::string_view)>;

Result<bool> runStep(const SplitStep& step, std::string_view text, const std::stop_token& stop, const Next& next) {
    Regex::Scan scan(step.pattern, text, stop);
    const auto emit = [&](bool wanted, std::size_t begin, std::size_t end) -> Result<bool> {
        if (!wanted || begin == end) return true;
        return next(text.substr(begin, end - begin));
    };
    std::size_t done = 0;
    for (std::size_t from = 0; from < text.size();) {
        MS_TRY(const auto match, scan.next(from));
        if (!match) break;
        const std::size_t begin = std::max(match->begin, done);  // a look-behind with \K may point back
        const std::size_t end = std::max(match->end, begin);
        MS_TRY(const bool afterGap, emit(step.emitGaps, done, begin));
        if (!afterGap) return false;
        MS_TRY(const bool afterMatch, emit(step.emitMatches, begin, end));
        if (!afterMatch) return false;
        done = end;
        from = end > from ? end : from + codePointAt(text, from).bytes;
    }
    if (stop.stop_requested()) return false;
    return emit(step.emitGaps, done, text.size());
}

Result<bool> runStep(const DigitsStep& step, std::string_view text, const std::stop_token&, const Next& next) {
    std::size_t begin = 0;
    bool inNumber = false;
    for (std::size_t at = 0; at < text.size();) {
        const CodePoint c = codePointAt(text, at);
        const bool number = isNumber(c.value);
        if (at > begin && (number != inNumber || (number && step.individual))) {
            MS_TRY(const bool goOn, next(text.substr(begin, at - begin)));
            if (!goOn) return false;
            begin = at;
        }
        inNumber = number;
        at += c.bytes;
    }
    return begin == text.size() ? Result<bool>(true) : next(text.substr(begin));
}

Result<bool> runStep(const ByteLevelStep& step, std::string_view text, const std::stop_token&, const Next& next) {
    std::string prefixed;
    if (step.addPrefixSpace && !text.starts_with(' ')) {
        prefixed.reserve(text.size() + 1);
        prefixed.append(" ").append(text);
        text = prefixed;
    }
    if (!step.useRegex) return next(text);
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = gpt2PieceEnd(text, begin);
        MS_TRY(const bool goOn, next(text.substr(begin, end - begin)));
        if (!goOn) return false;
        begin = end;
    }
    return true;
}

}  // namespace

Result<void> PreTokenizer::run(std::string_view text, const std::stop_token& stop, const PieceSink& sink) const {
    if (text.empty()) return {};
    MS_CHECK(runFrom(0, text, stop, sink));
    return {};
}

Result<bool> PreTokenizer::runFrom(std::size_t step, std::string_view text, const std::stop_token& stop,
                                   const PieceSink& sink) const {
    if (step == m_steps.size()) return sink(text);
    const Next next = [&](std::string_view piece) { return runFrom(step + 1, piece, stop, sink); };
    return std::visit([&](const auto& kind) { return runStep(kind, text, stop, next); }, m_steps[step]);
}

}  // namespace ms::text
