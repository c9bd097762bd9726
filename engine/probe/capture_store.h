// Everything captured in a session: one truth for views, export and tests.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <span>
#include <vector>

#include "engine/base/result.h"
#include "engine/probe/capture.h"

namespace ms {

struct SeriesInfo {
    SeriesKey key;
    std::int64_t width = 0;    ///< floats per row
    std::int64_t stride = 1;   ///< tokens between rows
    TokenPos end;              ///< one past the last captured position
};

struct CaptureStoreUse {
    std::uint64_t memoryBytes = 0;
    std::uint64_t spilledBytes = 0;
    std::int64_t lostRows = 0;  ///< rows given up because the disk was full too
};

/// Append-only series of rows, written by one thread, read by any. Holds at most `memoryCap` bytes in memory; older
/// blocks go to an unnamed temporary file. Rows nobody captured read as NaN, never as an interpolation.
class CaptureStore {
public:
    /// `spillFolder` is used once the cap is reached; empty: the system's folder for temporary files.
    explicit CaptureStore(std::uint64_t memoryCap = kDefaultCap, std::filesystem::path spillFolder = {});
    ~CaptureStore();
    CaptureStore(const CaptureStore&) = delete;
    CaptureStore& operator=(const CaptureStore&) = delete;

    static constexpr std::uint64_t kDefaultCap = 256ull << 20;

    void append(const CaptureFrame& frame);
    /// Forgets every row at or behind `end` (a session that returned to an earlier token).
    void truncate(TokenPos end);
    void clear();

    [[nodiscard]] std::vector<SeriesInfo> series() const;
    [[nodiscard]] std::optional<SeriesInfo> find(const SeriesKey& key) const;
    [[nodiscard]] CaptureStoreUse use() const;

    /// Copies rows of captured positions first, first + stride, … ; `out` holds rows × columns floats.
    /// Columns [firstColumn, firstColumn + columns) of each row. Missing rows are NaN. Returns the rows that were there.
    std::int64_t read(const SeriesKey& key, TokenPos first, std::int64_t rows, std::int64_t firstColumn,
                      std::int64_t columns, std::span<float> out) const;

private:
    class SpillFile;
    struct Block {
        std::vector<float> values;             ///< [rowsPerBlock, width]; empty when spilled
        std::int64_t spilledAt = -1;           ///< byte offset in the spill file
        std::uint64_t age = 0;
    };
    struct Series {
        SeriesInfo info;
        std::int64_t rowsPerBlock = 0;
        std::map<std::int64_t, Block> blocks;  ///< by row index / rowsPerBlock
    };

    void write(Series& series, std::int64_t row, std::span<const float> values);
    void makeRoom(const Block* keep);

    mutable std::shared_mutex m_mutex;
    std::map<SeriesKey, Series> m_series;
    std::unique_ptr<SpillFile> m_spill;
    std::filesystem::path m_spillFolder;
    std::uint64_t m_memoryCap;
    CaptureStoreUse m_use;
    std::uint64_t m_clock = 0;
};

}  // namespace ms
