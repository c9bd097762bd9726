// Dimensions of a row-major tensor, outermost first; at most four.
#pragma once

#include <array>
#include <cassert>
#include <cstdint>
#include <initializer_list>
#include <string>

namespace ms {

class Shape {
public:
    static constexpr int kMaxRank = 4;

    constexpr Shape() = default;
    constexpr Shape(std::initializer_list<std::int64_t> dims) {
        assert(dims.size() <= kMaxRank);
        for (const std::int64_t d : dims) m_dims[static_cast<std::size_t>(m_rank++)] = d;
    }

    /// False when the shape is full; used by readers of foreign files.
    constexpr bool append(std::int64_t dim) {
        if (m_rank == kMaxRank) return false;
        m_dims[static_cast<std::size_t>(m_rank++)] = dim;
        return true;
    }

    [[nodiscard]] constexpr int rank() const { return m_rank; }
    [[nodiscard]] constexpr std::int64_t operator[](int i) const {
        assert(i >= 0 && i < m_rank);
        return m_dims[static_cast<std::size_t>(i)];
    }
    /// Product of all dimensions; 1 for a scalar.
    [[nodiscard]] constexpr std::int64_t elements() const {
        std::int64_t n = 1;
        for (int i = 0; i < m_rank; ++i) n *= m_dims[static_cast<std::size_t>(i)];
        return n;
    }
    constexpr bool operator==(const Shape& other) const = default;

    /// "[3, 4]"
    [[nodiscard]] std::string text() const {
        std::string s = "[";
        for (int i = 0; i < m_rank; ++i) s += (i ? ", " : "") + std::to_string((*this)[i]);
        return s + "]";
    }

private:
    std::array<std::int64_t, kMaxRank> m_dims{};
    int m_rank = 0;
};

}  // namespace ms
