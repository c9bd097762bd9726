#include <nlohmann/json.hpp>

#include "engine/speech/beam_decoder.h"

namespace ms {

Result<void> BeamOptions::validate() const {
    const auto check = [](const char* field, double value, double low, double high) -> Result<void> {
        if (value >= low && value <= high) return {};
        return Error{ErrorCode::InvalidArgument,
                     std::string(field) + ": " + nlohmann::json(value).dump() + " is not a number from " + nlohmann::json(low).dump() +
                         " to " + nlohmann::json(high).dump()};
    };
    MS_CHECK(check("beam", beam, 1, 4096));
    MS_CHECK(check("token_margin", token_margin, 0, 1e6));
    MS_CHECK(check("beam_margin", beam_margin, 0, 1e6));
    MS_CHECK(check("open_frames", static_cast<double>(open_frames), 10, 1e6));
    MS_CHECK(check("lm_weight", words.lm_weight, 0, 100));
    MS_CHECK(check("word_bonus", words.word_bonus, -100, 100));
    MS_CHECK(check("spelling", words.spelling, -100, 0));
    return {};
}

Result<BeamOptions> BeamOptions::fromJson(const nlohmann::json& json, const std::string& file) {
    if (!json.is_object()) return Error{ErrorCode::Format, file + ": is not a JSON object"};
    BeamOptions options;
    double beam = options.beam;
    const std::pair<const char*, double*> fields[] = {{"beam", &beam},
                                                      {"lm_weight", &options.words.lm_weight},
                                                      {"word_bonus", &options.words.word_bonus},
                                                      {"spelling", &options.words.spelling},
                                                      {"token_margin", &options.token_margin},
                                                      {"beam_margin", &options.beam_margin}};
    for (const auto& [key, target] : fields) {
        const auto found = json.find(key);
        if (found == json.end() || found->is_null()) continue;
        if (!found->is_number()) return Error{ErrorCode::Format, file + ": " + key + ": is no number"};
        *target = found->get<double>();
    }
    if (!(beam >= 1 && beam <= 4096) || beam != static_cast<int>(beam))
        return Error{ErrorCode::Format, file + ": beam: is not a whole number from 1 to 4096"};
    options.beam = static_cast<int>(beam);
    if (const auto valid = options.validate(); !valid) return Error{ErrorCode::Format, file + ": " + valid.error().message};
    return options;
}

}  // namespace ms
