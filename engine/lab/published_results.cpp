#include "engine/lab/published_results.h"

#include <initializer_list>

namespace ms {

namespace {

/// Table 1: one length, that of the training.
PublishedResult copying(std::string_view model, std::string_view counterpart, double percent) { return {model, counterpart, {{4096, percent / 100}}}; }

/// Table 11: lengths from 2^6 on, each twice the one before.
PublishedResult induction(std::string_view model, std::string_view counterpart, std::initializer_list<double> percents) {
    PublishedResult result{model, counterpart, {}};
    std::int64_t length = 64;
    for (const double percent : percents) {
        result.points.push_back({length, percent / 100});
        length *= 2;
    }
    return result;
}

}  // namespace

const std::vector<PublishedResult>& publishedResults(TaskKind kind) {
    static const std::vector<PublishedResult> none;
    static const std::vector<PublishedResult> table1{
        copying("Mamba", "mamba", 99.8),  copying("S4, no gate", "s4d", 18.3),  copying("S6, no gate", "", 97.0), copying("S4 in Mamba", "", 56.4),
        copying("S4 in H3 (H3)", "", 57.0), copying("S6 in H3", "", 99.7), copying("Hyena in H3 (Hyena)", "", 30.1), copying("Hyena in Mamba", "", 28.4)};
    static const std::vector<PublishedResult> table11{
        induction("Mamba", "mamba", {100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100}),
        induction("MHA-RoPE", "llama", {100, 100, 100, 83.6, 31.3, 18.4, 8.6, 9.0, 5.5}),
        induction("MHA-Abs", "", {100, 99.6, 100, 58.6, 26.6, 18.8, 9.8, 10.9, 7.8}),
        induction("MHA-xPos", "", {100, 100, 100, 99.6, 67.6, 25.4, 7.0, 9.0, 7.8}),
        induction("H3", "", {100, 100, 100, 80.9, 39.5, 23.8, 14.8, 8.2, 5.9, 6.6, 8.2, 4.7, 8.2, 6.3, 7.4}),
        induction("Hyena", "", {97.7, 100, 100, 100, 44.1, 12.5, 6.6, 5.1, 7.0, 5.9, 6.6, 6.6, 5.9, 6.3, 9.8})};
    switch (kind) {
        case TaskKind::SelectiveCopying: return table1;
        case TaskKind::InductionHeads: return table11;
        case TaskKind::Parity: return none;
    }
    return none;
}

}  // namespace ms
