// Small files made in a temporary folder, right ones and wrong ones.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/formats/zip_writer.h"
#include "tests/support/temp_folder.h"

namespace ms::test {

inline std::string readAll(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

inline std::span<const std::byte> asBytes(std::string_view text) { return std::as_bytes(std::span(text)); }

template <class T>
std::string raw(T value) {
    return {reinterpret_cast<const char*>(&value), sizeof value};
}

inline std::string floats(std::initializer_list<float> values) {
    std::string out;
    for (const float v : values) out += raw(v);
    return out;
}

template <class T>
std::vector<T> valuesOf(std::span<const std::byte> bytes) {
    std::vector<T> out(bytes.size() / sizeof(T));
    std::memcpy(out.data(), bytes.data(), out.size() * sizeof(T));
    return out;
}

inline std::string safetensors(std::string_view header, std::string_view data) {
    return raw(static_cast<std::uint64_t>(header.size())) + std::string(header) + std::string(data);
}

/// Fails unless `result` is an error of this code whose one line holds all the given parts.
template <class T>
void expectError(const Result<T>& result, ErrorCode code, std::initializer_list<std::string> parts) {
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().code, code) << result.error().message;
    EXPECT_EQ(result.error().message.find('\n'), std::string::npos);
    for (const std::string& part : parts) {
        EXPECT_NE(result.error().message.find(part), std::string::npos)
            << "\"" << part << "\" is not in: " << result.error().message;
    }
}

/// A state dict's pickle as torch.save writes it, protocol 2.
class StateDictPickle {
public:
    struct Tensor {
        std::string type = "FloatStorage", key = "0";
        std::int32_t elements = 0, offset = 0;
        std::vector<std::int32_t> size = {}, stride = {};
    };

    static std::string integer(std::int32_t value) { return "J" + raw(value); }
    static std::string text(std::string_view value) {
        return "X" + raw(static_cast<std::uint32_t>(value.size())) + std::string(value);
    }
    static std::string global(const std::string& module, const std::string& name) {
        return "c" + module + "\n" + name + "\n";
    }
    static std::string tuple(const std::vector<std::int32_t>& values) {
        std::string out = "(";
        for (const std::int32_t v : values) out += integer(v);
        return out + "t";
    }
    static std::string value(const Tensor& t) {
        return global("torch._utils", "_rebuild_tensor_v2") + "((" + text("storage") + global("torch", t.type) +
               text(t.key) + text("cpu") + integer(t.elements) + "tQ" + integer(t.offset) + tuple(t.size) +
               tuple(t.stride) + "\x89" + global("collections", "OrderedDict") + ")RtR";
    }
    /// {name: value, …} of already pickled values.
    static std::string dict(const std::vector<std::pair<std::string, std::string>>& items) {
        std::string out = "}(";
        for (const auto& [name, pickled] : items) out += text(name) + pickled;
        return out + "u";
    }
    static std::string whole(const std::string& value) { return "\x80\x02" + value + "."; }
};

using Members = std::vector<std::pair<std::string, std::string>>;

inline std::filesystem::path writeZip(const std::filesystem::path& path, const Members& members) {
    auto zip = ZipWriter::create(path);
    EXPECT_TRUE(zip.ok());
    for (const auto& [name, content] : members) {
        EXPECT_TRUE(zip->begin(name, content.size()).ok());
        EXPECT_TRUE(zip->write(asBytes(content)).ok());
    }
    EXPECT_TRUE(zip->finish().ok());
    return path;
}

}  // namespace ms::test
