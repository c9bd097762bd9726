// What the Mamba paper prints for the synthetic tasks, to stand beside what models reach here.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/lab/task.h"

namespace ms {

struct PublishedPoint {
    std::int64_t length;  ///< symbols a sequence
    double accuracy;      ///< share of right answers; a tick in the paper is 1
};

struct PublishedResult {
    std::string_view model;              ///< as the paper names it, with the layer inside where that is another one
    std::string_view counterpart;        ///< the folder of the shipped model that is most like it; empty: none is
    std::vector<PublishedPoint> points;  ///< by length; those that the paper had no memory for are left out
};

/// Gu & Dao 2023 (arXiv 2312.00752): selective copying from Table 1, induction heads from Table 11 (drawn in Table 2). Parity is
/// not in it: empty.
[[nodiscard]] const std::vector<PublishedResult>& publishedResults(TaskKind kind);

}  // namespace ms
