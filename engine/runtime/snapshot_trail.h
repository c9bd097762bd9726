// Snapshots along a running session, so that any earlier token can be reached without reading from the beginning.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "engine/runtime/session.h"

namespace ms {

/// Driven by the thread that drives the session. Holds at most `memoryCap` bytes and `most` snapshots: when they are used
/// up, every second snapshot goes and the spacing doubles, so a session of any length stays evenly covered. The number
/// counts for small models, whose tokens are read again faster than their states are kept.
class SnapshotTrail {
public:
    static constexpr std::uint64_t kDefaultCap = 256ull << 20;
    static constexpr std::int64_t kFirstSpacing = 64;
    static constexpr std::size_t kMostSnapshots = 512;

    explicit SnapshotTrail(std::uint64_t memoryCap = kDefaultCap, std::size_t most = kMostSnapshots) : m_memoryCap(memoryCap), m_most(most) {}

    /// Call it wherever a submission ended. Takes a snapshot when spacing() tokens have passed since the newest one (or
    /// since the beginning), does nothing otherwise. A session that stands before the newest snapshot went back: what
    /// lies behind it is forgotten first. Errors: the device's, while reading the state.
    Result<void> offer(Session& session);

    /// The newest snapshot at a position not behind `position`: reading on from it reaches that token. Null: begin with
    /// the empty state. Valid until the next call that is not const.
    [[nodiscard]] const StateSnapshot* atOrBefore(TokenPos position) const { return sharedAtOrBefore(position).get(); }
    /// The same, for who keeps it longer.
    [[nodiscard]] std::shared_ptr<const StateSnapshot> sharedAtOrBefore(TokenPos position) const;

    /// Forgets the snapshots behind `end` (a session that returned to an earlier token); one at `end` itself stays.
    void truncate(TokenPos end);
    /// Forgets all and returns to the first spacing.
    void clear();

    /// At most `most` of them and `memoryCap` bytes, evenly spread, by position.
    [[nodiscard]] std::vector<std::shared_ptr<const StateSnapshot>> selection(std::size_t most, std::uint64_t memoryCap) const;
    /// Begins anew with states of a session that this one goes on for, by position.
    void adopt(std::vector<std::shared_ptr<const StateSnapshot>> snapshots);

    [[nodiscard]] std::int64_t spacing() const { return m_spacing; }  ///< tokens
    [[nodiscard]] std::uint64_t bytes() const { return m_bytes; }     ///< of the states held

private:
    void thinOut();

    std::vector<std::shared_ptr<const StateSnapshot>> m_snapshots;  // by position
    std::uint64_t m_memoryCap;
    std::size_t m_most;
    std::uint64_t m_bytes = 0;
    std::int64_t m_spacing = kFirstSpacing;
};

}  // namespace ms
