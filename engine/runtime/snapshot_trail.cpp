#include "engine/runtime/snapshot_trail.h"

#include <algorithm>

namespace ms {

namespace {

std::uint64_t bytesOf(const StateSnapshot& snapshot) {
    std::uint64_t bytes = 0;
    for (const auto& tensor : snapshot.tensors) bytes += tensor.size();
    return bytes;
}

}  // namespace

Result<void> SnapshotTrail::offer(Session& session) {
    const TokenPos position = session.position();
    truncate(position);
    const std::int64_t newest = m_snapshots.empty() ? 0 : m_snapshots.back()->position.value;
    if (position.value - newest < m_spacing) return {};
    MS_TRY(StateSnapshot snapshot, session.snapshot());
    m_bytes += bytesOf(snapshot);
    m_snapshots.push_back(std::make_shared<const StateSnapshot>(std::move(snapshot)));
    while ((m_bytes > m_memoryCap || m_snapshots.size() > m_most) && !m_snapshots.empty()) thinOut();
    return {};
}

void SnapshotTrail::thinOut() {
    // The first of each pair goes: the others stand at about multiples of the new spacing.
    std::vector<std::shared_ptr<const StateSnapshot>> kept;
    m_bytes = 0;
    for (std::size_t i = 1; i < m_snapshots.size(); i += 2) {
        m_bytes += bytesOf(*m_snapshots[i]);
        kept.push_back(std::move(m_snapshots[i]));
    }
    m_snapshots = std::move(kept);
    m_spacing *= 2;
}

std::shared_ptr<const StateSnapshot> SnapshotTrail::sharedAtOrBefore(TokenPos position) const {
    const auto behind = std::upper_bound(m_snapshots.begin(), m_snapshots.end(), position,
                                         [](TokenPos at, const auto& s) { return at < s->position; });
    return behind == m_snapshots.begin() ? nullptr : *std::prev(behind);
}

void SnapshotTrail::truncate(TokenPos end) {
    while (!m_snapshots.empty() && m_snapshots.back()->position > end) {
        m_bytes -= bytesOf(*m_snapshots.back());
        m_snapshots.pop_back();
    }
}

std::vector<std::shared_ptr<const StateSnapshot>> SnapshotTrail::selection(std::size_t most, std::uint64_t memoryCap) const {
    if (m_snapshots.empty()) return {};
    const std::uint64_t each = std::max<std::uint64_t>(bytesOf(*m_snapshots.back()), 1);
    const std::size_t count = std::min({most, m_snapshots.size(), static_cast<std::size_t>(memoryCap / each)});
    std::vector<std::shared_ptr<const StateSnapshot>> chosen;
    for (std::size_t i = 0; i < count; ++i) chosen.push_back(m_snapshots[(i + 1) * m_snapshots.size() / count - 1]);
    return chosen;
}

void SnapshotTrail::adopt(std::vector<std::shared_ptr<const StateSnapshot>> snapshots) {
    clear();
    m_snapshots = std::move(snapshots);
    for (const auto& snapshot : m_snapshots) m_bytes += bytesOf(*snapshot);
    while ((m_bytes > m_memoryCap || m_snapshots.size() > m_most) && !m_snapshots.empty()) thinOut();
}

void SnapshotTrail::clear() {
    m_snapshots.clear();
    m_bytes = 0;
    m_spacing = kFirstSpacing;
}

}  // namespace ms
