#include "engine/models/mamba3_config.h"

#include <nlohmann/json.hpp>

#include "engine/models/config_fields.h"
#include "engine/models/repository_config.h"

namespace ms {

namespace {

/// Heads, groups and angles, once d_inner and d_state are known.
void readHeads(ConfigFields& ssm, Mamba3Config& c) {
    const double fraction = ssm.number("rope_fraction", 0.5);
    if (ssm.problem()) return;
    const auto wrong = [&](const char* key, const std::string& what) { ssm.fail(ssm.error(ErrorCode::Format, key, what)); };
    c.n_heads = c.d_inner / c.head_dim;
    if (c.d_inner > kMaxInner) wrong("expand", "makes d_inner larger than " + std::to_string(kMaxInner));
    else if (c.n_heads * c.head_dim != c.d_inner) wrong("headdim", "does not divide d_inner = " + std::to_string(c.d_inner));
    else if (c.n_heads % c.n_groups != 0) wrong("ngroups", "does not divide the " + std::to_string(c.n_heads) + " heads");
    else if (!(fraction > 0 && fraction <= 1)) wrong("rope_fraction", "is not a number above 0 and at most 1");
    else if (c.n_angles = static_cast<std::int64_t>(static_cast<double>(c.d_state) * fraction) / 2; c.n_angles < 1)
        wrong("rope_fraction", "leaves no pair of the " + std::to_string(c.d_state) + " states to turn");
}

}  // namespace

Result<Mamba3Config> parseMamba3Config(const nlohmann::json& config, const std::string& file) {
    ConfigFields fields(config, file);
    ConfigFields ssm = fields.object("ssm_cfg", true);
    Mamba3Config c;
    refuseHybrids(fields);
    refuseFlag(ssm, "is_mimo", true);
    refuseFlag(ssm, "is_outproj_norm", true);
    readRepositoryTable(fields, c, c.n_layer);
    c.d_inner = ssm.integer("expand", 1, kMaxExpand, 2) * c.d_model;
    c.d_state = ssm.integer("d_state", 1, kMaxState, 128);
    c.head_dim = ssm.integer("headdim", 1, kMaxInner, 64);
    c.n_groups = ssm.integer("ngroups", 1, kMaxInner, 1);
    c.A_floor = ssm.epsilon("A_floor", 1e-4f);
    readHeads(ssm, c);
    if (fields.problem()) return *fields.problem();
    if (ssm.problem()) return *ssm.problem();
    return c;
}

}  // namespace ms
