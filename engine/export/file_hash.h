// SHA-256 (FIPS 180-4) of what an export was made from: weights, token ids, sound.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <stop_token>
#include <string>

#include "engine/base/progress.h"
#include "engine/base/result.h"
#include "engine/base/typed_index.h"

namespace ms {

/// For content that comes in portions. All hashes are 64 lower-case hexadecimal digits.
class Sha256 {
public:
    Sha256();
    ~Sha256();
    Sha256(Sha256&&) noexcept;
    Sha256& operator=(Sha256&&) noexcept;

    void add(std::span<const std::byte> bytes);
    /// The hash of all that was added; afterwards the object is as new.
    [[nodiscard]] std::string finish();

private:
    struct State;
    std::unique_ptr<State> m_state;
};

[[nodiscard]] std::string sha256(std::span<const std::byte> bytes);

/// Of token ids as 32-bit little-endian numbers, one after the other.
[[nodiscard]] std::string sha256OfIds(std::span<const TokenId> ids);

/// What `sha256sum` prints for the file. Reads a megabyte at a time; progress counts bytes, on the calling thread.
/// Errors: NotFound, Io, Cancelled; naming the file.
[[nodiscard]] Result<std::string> sha256OfFile(const std::filesystem::path& file, const ProgressCallback& progress = {},
                                               const std::stop_token& stop = {});

/// One hash for a model in several files. Of one file: sha256OfFile, the hash that model hubs publish. Of more: of
/// the lines "HASH  NAME\n" in the byte order of their names (without folders), as `sha256sum *.safetensors | sha256sum`
/// computes it in the C locale. Errors: as sha256OfFile; InvalidArgument without a file.
[[nodiscard]] Result<std::string> sha256OfFiles(std::span<const std::filesystem::path> files,
                                                const ProgressCallback& progress = {}, const std::stop_token& stop = {});

}  // namespace ms
