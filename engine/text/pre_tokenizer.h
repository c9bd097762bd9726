// Cutting text into the pieces within which byte pairs may merge: the steps of `pre_tokenizer` in order.
#pragma once

#include <functional>
#include <stop_token>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "engine/base/result.h"
#include "engine/text/regex.h"

namespace ms::text {

/// Receives the pieces in order; false ends the work.
using PieceSink = std::function<bool(std::string_view piece)>;

struct SplitStep {
    Regex pattern;
    bool emitMatches = true;  ///< pieces that match
    bool emitGaps = true;     ///< pieces between matches
};

struct DigitsStep {
    bool individual = false;  ///< every number character alone, else each run of them
};

struct ByteLevelStep {
    bool addPrefixSpace = true;
    bool useRegex = true;  ///< GPT-2's pattern
};

class PreTokenizer {
public:
    using Step = std::variant<SplitStep, DigitsStep, ByteLevelStep>;

    template <class Kind>
    void add(Kind step) {
        m_steps.emplace_back(std::in_place_type<Kind>, std::move(step));
    }

    /// Pieces of `text` (valid UTF-8) to `sink`; views live only for the call. Ends early, without error, when `sink`
    /// says so or `stop` is requested. Error: Unsupported, from a runaway pattern.
    Result<void> run(std::string_view text, const std::stop_token& stop, const PieceSink& sink) const;

private:
    // True: go on; false: the sink or the user said stop.
    Result<bool> runFrom(std::size_t step, std::string_view text, const std::stop_token& stop,
                         const PieceSink& sink) const;

    std::vector<Step> m_steps;
};

}  // namespace ms::text
