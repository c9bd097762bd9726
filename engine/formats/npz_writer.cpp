#include "engine/formats/npz_writer.h"

#include <string_view>
#include <vector>

#include "engine/formats/foreign_text.h"
#include "engine/formats/npy.h"
#include "engine/formats/tensor_info.h"

namespace ms {

namespace {

Error refused(const std::string& name, const std::string& why) {
    return {ErrorCode::InvalidArgument, "array \"" + name + "\": " + why};
}

}  // namespace

Result<NpzWriter> NpzWriter::create(const std::filesystem::path& path) {
    MS_TRY(ZipWriter zip, ZipWriter::create(path));
    return NpzWriter(std::move(zip));
}

Result<void> NpzWriter::beginMember(const std::string& name, const std::string& descr, const Shape& shape,
                                    std::uint64_t bytes) {
    const std::string header = npyHeader(descr, shape);
    MS_CHECK(m_zip.begin(name + ".npy", header.size() + bytes));
    return m_zip.write(std::as_bytes(std::span(header)));
}

Result<void> NpzWriter::begin(const std::string& name, DType dtype, const Shape& shape) {
    const char* descr = numpyType(dtype);
    if (descr == nullptr) return refused(name, "NumPy has no BF16; widen it to F32 first");
    std::vector<std::uint64_t> dims;
    for (int i = 0; i < shape.rank(); ++i) dims.push_back(static_cast<std::uint64_t>(shape[i]));
    Shape checked;
    std::uint64_t bytes = 0;
    if (!shapeBytes(dims, dtype, checked, bytes)) return refused(name, "the shape " + shape.text() + " is impossible");
    return beginMember(name, descr, shape, bytes);
}

Result<void> NpzWriter::append(std::span<const std::byte> bytes) { return m_zip.write(bytes); }

Result<void> NpzWriter::add(const std::string& name, DType dtype, const Shape& shape,
                            std::span<const std::byte> bytes) {
    if (static_cast<std::uint64_t>(shape.elements()) * byteSize(dtype) != bytes.size())
        return refused(name, std::to_string(bytes.size()) + " bytes do not fill " + shape.text());
    MS_CHECK(begin(name, dtype, shape));
    return append(bytes);
}

Result<void> NpzWriter::addText(const std::string& name, std::string_view utf8) {
    std::u32string text;
    while (!utf8.empty()) {
        char32_t point = 0;
        const std::size_t length = decodeUtf8(utf8, point);
        if (length == 0) return refused(name, "the text is not UTF-8");
        text += point;
        utf8.remove_prefix(length);
    }
    if (text.empty()) text += U'\0';  // NumPy's own form of the empty text: one character, trailing zeros do not count
    MS_CHECK(beginMember(name, "<U" + std::to_string(text.size()), {}, text.size() * sizeof(char32_t)));
    return append(std::as_bytes(std::span(text)));
}

Result<void> NpzWriter::finish(Durability durability) { return m_zip.finish(durability); }

}  // namespace ms
