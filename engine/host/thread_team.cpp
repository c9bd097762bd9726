#include "engine/host/thread_team.h"

#include <chrono>
#include <string>
#include <system_error>

#if defined(__linux__)
#include <pthread.h>
#endif
#if defined(__SSE__)
#include <immintrin.h>
#endif

namespace ms::host {

namespace {

constexpr std::chrono::microseconds kSpin{15};

void pause() {
#if defined(__SSE__)
    _mm_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

/// Returns once `value` differs from `old`; acquires what was released with the change.
void awaitChange(const std::atomic<int>& value, int old) {
    const auto start = std::chrono::steady_clock::now();
    do {
        for (int i = 0; i < 16; ++i) {
            if (value.load(std::memory_order_acquire) != old) return;
            pause();
        }
    } while (std::chrono::steady_clock::now() - start < kSpin);
    while (value.load(std::memory_order_acquire) == old) value.wait(old, std::memory_order_acquire);
}

/// A decaying state ends in subnormal numbers, which many CPUs compute a hundred times slower: treat them as 0 while
/// the team works.
class FlushSubnormals {
public:
#if defined(__SSE__)
    FlushSubnormals() : m_old(_mm_getcsr()) { _mm_setcsr(m_old | 0x8040u); }  // FTZ | DAZ
    ~FlushSubnormals() { _mm_setcsr(m_old); }
#else
    FlushSubnormals() = default;
    ~FlushSubnormals() = default;
#endif
    FlushSubnormals(const FlushSubnormals&) = delete;
    FlushSubnormals& operator=(const FlushSubnormals&) = delete;

private:
    [[maybe_unused]] unsigned m_old = 0;
};

}  // namespace

Result<std::unique_ptr<ThreadTeam>> ThreadTeam::create(int members) {
    std::unique_ptr<ThreadTeam> team(new ThreadTeam(members));
    try {
        for (int member = 1; member < members; ++member)
            team->m_threads.emplace_back([raw = team.get(), member] { raw->work(member); });
    } catch (const std::system_error& e) {
        return Error{ErrorCode::Device, "cannot start " + std::to_string(members) + " compute threads (" + e.what() +
                                            "): choose fewer threads"};
    }
    return team;
}

ThreadTeam::~ThreadTeam() {
    m_stop = true;
    m_generation.fetch_add(1, std::memory_order_release);
    m_generation.notify_all();
    for (std::thread& thread : m_threads) thread.join();
}

void ThreadTeam::run(Job job, void* context) {
    const FlushSubnormals flush;
    if (m_members == 1) return job(context, 0);
    m_job = job;
    m_context = context;
    m_generation.fetch_add(1, std::memory_order_release);
    m_generation.notify_all();
    job(context, 0);
    barrier();
}

void ThreadTeam::barrier() {
    if (m_members == 1) return;
    const int phase = m_phase.load(std::memory_order_relaxed);
    if (m_arrived.fetch_add(1, std::memory_order_acq_rel) + 1 == m_members) {
        m_arrived.store(0, std::memory_order_relaxed);
        m_phase.store(phase + 1, std::memory_order_release);
        m_phase.notify_all();
    } else {
        awaitChange(m_phase, phase);
    }
}

void ThreadTeam::work(int member) {
#if defined(__linux__)
    pthread_setname_np(pthread_self(), ("ms-host-" + std::to_string(member)).c_str());
#endif
    const FlushSubnormals flush;
    for (int generation = 0;; ++generation) {
        awaitChange(m_generation, generation);
        if (m_stop) return;
        m_job(m_context, member);
        barrier();
    }
}

}  // namespace ms::host
