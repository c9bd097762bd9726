#include "engine/analysis/channels.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

namespace ms {

Result<Channels> Channels::create(std::span<const std::int64_t> chosen, std::int64_t d_inner) {
    Channels channels;
    channels.m_list.assign(chosen.begin(), chosen.end());
    for (const std::int64_t c : chosen)
        if (c < 0 || c >= d_inner)
            return Error{ErrorCode::InvalidArgument, "channel " + std::to_string(c) +
                                                         " does not exist, the layer has " + std::to_string(d_inner) +
                                                         " of them"};
    if (chosen.empty()) {
        channels.m_list.resize(static_cast<std::size_t>(d_inner));
        std::iota(channels.m_list.begin(), channels.m_list.end(), 0);
    }
    return channels;
}

std::vector<float> Channels::gather(std::span<const float> values, std::int64_t width, std::int64_t from,
                                    std::int64_t count) const {
    std::vector<float> out;
    out.reserve(static_cast<std::size_t>(count * width));
    for (std::int64_t i = from; i < from + count; ++i) {
        const float* row = values.data() + (*this)[i] * width;
        out.insert(out.end(), row, row + width);
    }
    return out;
}

Result<void> Channels::read(const RowReader& reader, std::int64_t first, std::int64_t rows, std::int64_t from,
                            std::int64_t count, std::vector<float>& out) const {
    out.resize(static_cast<std::size_t>(rows * count));
    std::vector<float> part;
    for (std::int64_t i = 0; i < count;) {  // neighbours are read together
        std::int64_t run = 1;
        while (i + run < count && (*this)[from + i + run] == (*this)[from + i] + run) ++run;
        if (run == count) return reader(first, rows, (*this)[from], count, out);
        part.resize(static_cast<std::size_t>(rows * run));
        MS_CHECK(reader(first, rows, (*this)[from + i], run, part));
        for (std::int64_t r = 0; r < rows; ++r) std::copy_n(part.data() + r * run, run, out.data() + r * count + i);
        i += run;
    }
    return {};
}

std::vector<float> slowestRates(std::span<const float> A, std::int64_t d_state) {
    std::vector<float> rates;
    for (std::size_t at = 0; at < A.size(); at += static_cast<std::size_t>(d_state)) {
        float slowest = std::abs(A[at]);
        for (const float a : A.subspan(at, static_cast<std::size_t>(d_state))) slowest = std::min(slowest, std::abs(a));
        rates.push_back(slowest);
    }
    return rates;
}

}  // namespace ms
