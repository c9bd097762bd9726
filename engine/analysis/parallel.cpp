#include "engine/analysis/parallel.h"

#include <cblas.h>

#include <mutex>
#include <thread>
#include <vector>

namespace ms {

Result<void> inParallel(unsigned parts, const std::function<Result<void>(unsigned part)>& work) {
    static std::once_flag s_alone;  // process-wide, and what the host backend wants too
    std::call_once(s_alone, [] { openblas_set_num_threads(1); });
    std::vector<Result<void>> results(parts);
    {
        std::vector<std::jthread> threads;
        for (unsigned part = 1; part < parts; ++part) threads.emplace_back([&, part] { results[part] = work(part); });
        if (parts > 0) results[0] = work(0);
    }
    for (const Result<void>& result : results)
        if (!result) return result;
    return {};
}

}  // namespace ms
