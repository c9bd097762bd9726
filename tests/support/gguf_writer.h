// Writes small GGUF files from the format's description (ggml/docs/gguf.md), right ones and, where asked, wrong ones.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/dtype.h"
#include "engine/base/shape.h"

namespace ms::test {

class GgufWriter {
public:
    std::uint32_t version = 3;
    std::uint64_t alignment = 32;

    template <class T>
    static std::string raw(T value) {
        std::string bytes(sizeof value, '\0');
        std::memcpy(bytes.data(), &value, sizeof value);
        return bytes;
    }
    static std::string text(std::string_view value) { return raw(static_cast<std::uint64_t>(value.size())) + std::string(value); }

    /// A key with a value of any type, already in bytes.
    void value(std::string_view key, std::uint32_t type, std::string_view bytes) {
        m_metadata += text(key) + raw(type) + std::string(bytes);
        ++m_keys;
    }
    void set(std::string_view key, std::string_view content) { value(key, 8, text(content)); }
    void set(std::string_view key, const char* content) { set(key, std::string_view(content)); }  // a bool would take it
    void set(std::string_view key, std::uint32_t number) { value(key, 4, raw(number)); }
    void set(std::string_view key, float number) { value(key, 6, raw(number)); }
    void set(std::string_view key, bool flag) { value(key, 7, raw(static_cast<std::uint8_t>(flag))); }
    void set(std::string_view key, const std::vector<std::string>& texts) {
        std::string bytes = raw(std::uint32_t{8}) + raw(static_cast<std::uint64_t>(texts.size()));
        for (const std::string& t : texts) bytes += text(t);
        value(key, 9, bytes);
    }
    void set(std::string_view key, const std::vector<std::int32_t>& numbers) { value(key, 9, array(5, numbers)); }
    void set(std::string_view key, const std::vector<float>& numbers) { value(key, 9, array(6, numbers)); }
    template <class T>
    static std::string array(std::uint32_t type, const std::vector<T>& numbers) {
        std::string bytes = raw(type) + raw(static_cast<std::uint64_t>(numbers.size()));
        for (const T n : numbers) bytes += raw(n);
        return bytes;
    }

    /// A row-major tensor.
    void tensor(std::string_view name, DType type, const Shape& shape, std::span<const std::byte> bytes) {
        m_data.resize((m_data.size() + alignment - 1) / alignment * alignment);
        m_infos += text(name) + raw(static_cast<std::uint32_t>(shape.rank()));
        for (int i = shape.rank(); i-- > 0;) m_infos += raw(static_cast<std::uint64_t>(shape[i]));
        info(codeOf(type), m_data.size());
        m_data.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    }
    void tensor(std::string_view name, const Shape& shape, std::span<const float> values) { tensor(name, DType::F32, shape, std::as_bytes(values)); }
    /// A tensor of the file's own words, without data.
    void rawTensor(std::string_view name, const std::vector<std::uint64_t>& dims, std::uint32_t code, std::uint64_t offset) {
        m_infos += text(name) + raw(static_cast<std::uint32_t>(dims.size()));
        for (const std::uint64_t d : dims) m_infos += raw(d);
        info(code, offset);
    }

    [[nodiscard]] std::string finish() const { return finish(m_tensors, m_keys); }
    /// With counts that need not be true.
    [[nodiscard]] std::string finish(std::uint64_t tensors, std::uint64_t keys) const {
        std::string file = "GGUF" + raw(version) + raw(tensors) + raw(keys) + m_metadata + m_infos;
        file.resize((file.size() + alignment - 1) / alignment * alignment);
        return file + m_data;
    }

private:
    void info(std::uint32_t code, std::uint64_t offset) {
        m_infos += raw(code) + raw(offset);
        ++m_tensors;
    }
    static std::uint32_t codeOf(DType type) {
        switch (type) {
            case DType::F16: return 1;
            case DType::Q4_0: return 2;
            case DType::Q8_0: return 8;
            case DType::Q4_K: return 12;
            case DType::Q5_K: return 13;
            case DType::Q6_K: return 14;
            case DType::BF16: return 30;
            default: return 0;
        }
    }

    std::string m_metadata, m_infos, m_data;
    std::uint64_t m_keys = 0, m_tensors = 0;
};

}  // namespace ms::test
