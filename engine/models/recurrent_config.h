// The dimensions of a language model of torch.nn.RNN, LSTM or GRU layers, from this project's own small config.json.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "engine/backend/ops_recurrent.h"
#include "engine/base/result.h"

namespace ms {

struct RecurrentConfig {
    RecurrentCellArgs::Kind kind = RecurrentCellArgs::Kind::RnnTanh;
    std::string type;  ///< "rnn", "lstm" or "gru", which names the tensors too
    std::int64_t vocab_size = 0;
    std::int64_t embedding_size = 0;
    std::int64_t hidden_size = 0;
    std::int64_t n_layer = 0;
};

/// Reads model_type, vocab_size, embedding_size, hidden_size, num_hidden_layers and, of an RNN, nonlinearity ("tanh" or
/// "relu"). Errors as parseMambaConfig.
Result<RecurrentConfig> parseRecurrentConfig(const nlohmann::json& config, const std::string& file);

}  // namespace ms
