#include "engine/models/attention_fields.h"

#include <algorithm>

#include "engine/formats/foreign_text.h"

namespace ms {

LayerDims readAttention(ConfigFields& fields, std::int64_t d_model) {
    LayerDims l;
    l.kind = LayerKind::Attention;
    l.n_heads = fields.integer("num_attention_heads", 1, kMaxHeads);
    l.n_kv_heads = fields.integer("num_key_value_heads", 1, kMaxHeads, l.n_heads);
    const bool given = fields.find("head_dim") != nullptr;
    if (!given && d_model % l.n_heads != 0)
        fields.fail(fields.error(ErrorCode::Format, "num_attention_heads", "does not divide hidden_size"));
    l.head_dim = fields.integer("head_dim", 1, kMaxHeadDim, std::max<std::int64_t>(1, d_model / l.n_heads));
    if (l.head_dim > kMaxHeadDim)
        fields.fail(fields.error(ErrorCode::Unsupported, "num_attention_heads", "makes heads wider than " + std::to_string(kMaxHeadDim)));
    if (l.n_heads % l.n_kv_heads != 0)
        fields.fail(fields.error(ErrorCode::Format, "num_key_value_heads", "does not divide num_attention_heads"));
    l.d_inner = l.n_heads * l.head_dim;
    if (l.d_inner > kMaxInner) fields.fail(fields.error(ErrorCode::Format, "head_dim", "makes all heads wider than " + std::to_string(kMaxInner)));
    return l;
}

void expectSilu(ConfigFields& fields) {
    if (const std::string activation = fields.text("hidden_act", "silu"); activation != "silu" && activation != "swish")
        fields.fail(fields.error(ErrorCode::Unsupported, "hidden_act", inQuotes(activation, 60) + " is not supported; known: silu"));
}

}  // namespace ms
