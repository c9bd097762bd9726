#include "engine/host/host_program.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace ms::host {

namespace {

bool anyOverlap(const std::vector<Range>& a, const std::vector<Range>& b) {
    return std::any_of(a.begin(), a.end(), [&](const Range& x) {
        return std::any_of(b.begin(), b.end(), [&](const Range& y) { return x.overlaps(y); });
    });
}

}  // namespace

void Scratch::Free::operator()(float* p) const { std::free(p); }

bool Scratch::reserve(std::size_t floats) {
    if (floats <= m_floats) return true;
    std::vector<std::unique_ptr<float, Free>> grown(m_blocks.size());
    for (auto& block : grown) {
        void* memory = nullptr;
        if (::posix_memalign(&memory, 64, floats * sizeof(float)) != 0) return false;
        block.reset(static_cast<float*>(memory));
    }
    m_blocks = std::move(grown);
    m_floats = floats;
    return true;
}

HostProgram::HostProgram(std::string label, std::vector<HostOp> ops)
    : m_label(std::move(label)), m_counters(new Counter[ops.size()]) {
    std::vector<Range> reads, writes;  // since the last barrier
    for (HostOp& op : ops) {
        const bool conflict =
            anyOverlap(op.reads, writes) || anyOverlap(op.writes, writes) || anyOverlap(op.writes, reads);
        if (conflict) {
            reads.clear();
            writes.clear();
        }
        reads.insert(reads.end(), op.reads.begin(), op.reads.end());
        writes.insert(writes.end(), op.writes.begin(), op.writes.end());
        m_steps.push_back({std::move(op), conflict});
    }
}

std::size_t HostProgram::scratchFloats() const {
    std::size_t most = 0;
    for (const Step& step : m_steps) most = std::max(most, step.op.scratchFloats);
    return most;
}

void HostProgram::run(ThreadTeam& team, const Scratch& scratch) {
    for (std::size_t i = 0; i < m_steps.size(); ++i) m_counters[i].next.store(0, std::memory_order_relaxed);
    struct Context {
        HostProgram* program;
        ThreadTeam* team;
        const Scratch* scratch;
    } context{this, &team, &scratch};
    team.run(
        [](void* opaque, int member) {
            const Context& c = *static_cast<Context*>(opaque);
            float* memory = c.scratch->of(member);
            for (std::size_t i = 0; i < c.program->m_steps.size(); ++i) {
                const Step& step = c.program->m_steps[i];
                if (step.barrierBefore) c.team->barrier();
                std::atomic<std::size_t>& next = c.program->m_counters[i].next;
                for (;;) {
                    const std::size_t tile = next.fetch_add(1, std::memory_order_relaxed);
                    if (tile >= step.op.tiles) break;
                    step.op.run(tile, memory);
                }
            }
        },
        &context);
}

}  // namespace ms::host
