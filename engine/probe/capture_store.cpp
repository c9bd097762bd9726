#include "engine/probe/capture_store.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <mutex>
#include <string>

namespace ms {

namespace {

constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();
constexpr std::int64_t kBlockFloats = 64 * 1024;

std::int64_t rowsPerBlock(std::int64_t width) { return std::clamp<std::int64_t>(kBlockFloats / width, 1, 1024); }

std::uint64_t blockBytes(std::int64_t rows, std::int64_t width) {
    return static_cast<std::uint64_t>(rows * width) * sizeof(float);
}

}  // namespace

/// A temporary file without a name: gone with the process, whatever happens.
class CaptureStore::SpillFile {
public:
    explicit SpillFile(const std::filesystem::path& folder) {
        std::string name = (folder / "mambascope-capture-XXXXXX").string();
        m_file = ::mkstemp(name.data());
        if (m_file >= 0) ::unlink(name.c_str());
    }
    ~SpillFile() {
        if (m_file >= 0) ::close(m_file);
    }
    SpillFile(const SpillFile&) = delete;
    SpillFile& operator=(const SpillFile&) = delete;

    /// Offset of the stored bytes, or -1 when the disk refuses.
    std::int64_t append(std::span<const float> values) {
        const std::int64_t at = m_end;
        if (!writeAt(at, values)) return -1;
        m_end += static_cast<std::int64_t>(values.size_bytes());
        return at;
    }
    bool writeAt(std::int64_t offset, std::span<const float> values) {
        return m_file >= 0 && ::pwrite(m_file, values.data(), values.size_bytes(), offset) ==
                                  static_cast<ssize_t>(values.size_bytes());
    }
    bool readAt(std::int64_t offset, std::span<float> values) const {
        return m_file >= 0 && ::pread(m_file, values.data(), values.size_bytes(), offset) ==
                                  static_cast<ssize_t>(values.size_bytes());
    }

private:
    int m_file = -1;
    std::int64_t m_end = 0;
};

CaptureStore::CaptureStore(std::uint64_t memoryCap, std::filesystem::path spillFolder)
    : m_spillFolder(std::move(spillFolder)), m_memoryCap(memoryCap) {
    if (m_spillFolder.empty()) {
        std::error_code ignored;
        m_spillFolder = std::filesystem::temp_directory_path(ignored);
    }
}

CaptureStore::~CaptureStore() = default;

void CaptureStore::append(const CaptureFrame& frame) {
    const std::unique_lock lock(m_mutex);
    for (const CaptureFrame::Block& block : frame.blocks) {
        const CaptureEntry& entry = *block.entry;
        Series& series = m_series[entry.key];
        const bool reshaped = series.info.width != entry.width || series.info.stride != entry.stride;
        if (reshaped) {  // a new series, or the same one asked for on other terms: what was there cannot be mixed
            for (const auto& [index, old] : series.blocks)
                if (!old.values.empty()) m_use.memoryBytes -= old.values.size() * sizeof(float);
            series = {};
            series.info = {entry.key, entry.width, entry.stride, TokenPos(0)};
            series.rowsPerBlock = rowsPerBlock(entry.width);
        }
        const auto width = static_cast<std::size_t>(entry.width);
        for (std::int64_t r = 0; r < block.rows; ++r)
            write(series, block.first.value / entry.stride + r, block.values.subspan(static_cast<std::size_t>(r) * width, width));
        const std::int64_t end = block.first.value + (block.rows - 1) * entry.stride + 1;
        if (block.rows > 0) series.info.end = std::max(series.info.end, TokenPos(end));
    }
}

void CaptureStore::write(Series& series, std::int64_t row, std::span<const float> values) {
    const std::int64_t width = series.info.width;
    Block& block = series.blocks[row / series.rowsPerBlock];
    const std::int64_t at = row % series.rowsPerBlock * width;
    if (block.spilledAt >= 0) {  // a replay fills in the past
        if (!m_spill->writeAt(block.spilledAt + at * static_cast<std::int64_t>(sizeof(float)), values)) ++m_use.lostRows;
        return;
    }
    if (block.values.empty()) {
        block.values.assign(static_cast<std::size_t>(series.rowsPerBlock * width), kMissing);
        block.age = ++m_clock;
        m_use.memoryBytes += blockBytes(series.rowsPerBlock, width);
        if (m_use.memoryBytes > m_memoryCap) makeRoom(&block);
    }
    std::copy(values.begin(), values.end(), block.values.begin() + at);
}

void CaptureStore::makeRoom(const Block* keep) {
    struct Candidate { Series* series; std::int64_t index; std::uint64_t age; };
    std::vector<Candidate> candidates;
    for (auto& [key, series] : m_series) {
        // The newest block of a series is still being written.
        for (auto it = series.blocks.begin(); it != series.blocks.end() && std::next(it) != series.blocks.end(); ++it)
            if (!it->second.values.empty() && &it->second != keep) candidates.push_back({&series, it->first, it->second.age});
    }
    std::sort(candidates.begin(), candidates.end(), [](const auto& a, const auto& b) { return a.age < b.age; });
    if (!m_spill) m_spill = std::make_unique<SpillFile>(m_spillFolder);
    const std::uint64_t target = m_memoryCap - m_memoryCap / 8;  // leave some room, so that this runs rarely
    for (const Candidate& c : candidates) {
        if (m_use.memoryBytes <= target) break;
        Block& block = c.series->blocks[c.index];
        const std::uint64_t bytes = block.values.size() * sizeof(float);
        block.spilledAt = m_spill->append(block.values);
        if (block.spilledAt < 0) {
            m_use.lostRows += c.series->rowsPerBlock;
            c.series->blocks.erase(c.index);
        } else {
            m_use.spilledBytes += bytes;
            block.values = {};
        }
        m_use.memoryBytes -= bytes;
    }
}

void CaptureStore::truncate(TokenPos end) {
    const std::unique_lock lock(m_mutex);
    for (auto& [key, series] : m_series) {
        const std::int64_t rows = (end.value + series.info.stride - 1) / series.info.stride;
        const std::int64_t boundary = rows / series.rowsPerBlock;
        for (auto it = series.blocks.lower_bound(boundary); it != series.blocks.end();) {
            const std::int64_t keepRows = it->first == boundary ? rows % series.rowsPerBlock : 0;
            Block& block = it->second;
            if (keepRows == 0) {
                m_use.memoryBytes -= block.values.size() * sizeof(float);
                it = series.blocks.erase(it);
                continue;
            }
            const std::int64_t firstFloat = keepRows * series.info.width;
            if (block.spilledAt >= 0) {
                const std::vector<float> missing(
                    static_cast<std::size_t>(series.rowsPerBlock * series.info.width - firstFloat), kMissing);
                m_spill->writeAt(block.spilledAt + firstFloat * static_cast<std::int64_t>(sizeof(float)), missing);
            } else {
                std::fill(block.values.begin() + firstFloat, block.values.end(), kMissing);
            }
            ++it;
        }
        series.info.end = std::min(series.info.end, end);
    }
}

void CaptureStore::clear() {
    const std::unique_lock lock(m_mutex);
    m_series.clear();
    m_spill.reset();
    m_use = {};
}

std::vector<SeriesInfo> CaptureStore::series() const {
    const std::shared_lock lock(m_mutex);
    std::vector<SeriesInfo> all;
    for (const auto& [key, series] : m_series) all.push_back(series.info);
    return all;
}

std::optional<SeriesInfo> CaptureStore::find(const SeriesKey& key) const {
    const std::shared_lock lock(m_mutex);
    const auto it = m_series.find(key);
    if (it == m_series.end()) return std::nullopt;
    return it->second.info;
}

CaptureStoreUse CaptureStore::use() const {
    const std::shared_lock lock(m_mutex);
    return m_use;
}

std::int64_t CaptureStore::read(const SeriesKey& key, TokenPos first, std::int64_t rows, std::int64_t firstColumn,
                                std::int64_t columns, std::span<float> out) const {
    std::fill(out.begin(), out.end(), kMissing);
    const std::shared_lock lock(m_mutex);
    const auto found = m_series.find(key);
    if (found == m_series.end()) return 0;
    const Series& series = found->second;
    columns = std::min(columns, series.info.width - firstColumn);
    if (columns <= 0 || static_cast<std::int64_t>(out.size()) < rows * columns) return 0;
    std::int64_t present = 0;
    for (std::int64_t r = 0; r < rows; ++r) {
        const std::int64_t row = first.value / series.info.stride + r;
        const auto it = series.blocks.find(row / series.rowsPerBlock);
        if (it == series.blocks.end() || row * series.info.stride >= series.info.end.value) continue;
        const std::int64_t at = row % series.rowsPerBlock * series.info.width + firstColumn;
        const std::span<float> target = out.subspan(static_cast<std::size_t>(r * columns), static_cast<std::size_t>(columns));
        if (it->second.spilledAt >= 0) {
            if (!m_spill->readAt(it->second.spilledAt + at * static_cast<std::int64_t>(sizeof(float)), target)) continue;
        } else {
            std::copy_n(it->second.values.begin() + at, columns, target.begin());
        }
        ++present;
    }
    return present;
}

}  // namespace ms
