// The channels an analysis looks at: all of a layer, or a list.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/analysis/row_reader.h"
#include "engine/base/result.h"

namespace ms {

class Channels {
public:
    /// `chosen` empty: all. Errors: InvalidArgument for one outside [0, d_inner).
    static Result<Channels> create(std::span<const std::int64_t> chosen, std::int64_t d_inner);

    [[nodiscard]] std::int64_t count() const { return static_cast<std::int64_t>(m_list.size()); }
    [[nodiscard]] std::int64_t operator[](std::int64_t i) const { return m_list[static_cast<std::size_t>(i)]; }

    /// Rows of `values` [d_inner, width] that belong to the channels at places [from, from + count): [count, width].
    [[nodiscard]] std::vector<float> gather(std::span<const float> values, std::int64_t width, std::int64_t from,
                                            std::int64_t count) const;
    /// The channels at places [from, from + count) in rows [first, first + rows) of a series: out [rows, count].
    Result<void> read(const RowReader& reader, std::int64_t first, std::int64_t rows, std::int64_t from,
                      std::int64_t count, std::vector<float>& out) const;

private:
    std::vector<std::int64_t> m_list;
};

/// Per channel of A [channels, d_state] the decay rate of its slowest state, min |A|.
[[nodiscard]] std::vector<float> slowestRates(std::span<const float> A, std::int64_t d_state);

}  // namespace ms
