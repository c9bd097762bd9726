// NumPy's archive of arrays, as numpy.load reads it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "engine/base/dtype.h"
#include "engine/base/result.h"
#include "engine/base/shape.h"
#include "engine/formats/zip_writer.h"

namespace ms {

/// Streams arrays to disk; the file appears under its name only when `finish` succeeds. Arrays may exceed 4 GB.
/// Format: numpy/lib/format.py, version 1.0, C order, in an uncompressed zip.
class NpzWriter {
public:
    /// Errors: Io, NotFound (the folder), naming the path.
    static Result<NpzWriter> create(const std::filesystem::path& path);

    /// A whole array, row-major. Errors: InvalidArgument (the size does not fit the shape, the name is taken, BF16,
    /// which NumPy does not know); Io.
    Result<void> add(const std::string& name, DType dtype, const Shape& shape, std::span<const std::byte> bytes);

    /// An array whose bytes follow through `append`, in any portions.
    Result<void> begin(const std::string& name, DType dtype, const Shape& shape);
    Result<void> append(std::span<const std::byte> bytes);

    /// UTF-8 text as a 0-d unicode array: str(archive["name"]). Errors: InvalidArgument when it is not UTF-8; Io.
    Result<void> addText(const std::string& name, std::string_view utf8);

    /// Errors: InvalidArgument when the last array lacks bytes; Io.
    Result<void> finish(Durability durability = Durability::Visible);

private:
    explicit NpzWriter(ZipWriter zip) : m_zip(std::move(zip)) {}
    Result<void> beginMember(const std::string& name, const std::string& descr, const Shape& shape,
                             std::uint64_t bytes);

    ZipWriter m_zip;
};

}  // namespace ms
