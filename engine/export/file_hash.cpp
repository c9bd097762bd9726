#include "engine/export/file_hash.h"

#include <nettle/sha2.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <system_error>
#include <utility>
#include <vector>

namespace ms {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kPortion = 1u << 20;
static_assert(std::endian::native == std::endian::little, "token ids are hashed as they lie in memory");

struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
};

std::uint64_t sizeOf(const fs::path& file) {
    std::error_code error;
    const std::uintmax_t bytes = fs::file_size(file, error);
    return error ? 0 : bytes;
}

/// Adds one file's bytes to what progress has counted so far.
Result<std::string> hashFile(const fs::path& path, Progress& done, const ProgressCallback& progress,
                             const std::stop_token& stop) {
    const auto failure = [&](int number) {
        return Error{number == ENOENT ? ErrorCode::NotFound : ErrorCode::Io,
                     path.string() + ": cannot be read: " + std::generic_category().message(number)};
    };
    const std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "rb"));
    if (!file) return failure(errno);
    done.status = path.filename().string();
    Sha256 hash;
    std::vector<std::byte> portion(kPortion);
    for (;;) {
        if (stop.stop_requested()) return Error{ErrorCode::Cancelled, path.string() + ": hashing was cancelled"};
        const std::size_t bytes = std::fread(portion.data(), 1, portion.size(), file.get());
        if (bytes < portion.size() && std::ferror(file.get()) != 0) return failure(errno);
        if (bytes == 0) break;
        hash.add(std::span(portion).first(bytes));
        done.current += static_cast<std::int64_t>(bytes);
        if (progress) progress(done);
    }
    return hash.finish();
}

}  // namespace

struct Sha256::State {
    sha256_ctx context;
};

Sha256::Sha256() : m_state(std::make_unique<State>()) { sha256_init(&m_state->context); }
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::add(std::span<const std::byte> bytes) {
    if (bytes.empty()) return;
    sha256_update(&m_state->context, bytes.size(), reinterpret_cast<const std::uint8_t*>(bytes.data()));
}

std::string Sha256::finish() {
    std::array<std::uint8_t, SHA256_DIGEST_SIZE> digest;
    sha256_digest(&m_state->context, digest.size(), digest.data());  // which also starts anew
    constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    for (const std::uint8_t byte : digest) {
        text += kDigits[byte >> 4];
        text += kDigits[byte & 15];
    }
    return text;
}

std::string sha256(std::span<const std::byte> bytes) {
    Sha256 hash;
    hash.add(bytes);
    return hash.finish();
}

std::string sha256OfIds(std::span<const TokenId> ids) { return sha256(std::as_bytes(ids)); }

Result<std::string> sha256OfFile(const fs::path& file, const ProgressCallback& progress, const std::stop_token& stop) {
    Progress done{0, static_cast<std::int64_t>(sizeOf(file)), {}};
    return hashFile(file, done, progress, stop);
}

Result<std::string> sha256OfFiles(std::span<const fs::path> files, const ProgressCallback& progress,
                                  const std::stop_token& stop) {
    if (files.empty()) return Error{ErrorCode::InvalidArgument, "no file to hash"};
    if (files.size() == 1) return sha256OfFile(files.front(), progress, stop);
    std::vector<fs::path> sorted(files.begin(), files.end());
    std::sort(sorted.begin(), sorted.end(), [](const fs::path& a, const fs::path& b) {
        return a.filename().native() < b.filename().native();
    });
    Progress done;
    for (const fs::path& file : sorted) done.total += static_cast<std::int64_t>(sizeOf(file));
    std::string list;
    for (const fs::path& file : sorted) {
        MS_TRY(const std::string hash, hashFile(file, done, progress, stop));
        list += hash + "  " + file.filename().string() + "\n";
    }
    return sha256(std::as_bytes(std::span(list)));
}

}  // namespace ms
