#include "engine/models/repository_config.h"

#include <nlohmann/json.hpp>

namespace ms {

void readRepositoryTable(ConfigFields& fields, LanguageTable& table, std::int64_t& n_layer) {
    table.d_model = fields.integer("d_model", 1, kMaxModel);
    n_layer = fields.integer("n_layer", 1, kMaxLayers);
    table.vocab_size = fields.integer("vocab_size", 1, kMaxVocab);
    table.vocab_pad_multiple = static_cast<int>(fields.integer("pad_vocab_size_multiple", 1, 65536, 8));
    table.tie_embeddings = fields.flag("tie_embeddings", true);
}

void refuseHybrids(ConfigFields& fields) {
    const nlohmann::json* attention = fields.find("attn_layer_idx");
    if (attention != nullptr && !(attention->is_array() && attention->empty()))
        fields.fail(fields.error(ErrorCode::Unsupported, "attn_layer_idx", "a hybrid with attention layers is not supported"));
    if (fields.integer("d_intermediate", 0, kMaxInner, 0) != 0)
        fields.fail(fields.error(ErrorCode::Unsupported, "d_intermediate", "feed-forward layers are not supported"));
    if (!fields.flag("rms_norm", true))
        fields.fail(fields.error(ErrorCode::Unsupported, "rms_norm", "false (LayerNorm) is not supported, only RMSNorm is"));
}

void refuseFlag(ConfigFields& fields, const char* key, bool refused) {
    if (fields.flag(key, !refused) == refused)
        fields.fail(fields.error(ErrorCode::Unsupported, key, std::string(refused ? "true" : "false") + " is not supported"));
}

}  // namespace ms
