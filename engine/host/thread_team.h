// A fixed team of threads that walk through the same job side by side.
#pragma once

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "engine/base/result.h"

namespace ms::host {

/// Waiting is a few microseconds of spinning, then a sleep in the kernel: a team that only spins collapses as soon as
/// another program wants a core.
class ThreadTeam {
public:
    /// Runs on every member at once; `member` 0 is the calling thread.
    using Job = void (*)(void* context, int member);

    static Result<std::unique_ptr<ThreadTeam>> create(int members);
    ~ThreadTeam();
    ThreadTeam(const ThreadTeam&) = delete;
    ThreadTeam& operator=(const ThreadTeam&) = delete;

    [[nodiscard]] int members() const { return m_members; }

    /// One wake-up of the whole team; returns when every member has finished the job.
    void run(Job job, void* context);

    /// Called by every member from inside a job: nobody passes before all have arrived.
    void barrier();

private:
    explicit ThreadTeam(int members) : m_members(members) {}
    void work(int member);

    const int m_members;
    Job m_job = nullptr;
    void* m_context = nullptr;
    bool m_stop = false;
    // Counters that different threads wait on or write live on cache lines of their own.
    alignas(64) std::atomic<int> m_generation{0};
    alignas(64) std::atomic<int> m_arrived{0};
    alignas(64) std::atomic<int> m_phase{0};
    std::vector<std::thread> m_threads;
};

}  // namespace ms::host
