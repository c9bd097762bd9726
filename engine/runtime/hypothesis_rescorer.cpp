#include "engine/runtime/hypothesis_rescorer.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace ms {

Result<void> RescoreOptions::validate() const {
    const auto check = [](const char* field, double value, double low, double high) -> Result<void> {
        if (value >= low && value <= high) return {};
        return Error{ErrorCode::InvalidArgument, "rescore: " + std::string(field) + ": " + nlohmann::json(value).dump() + " is not a number from " +
                                                     nlohmann::json(low).dump() + " to " + nlohmann::json(high).dump()};
    };
    MS_CHECK(check("lm_weight", lm_weight, 0, 100));
    MS_CHECK(check("ngram_weight", ngram_weight, 0, 100));
    MS_CHECK(check("word_bonus", word_bonus, -100, 100));
    MS_CHECK(check("hypotheses", hypotheses, 1, 4096));
    MS_CHECK(check("margin", margin, 0, 1e6));
    return {};
}

Result<RescoreOptions> RescoreOptions::fromJson(const nlohmann::json& json, const std::string& file, const RescoreOptions& defaults) {
    if (!json.is_object()) return Error{ErrorCode::Format, file + ": rescore: is not a JSON object"};
    RescoreOptions options = defaults;
    double hypotheses = options.hypotheses;
    const std::pair<const char*, double*> fields[] = {{"lm_weight", &options.lm_weight},
                                                      {"ngram_weight", &options.ngram_weight},
                                                      {"word_bonus", &options.word_bonus},
                                                      {"hypotheses", &hypotheses},
                                                      {"margin", &options.margin}};
    for (const auto& [key, target] : fields) {
        const auto found = json.find(key);
        if (found == json.end() || found->is_null()) continue;
        if (!found->is_number()) return Error{ErrorCode::Format, file + ": rescore: " + key + ": is no number"};
        *target = found->get<double>();
    }
    if (!(hypotheses >= 1 && hypotheses <= 4096) || hypotheses != static_cast<int>(hypotheses))
        return Error{ErrorCode::Format, file + ": rescore: hypotheses: is not a whole number from 1 to 4096"};
    options.hypotheses = static_cast<int>(hypotheses);
    if (const auto valid = options.validate(); !valid) return Error{ErrorCode::Format, file + ": " + valid.error().message};
    return options;
}

std::string proseWord(std::string_view word, bool first, std::string_view apostrophe) {
    const auto isUpper = [](char c) { return c >= 'A' && c <= 'Z'; };
    const auto isLower = [](char c) { return c >= 'a' && c <= 'z'; };
    std::string prose;
    for (const char c : word) {
        if (c == '\'') prose += apostrophe;
        else prose += isUpper(c) ? static_cast<char>(c - 'A' + 'a') : c;
    }
    const bool pronoun = prose == "i" || prose.starts_with("i" + std::string(apostrophe));
    if ((first || pronoun) && !prose.empty() && isLower(prose.front())) prose.front() = static_cast<char>(prose.front() - 'a' + 'A');
    return prose;
}

Result<std::unique_ptr<HypothesisRescorer>> HypothesisRescorer::create(std::shared_ptr<const Model> model, const RescoreOptions& options) {
    MS_CHECK(options.validate());
    MS_CHECK(model->expectText());
    const std::string path = model->info().path.string();
    if (model->tokenizer() == nullptr)
        return Error{ErrorCode::NotFound, path + ": no tokenizer.json beside the weights; put the model's there"};
    MS_TRY(const std::vector<TokenId> added, model->tokenizer()->encode(""));
    if (!added.empty()) return Error{ErrorCode::Unsupported, path + ": its tokenizer adds tokens to every text; choose another model to rescore with"};
    MS_TRY(auto scorer, ContinuationScorer::create(std::move(model)));
    std::unique_ptr<HypothesisRescorer> rescorer(new HypothesisRescorer(std::move(scorer), options));
    MS_TRY(rescorer->m_end, rescorer->m_scorer->model().tokenizer()->encode("."));
    MS_CHECK(rescorer->learnApostrophe());
    return rescorer;
}

/// Books are set with one apostrophe, the net with another: the likelier one is what the model has read.
Result<void> HypothesisRescorer::learnApostrophe() {
    const std::string marks[] = {"'", "\u2019"};
    std::vector<std::vector<TokenId>> texts;
    for (const std::string& mark : marks) {
        MS_TRY(auto ids, m_scorer->model().tokenizer()->encode("I don" + mark + "t know."));
        texts.push_back(std::move(ids));
    }
    MS_TRY(const auto ln, m_scorer->score(texts));
    m_apostrophe = marks[ln[1] > ln[0] ? 1 : 0];
    return {};
}

Result<void> HypothesisRescorer::restart() {
    m_first = true;
    return m_scorer->restart();
}

Result<void> HypothesisRescorer::appendWord(std::string_view word, bool first, std::vector<TokenId>& ids) const {
    MS_TRY(const auto more, m_scorer->model().tokenizer()->encode((first ? "" : " ") + proseWord(word, first, m_apostrophe)));
    ids.insert(ids.end(), more.begin(), more.end());
    return {};
}

Result<void> HypothesisRescorer::settle(std::span<const DecodedWord> words) {
    std::vector<TokenId> ids;
    for (const DecodedWord& word : words) MS_CHECK(appendWord(word.text, std::exchange(m_first, false), ids));
    return m_scorer->read(ids);
}

Result<std::vector<double>> HypothesisRescorer::languageScores(std::span<const SpeechHypothesis> hypotheses) {
    std::vector<std::vector<TokenId>> texts;
    for (const SpeechHypothesis& hypothesis : hypotheses) {
        auto& ids = texts.emplace_back();
        bool first = m_first;
        for (const DecodedWord& word : hypothesis.words) MS_CHECK(appendWord(word.text, std::exchange(first, false), ids));
        ids.insert(ids.end(), m_end.begin(), m_end.end());
    }
    return m_scorer->score(texts);
}

Result<std::size_t> HypothesisRescorer::choose(std::span<const SpeechHypothesis> hypotheses) {
    const auto tooFar = std::find_if(hypotheses.begin(), hypotheses.end(), [&](const SpeechHypothesis& h) {
        return h.score < hypotheses.front().score - m_options.margin;
    });
    hypotheses = hypotheses.first(std::min(static_cast<std::size_t>(tooFar - hypotheses.begin()), static_cast<std::size_t>(m_options.hypotheses)));
    if (hypotheses.size() < 2) return std::size_t{0};
    MS_TRY(const auto language, languageScores(hypotheses));
    std::vector<double> scores;
    for (std::size_t i = 0; i < hypotheses.size(); ++i)
        scores.push_back(hypotheses[i].acoustic + m_options.ngram_weight * hypotheses[i].ngram + m_options.lm_weight * language[i] +
                         m_options.word_bonus * static_cast<double>(hypotheses[i].words.size()));
    return static_cast<std::size_t>(std::max_element(scores.begin(), scores.end()) - scores.begin());
}

}  // namespace ms
