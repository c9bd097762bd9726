#include "engine/analysis/influence.h"

#include <algorithm>
#include <cmath>

#include "engine/analysis/influence_walk.h"

namespace ms {

namespace {

Error badInfluence(const char* why) { return {ErrorCode::InvalidArgument, std::string("influence: ") + why}; }

}  // namespace

Result<std::vector<double>> gateInfluence(const GateInputs& in, std::int64_t t, const InfluenceOptions& options) {
    if (t < 0 || in.cells < 1 || !in.keep) return badInfluence("cells and what they keep are needed");
    std::vector<double> sums(static_cast<std::size_t>(t + 1));
    std::vector<double> left(static_cast<std::size_t>(in.cells), 1.0);  // Π keep over (s, t]
    std::vector<float> keep, write;
    const auto alive = [](double product) { return !(product < kNothingLeft); };
    for (std::int64_t end = t + 1; end > 0 && std::any_of(left.begin(), left.end(), alive);) {
        MS_CHECK(influenceGoesOn(options.stop));
        const std::int64_t first = std::max<std::int64_t>(0, end - kInfluenceStretch), rows = end - first;
        keep.resize(static_cast<std::size_t>(rows * in.cells));
        MS_CHECK(in.keep(first, rows, 0, in.cells, keep));
        if (in.write) {
            write.resize(keep.size());
            MS_CHECK(in.write(first, rows, 0, in.cells, write));
        }
        for (std::int64_t s = end - 1; s >= first; --s)
            for (std::size_t c = 0; c < left.size(); ++c) {
                const std::size_t i = static_cast<std::size_t>(s - first) * left.size() + c;
                sums[static_cast<std::size_t>(s)] += std::abs(left[c] * (in.write ? static_cast<double>(write[i]) : 1.0 - keep[i]));
                left[c] *= keep[i];
            }
        end = first;
    }
    return sums;
}

Result<std::vector<double>> kernelInfluence(std::span<const float> kernel, std::int64_t length, std::int64_t t) {
    if (t < 0 || length <= t || kernel.empty() || kernel.size() % static_cast<std::size_t>(length) != 0)
        return badInfluence("the kernel is not [channels, length] or ends before the token");
    std::vector<double> sums(static_cast<std::size_t>(t + 1));
    for (std::size_t channel = 0; channel < kernel.size(); channel += static_cast<std::size_t>(length))
        for (std::size_t age = 0; age < sums.size(); ++age) sums[sums.size() - 1 - age] += std::abs(static_cast<double>(kernel[channel + age]));
    return sums;
}

}  // namespace ms
