#include "engine/models/recurrent_config.h"

#include <nlohmann/json.hpp>

#include "engine/formats/foreign_text.h"
#include "engine/models/config_fields.h"

namespace ms {

Result<RecurrentConfig> parseRecurrentConfig(const nlohmann::json& config, const std::string& file) {
    using Kind = RecurrentCellArgs::Kind;
    ConfigFields fields(config, file);
    RecurrentConfig c;
    c.type = fields.text("model_type", "");
    const std::string nonlinearity = c.type == "rnn" ? fields.text("nonlinearity", "tanh") : "tanh";
    if (nonlinearity != "tanh" && nonlinearity != "relu")
        fields.fail(fields.error(ErrorCode::Unsupported, "nonlinearity", inQuotes(nonlinearity, 60) + " is not supported; known: tanh, relu"));
    c.kind = c.type == "lstm" ? Kind::Lstm : c.type == "gru" ? Kind::Gru : nonlinearity == "relu" ? Kind::RnnRelu : Kind::RnnTanh;
    c.vocab_size = fields.integer("vocab_size", 1, kMaxVocab);
    c.hidden_size = fields.integer("hidden_size", 1, kMaxModel);
    c.embedding_size = fields.integer("embedding_size", 1, kMaxModel, c.hidden_size);
    c.n_layer = fields.integer("num_hidden_layers", 1, kMaxLayers, 1);
    if (fields.problem()) return *fields.problem();
    return c;
}

}  // namespace ms
