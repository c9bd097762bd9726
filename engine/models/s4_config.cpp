#include "engine/models/s4_config.h"

#include <nlohmann/json.hpp>

#include "engine/formats/foreign_text.h"
#include "engine/models/config_fields.h"

namespace ms {

Result<S4Config> parseS4Config(const nlohmann::json& config, const std::string& file) {
    constexpr std::int64_t kLongest = 1 << 24;
    ConfigFields fields(config, file);
    S4Config c;
    c.diagonal = fields.text("model_type", "") == "s4d_layer";
    if (c.diagonal) {
        c.channels = fields.integer("d_model", 1, kMaxModel);
        c.states = fields.integer("d_state", 2, 2 * kMaxState) / 2;  // one of each conjugate pair
        if (const std::string activation = fields.text("activation", "gelu"); activation != "gelu")
            fields.fail(fields.error(ErrorCode::Unsupported, "activation", inQuotes(activation, 60) + " is not supported; known: gelu"));
    } else {
        c.channels = fields.integer("channels", 1, kMaxModel);
        c.states = fields.integer("N", 1, kMaxState);
        c.length = fields.integer("L", 1, kLongest);
    }
    if (fields.problem()) return *fields.problem();
    return c;
}

}  // namespace ms
