#include "engine/formats/zip_writer.h"

#include <zlib.h>

#include <algorithm>
#include <string_view>

#include "engine/formats/zip_format.h"

namespace ms {

namespace {

constexpr std::uint16_t kDate1980 = (1 << 5) | 1;  // MS-DOS date: first of January 1980
constexpr std::size_t kCrcOffset = 14;             // of the checksum in a local header

/// Little-endian fields one after the other.
class Record {
public:
    template <class T>
    Record& add(T value) {
        const auto* bytes = reinterpret_cast<const std::byte*>(&value);
        m_bytes.insert(m_bytes.end(), bytes, bytes + sizeof value);
        return *this;
    }
    Record& text(std::string_view text) {
        const auto bytes = std::as_bytes(std::span(text));
        m_bytes.insert(m_bytes.end(), bytes.begin(), bytes.end());
        return *this;
    }
    [[nodiscard]] std::span<const std::byte> bytes() const { return m_bytes; }

private:
    std::vector<std::byte> m_bytes;
};

/// What local and central headers share, from "version needed" to the length of the name.
void addCommon(Record& record, std::uint32_t crc, std::size_t nameLength) {
    record.add(zip::kVersionZip64).add(zip::kUtf8Flag).add(std::uint16_t{0}).add(std::uint16_t{0}).add(kDate1980);
    record.add(crc).add(zip::kSeeZip64).add(zip::kSeeZip64).add(static_cast<std::uint16_t>(nameLength));
}

}  // namespace

Error ZipWriter::misuse(const std::string& what) const {
    return {ErrorCode::InvalidArgument, m_file.target().string() + ": " + what};
}

Result<ZipWriter> ZipWriter::create(const std::filesystem::path& path) {
    MS_TRY(AtomicFile file, AtomicFile::create(path));
    return ZipWriter(std::move(file));
}

Result<void> ZipWriter::begin(const std::string& name, std::uint64_t size) {
    MS_CHECK(endMember());
    const auto sameName = [&](const Member& member) { return member.name == name; };
    if (name.empty() || name.size() > 0xffff || std::any_of(m_members.begin(), m_members.end(), sameName))
        return misuse("the member name \"" + name + "\" is empty, too long or taken");
    Record header;
    header.add(zip::kLocalHeader);
    addCommon(header, 0, name.size());  // the checksum follows when the content is known
    header.add(std::uint16_t{4 + 2 * 8}).text(name);
    header.add(zip::kZip64Extra).add(std::uint16_t{2 * 8}).add(size).add(size);
    const Member member{name, m_file.position(), size, static_cast<std::uint32_t>(::crc32_z(0, nullptr, 0))};
    MS_CHECK(m_file.write(header.bytes()));
    m_members.push_back(member);
    m_left = size;
    return {};
}

Result<void> ZipWriter::write(std::span<const std::byte> bytes) {
    if (m_members.empty() || bytes.size() > m_left) return misuse("more bytes than the member was announced with");
    if (bytes.empty()) return {};  // to zlib a null pointer means "start anew"
    std::uint32_t& crc = m_members.back().crc32;
    crc = static_cast<std::uint32_t>(::crc32_z(crc, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
    m_left -= bytes.size();
    return m_file.write(bytes);
}

Result<void> ZipWriter::endMember() {
    if (m_left > 0)
        return misuse("the member \"" + m_members.back().name + "\" lacks " + std::to_string(m_left) + " bytes");
    if (m_members.empty()) return {};
    const Member& member = m_members.back();
    return m_file.overwrite(member.offset + kCrcOffset, std::as_bytes(std::span(&member.crc32, 1)));
}

Result<void> ZipWriter::finish(Durability durability) {
    MS_CHECK(endMember());
    const std::uint64_t directory = m_file.position();
    for (const Member& member : m_members) {
        Record header;
        header.add(zip::kCentralHeader).add(zip::kVersionZip64);
        addCommon(header, member.crc32, member.name.size());
        header.add(std::uint16_t{4 + 3 * 8}).add(std::uint16_t{0}).add(std::uint16_t{0}).add(std::uint16_t{0});
        header.add(std::uint32_t{0}).add(zip::kSeeZip64).text(member.name);
        header.add(zip::kZip64Extra).add(std::uint16_t{3 * 8}).add(member.size).add(member.size).add(member.offset);
        MS_CHECK(m_file.write(header.bytes()));
    }
    const std::uint64_t end = m_file.position();
    const auto count = static_cast<std::uint64_t>(m_members.size());
    Record tail;
    tail.add(zip::kEnd64).add(std::uint64_t{zip::kEnd64Bytes - 12}).add(zip::kVersionZip64).add(zip::kVersionZip64);
    tail.add(std::uint32_t{0}).add(std::uint32_t{0}).add(count).add(count).add(end - directory).add(directory);
    tail.add(zip::kEnd64Locator).add(std::uint32_t{0}).add(end).add(std::uint32_t{1});
    tail.add(zip::kEnd).add(std::uint16_t{0}).add(std::uint16_t{0}).add(zip::kSeeZip64Count).add(zip::kSeeZip64Count);
    tail.add(zip::kSeeZip64).add(zip::kSeeZip64).add(std::uint16_t{0});
    MS_CHECK(m_file.write(tail.bytes()));
    return m_file.commit(durability);
}

}  // namespace ms
