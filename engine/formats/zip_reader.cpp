#include "engine/formats/zip_reader.h"

#include <zlib.h>

#include <algorithm>
#include <string_view>
#include <unordered_set>

#include "engine/formats/byte_reader.h"
#include "engine/formats/foreign_text.h"
#include "engine/formats/zip_format.h"

namespace ms {

namespace {

using Bytes = std::span<const std::byte>;

/// Where the central directory lies.
struct Directory {
    std::uint64_t offset = 0, size = 0, count = 0;
};

struct CentralEntry {
    std::string_view name;
    std::uint16_t flags = 0, method = 0;
    std::uint32_t crc32 = 0;
    std::uint64_t packedSize = 0, size = 0, headerOffset = 0;
};

class Reader {
public:
    Reader(Bytes file, const std::string& label) : m_file(file), m_label(label) {}

    Result<std::vector<ZipMember>> read() {
        MS_TRY(const Directory directory, findDirectory());
        ByteReader reader(m_file.subspan(directory.offset, directory.size));
        std::vector<ZipMember> members;
        std::unordered_set<std::string_view> names;
        struct Extent {
            std::uint64_t begin, end;
        };
        std::vector<Extent> extents;
        for (std::uint64_t i = 0; i < directory.count; ++i) {
            CentralEntry entry;
            if (!readCentral(reader, entry)) return damaged("the zip directory breaks off");
            if (!names.insert(entry.name).second)
                return damaged("zip member " + inQuotes(entry.name) + " is there twice");
            MS_TRY(ZipMember member, locate(entry, directory.offset));
            const auto end = static_cast<std::uint64_t>(member.bytes.data() - m_file.data()) + member.bytes.size();
            extents.push_back({entry.headerOffset, end});
            members.push_back(std::move(member));
        }
        std::sort(extents.begin(), extents.end(), [](const Extent& a, const Extent& b) { return a.begin < b.begin; });
        for (std::size_t i = 1; i < extents.size(); ++i) {
            if (extents[i].begin < extents[i - 1].end) return damaged("members of the zip archive overlap");
        }
        return members;
    }

private:
    [[nodiscard]] Error damaged(const std::string& what) const {
        return {ErrorCode::Format, m_label + ": " + what + "; the file is incomplete or damaged, download it again"};
    }

    /// The end record is the last thing but for a comment that reaches exactly to the file's end.
    Result<Directory> findDirectory() {
        if (m_file.size() < zip::kEndBytes) return damaged("is too short for a zip archive");
        const std::size_t last = m_file.size() - zip::kEndBytes;
        const std::size_t first = last > 0xffff ? last - 0xffff : 0;
        for (std::size_t at = last + 1; at-- > first;) {
            ByteReader reader(m_file.subspan(at));
            std::uint32_t signature = 0, size = 0, offset = 0;
            std::uint16_t disk = 0, directoryDisk = 0, countHere = 0, count = 0, comment = 0;
            if (!reader.read(signature) || signature != zip::kEnd) continue;
            if (!reader.read(disk) || !reader.read(directoryDisk) || !reader.read(countHere) || !reader.read(count) ||
                !reader.read(size) || !reader.read(offset) || !reader.read(comment) || reader.left() != comment)
                continue;
            Directory directory{offset, size, count};
            std::uint64_t limit = at;
            if (count == zip::kSeeZip64Count || size == zip::kSeeZip64 || offset == zip::kSeeZip64)
                MS_CHECK(readZip64End(at, directory, limit));
            if (directory.offset > limit || directory.size > limit - directory.offset ||
                directory.count > directory.size / zip::kCentralHeaderBytes)
                return damaged("the zip directory lies outside the file");
            return directory;
        }
        return damaged("has no zip directory at its end");
    }

    /// `at`: the classic end record; the zip64 locator stands right before it. `limit`: where the directory must end.
    Result<void> readZip64End(std::size_t at, Directory& directory, std::uint64_t& limit) {
        if (at < zip::kEnd64LocatorBytes) return damaged("the zip64 end record is missing");
        ByteReader locator(m_file.subspan(at - zip::kEnd64LocatorBytes, zip::kEnd64LocatorBytes));
        std::uint32_t signature = 0, disk = 0;
        std::uint64_t offset = 0;
        if (!locator.read(signature) || signature != zip::kEnd64Locator || !locator.read(disk) ||
            !locator.read(offset) || offset > at - zip::kEnd64LocatorBytes)
            return damaged("the zip64 end record is missing");
        ByteReader end(m_file.subspan(offset, at - zip::kEnd64LocatorBytes - offset));
        std::uint64_t recordSize = 0, countHere = 0;
        std::uint16_t madeBy = 0, needs = 0;
        std::uint32_t directoryDisk = 0;
        if (!end.read(signature) || signature != zip::kEnd64 || !end.read(recordSize) || !end.read(madeBy) ||
            !end.read(needs) || !end.read(disk) || !end.read(directoryDisk) || !end.read(countHere) ||
            !end.read(directory.count) || !end.read(directory.size) || !end.read(directory.offset))
            return damaged("the zip64 end record breaks off");
        limit = offset;
        return {};
    }

    static bool readCentral(ByteReader& reader, CentralEntry& entry) {
        std::uint32_t signature = 0, packedSize = 0, size = 0, external = 0, headerOffset = 0;
        std::uint16_t madeBy = 0, needs = 0, time = 0, date = 0, nameLength = 0, extraLength = 0, commentLength = 0,
                      disk = 0, internal = 0;
        Bytes name, extra;
        if (!reader.read(signature) || signature != zip::kCentralHeader || !reader.read(madeBy) ||
            !reader.read(needs) || !reader.read(entry.flags) || !reader.read(entry.method) || !reader.read(time) ||
            !reader.read(date) || !reader.read(entry.crc32) || !reader.read(packedSize) || !reader.read(size) ||
            !reader.read(nameLength) || !reader.read(extraLength) || !reader.read(commentLength) ||
            !reader.read(disk) || !reader.read(internal) || !reader.read(external) || !reader.read(headerOffset) ||
            !reader.take(nameLength, name) || !reader.take(extraLength, extra) || !reader.skip(commentLength))
            return false;
        entry.name = asText(name);
        entry.packedSize = packedSize;
        entry.size = size;
        entry.headerOffset = headerOffset;
        return readZip64Extra(ByteReader(extra), entry);
    }

    /// The extra field holds, in this order, those of the three numbers that did not fit 32 bits.
    static bool readZip64Extra(ByteReader extra, CentralEntry& entry) {
        const bool needed =
            entry.size == zip::kSeeZip64 || entry.packedSize == zip::kSeeZip64 || entry.headerOffset == zip::kSeeZip64;
        if (!needed) return true;
        std::uint16_t id = 0, length = 0;
        while (extra.read(id) && extra.read(length)) {
            Bytes field;
            if (!extra.take(length, field)) return false;
            if (id != zip::kZip64Extra) continue;
            ByteReader values(field);
            for (std::uint64_t* number : {&entry.size, &entry.packedSize, &entry.headerOffset}) {
                if (*number == zip::kSeeZip64 && !values.read(*number)) return false;
            }
            return true;
        }
        return false;
    }

    /// The local header repeats the name, and only it knows how many bytes lie between itself and the content.
    Result<ZipMember> locate(const CentralEntry& entry, std::uint64_t limit) const {
        const std::string which = "zip member " + inQuotes(entry.name);
        if (entry.flags & zip::kEncryptedFlag)
            return Error{ErrorCode::Unsupported, m_label + ": " + which + " is encrypted, which is not supported"};
        if (entry.headerOffset > limit) return damaged(which + " lies outside the file");
        ByteReader reader(m_file.subspan(entry.headerOffset, limit - entry.headerOffset));
        std::uint32_t signature = 0;
        std::uint16_t nameLength = 0, extraLength = 0;
        Bytes name, content;
        constexpr std::size_t kBetween =
            zip::kLocalHeaderBytes - sizeof signature - sizeof nameLength - sizeof extraLength;
        if (!reader.read(signature) || signature != zip::kLocalHeader || !reader.skip(kBetween) ||
            !reader.read(nameLength) || !reader.read(extraLength) || !reader.take(nameLength, name) ||
            asText(name) != entry.name || !reader.skip(extraLength))
            return damaged(which + " has no matching local header");
        if (!reader.take(entry.packedSize, content)) return damaged(which + " lies outside the file");
        if (entry.method == 0 && entry.packedSize != entry.size) return damaged(which + " has two different sizes");
        return ZipMember{
            .name = std::string(entry.name), .crc32 = entry.crc32, .stored = entry.method == 0, .bytes = content};
    }

    Bytes m_file;
    const std::string& m_label;
};

}  // namespace

Result<std::vector<ZipMember>> readZip(std::span<const std::byte> file, const std::string& label) {
    return Reader(file, label).read();
}

namespace {

/// Reads one local header and the content behind it; false when it is none that can be used.
bool readLocal(ByteReader& reader, ZipMember& member) {
    std::uint32_t signature = 0, packedSize = 0, size = 0;
    std::uint16_t needs = 0, flags = 0, method = 0, time = 0, date = 0, nameLength = 0, extraLength = 0;
    Bytes name, extra;
    if (!reader.read(signature) || signature != zip::kLocalHeader || !reader.read(needs) || !reader.read(flags) ||
        !reader.read(method) || !reader.read(time) || !reader.read(date) || !reader.read(member.crc32) ||
        !reader.read(packedSize) || !reader.read(size) || !reader.read(nameLength) || !reader.read(extraLength) ||
        !reader.take(nameLength, name) || !reader.take(extraLength, extra))
        return false;
    std::uint64_t content = packedSize;
    ByteReader fields(extra);
    std::uint16_t id = 0, length = 0;
    while (content == zip::kSeeZip64 && fields.read(id) && fields.read(length)) {
        Bytes field;
        if (!fields.take(length, field)) return false;
        ByteReader values(field);
        std::uint64_t whole = 0;
        if (id == zip::kZip64Extra && values.read(whole) && values.read(content)) break;
    }
    if ((flags & (zip::kEncryptedFlag | zip::kSizesFollowFlag)) != 0 || name.empty()) return false;
    member.name = asText(name);
    member.stored = method == 0;
    return reader.take(content, member.bytes);
}

}  // namespace

std::vector<ZipMember> salvageZip(std::span<const std::byte> file) {
    std::vector<ZipMember> members;
    std::unordered_set<std::string> names;
    constexpr std::byte kFirst{0x50};  // of a header's signature
    // A made-up archive may hold many headers that each claim the whole rest: what is summed up is limited.
    std::uint64_t allowance = 4 * static_cast<std::uint64_t>(file.size());
    for (std::size_t at = 0; at + zip::kLocalHeaderBytes <= file.size();) {
        ByteReader reader(file.subspan(at));
        ZipMember member;
        if (file[at] != kFirst || !readLocal(reader, member) || member.bytes.size() > allowance) {
            ++at;
            continue;
        }
        allowance -= member.bytes.size();
        // What looks like a header inside a whole member is passed over together with it.
        const bool whole = checksumMatches(member);
        at += whole ? reader.position() : 1;
        if (whole && names.insert(member.name).second) members.push_back(std::move(member));
    }
    return members;
}

bool checksumMatches(const ZipMember& member) {
    const auto* content = reinterpret_cast<const Bytef*>(member.bytes.data());
    return ::crc32_z(::crc32_z(0, nullptr, 0), content, member.bytes.size()) == member.crc32;
}

}  // namespace ms
