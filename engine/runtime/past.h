// What a session has read, kept so that another one can read it again.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "engine/runtime/session.h"

namespace ms {

/// Tokens of a text, or frames of a sound.
class Past {
public:
    virtual ~Past() = default;
    /// Positions that were read.
    [[nodiscard]] virtual std::int64_t size() const = 0;
    /// What one of them is called: "token", "frame".
    [[nodiscard]] virtual std::string unit() const = 0;
    /// Chunks of up to so many positions give the same bits however they are cut (on the host); 0: each has to be read as
    /// it was.
    [[nodiscard]] virtual std::int64_t smallChunk() const = 0;
    /// Ids by which one past is told from another; empty where there is only one.
    [[nodiscard]] virtual std::span<const TokenId> ids() const { return {}; }
    /// Reads positions [first, first + rows), where `session` stands at `first`. What lies behind size() may be anything:
    /// of such a chunk only the length matters. Returns what Session::prefill does.
    virtual Result<std::span<const float>> read(Session& session, TokenPos first, std::int64_t rows, const PrefillOptions& options) = 0;
};

/// The tokens that a live session has read.
class TokenPast final : public Past {
public:
    explicit TokenPast(std::span<const TokenId> ids) : m_ids(ids) {}
    [[nodiscard]] std::int64_t size() const override { return static_cast<std::int64_t>(m_ids.size()); }
    [[nodiscard]] std::string unit() const override { return "token"; }
    [[nodiscard]] std::int64_t smallChunk() const override;
    [[nodiscard]] std::span<const TokenId> ids() const override { return m_ids; }
    Result<std::span<const float>> read(Session& session, TokenPos first, std::int64_t rows, const PrefillOptions& options) override;

private:
    std::span<const TokenId> m_ids;
};

}  // namespace ms
