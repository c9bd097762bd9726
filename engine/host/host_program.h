// A recorded list of ops, cut into tiles that the team takes one by one.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/backend/backend.h"
#include "engine/host/thread_team.h"

namespace ms::host {

/// Addresses [begin, end) that an op touches.
struct Range {
    const std::byte* begin = nullptr;
    const std::byte* end = nullptr;
    [[nodiscard]] bool overlaps(const Range& other) const { return begin < other.end && other.begin < end; }
};

/// One op: `tiles` independent pieces in any order on any thread. How an op is cut depends on its shapes alone, never
/// on the number of threads, so results do not either.
struct HostOp {
    std::size_t tiles = 0;
    std::size_t scratchFloats = 0;  ///< per thread, 64-byte aligned
    std::function<void(std::size_t tile, float* scratch)> run;
    std::vector<Range> reads, writes;
    std::vector<std::shared_ptr<Buffer>> buffers;  ///< kept alive
};

/// Scratch memory of each team member, grown while recording and shared by all programs of a backend.
class Scratch {
public:
    explicit Scratch(int members) : m_blocks(static_cast<std::size_t>(members)) {}
    /// False when memory does not suffice.
    bool reserve(std::size_t floats);
    [[nodiscard]] float* of(int member) const { return m_blocks[static_cast<std::size_t>(member)].get(); }
    [[nodiscard]] std::size_t bytes() const { return m_floats * sizeof(float) * m_blocks.size(); }

private:
    struct Free {
        void operator()(float* p) const;
    };
    std::vector<std::unique_ptr<float, Free>> m_blocks;
    std::size_t m_floats = 0;
};

class HostProgram final : public Program {
public:
    HostProgram(std::string label, std::vector<HostOp> ops);

    [[nodiscard]] const std::string& label() const { return m_label; }
    [[nodiscard]] std::size_t scratchFloats() const;
    void run(ThreadTeam& team, const Scratch& scratch);

private:
    struct Step {
        HostOp op;
        bool barrierBefore = false;  ///< reads or overwrites what an op since the last barrier writes or reads
    };
    /// Next tile to hand out, on a cache line of its own.
    struct alignas(64) Counter {
        std::atomic<std::size_t> next{0};
    };

    std::string m_label;
    std::vector<Step> m_steps;
    std::unique_ptr<Counter[]> m_counters;
};

}  // namespace ms::host
