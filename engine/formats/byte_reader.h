// Bounded little-endian reads from foreign bytes: past the end is `false`, never undefined.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>

namespace ms {

// Every format read here is little-endian, and files are mapped, not copied; sizes are 64-bit throughout.
static_assert(std::endian::native == std::endian::little && sizeof(std::size_t) == 8);

class ByteReader {
public:
    explicit ByteReader(std::span<const std::byte> bytes) : m_bytes(bytes) {}

    [[nodiscard]] std::size_t position() const { return m_position; }
    [[nodiscard]] std::size_t left() const { return m_bytes.size() - m_position; }

    template <class T>
    [[nodiscard]] bool read(T& value) {
        static_assert(std::is_arithmetic_v<T>);
        if (left() < sizeof(T)) return false;
        std::memcpy(&value, m_bytes.data() + m_position, sizeof(T));
        m_position += sizeof(T);
        return true;
    }
    [[nodiscard]] bool take(std::uint64_t count, std::span<const std::byte>& out) {
        if (count > left()) return false;
        out = m_bytes.subspan(m_position, count);
        m_position += count;
        return true;
    }
    [[nodiscard]] bool skip(std::uint64_t count) {
        std::span<const std::byte> ignored;
        return take(count, ignored);
    }

private:
    std::span<const std::byte> m_bytes;
    std::size_t m_position = 0;
};

[[nodiscard]] inline std::string_view asText(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace ms
