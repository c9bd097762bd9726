// Integers that cannot be swapped by accident: a layer is not a token is not a channel.
#pragma once

#include <compare>
#include <cstdint>

namespace ms {

template <class Tag>
struct TypedIndex {
    std::int64_t value = 0;

    constexpr TypedIndex() = default;
    constexpr explicit TypedIndex(std::int64_t v) : value(v) {}
    constexpr auto operator<=>(const TypedIndex&) const = default;
    constexpr TypedIndex& operator++() { ++value; return *this; }
};

using LayerIndex = TypedIndex<struct LayerTag>;
using TokenPos = TypedIndex<struct TokenTag>;      ///< position in the session, 0 = first token fed
using ChannelIndex = TypedIndex<struct ChannelTag>;
using TokenId = std::int32_t;                       ///< vocabulary entry

}  // namespace ms
