#include "ui/bridge/coverage.h"

#include <algorithm>

namespace ms {

void Coverage::planChanged(const CapturePlan& plan, TokenPos position) {
    for (auto& [key, series] : m_series) {
        if (series.live && series.complete >= series.liveSince) series.complete = position;
        series.live = false;
    }
    for (const CaptureEntry& entry : plan.entries()) {
        Series& series = m_series[entry.key];
        if (series.entry.stride != entry.stride || series.entry.width != entry.width) series = {};
        series.entry = entry;
        series.liveSince = position;
        series.live = true;
    }
}

void Coverage::filled(const CapturePlan& plan, TokenPos end) {
    for (const CaptureEntry& entry : plan.entries()) {
        const auto found = m_series.find(entry.key);
        if (found != m_series.end()) found->second.complete = std::max(found->second.complete, end);
    }
}

void Coverage::moved(TokenPos known, TokenPos position) {
    for (auto& [key, series] : m_series) {
        const bool whole = series.live && series.complete >= series.liveSince;  // up to where the session stood
        series.complete = whole ? known : std::min(series.complete, known);
        if (series.live) series.liveSince = position;
    }
}

std::vector<Coverage::Known> Coverage::known(TokenPos position) const {
    std::vector<Known> all;
    for (const auto& [key, s] : m_series) all.push_back({s.entry, s.live && s.complete >= s.liveSince ? position : s.complete});
    return all;
}

void Coverage::adopt(const std::vector<Known>& known) {
    m_series.clear();
    for (const auto& [entry, complete] : known) m_series[entry.key] = {entry, complete, complete, false};
}

Coverage::Gap Coverage::gap() const {
    Gap gap;
    for (const auto& [key, s] : m_series) {
        if (!s.live || s.complete >= s.liveSince) continue;
        CaptureRequest request{key.point, {}, key.reduction, s.entry.stride, 0, s.entry.low, s.entry.high};
        request.bins = s.entry.bins;
        if (key.layer.value >= 0) request.layers = {key.layer};
        gap.requests.push_back(std::move(request));
        gap.end = std::max(gap.end, s.liveSince);
    }
    return gap;
}

}  // namespace ms
