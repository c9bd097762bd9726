#include "engine/analysis/power_law.h"

#include <cmath>
#include <limits>

namespace ms {

double fittedSlope(std::span<const double> x, std::span<const double> y) {
    if (x.size() < 2 || y.size() != x.size()) return std::numeric_limits<double>::quiet_NaN();
    const auto n = static_cast<double>(x.size());
    double sx = 0, sy = 0, sxx = 0, sxy = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double a = std::log(x[i]), b = std::log(y[i]);
        sx += a;
        sy += b;
        sxx += a * a;
        sxy += a * b;
    }
    return (n * sxy - sx * sy) / (n * sxx - sx * sx);
}

}  // namespace ms
