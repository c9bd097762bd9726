// Which captured series are complete from the first token on, and which have a past to be filled in.
#pragma once

#include <map>
#include <vector>

#include "engine/probe/capture.h"

namespace ms {

/// Follows a session's capture plan from swap to swap.
class Coverage {
public:
    /// `plan` is captured from `position` on.
    void planChanged(const CapturePlan& plan, TokenPos position);
    /// The series of `plan` are now complete up to `end`.
    void filled(const CapturePlan& plan, TokenPos end);
    /// The session went to `position`; what was captured before `known` still holds.
    void moved(TokenPos known, TokenPos position);
    void restart() { m_series.clear(); }

    struct Known {
        CaptureEntry entry;
        TokenPos complete;  ///< captured without a hole in [0, complete)
    };
    /// All series that were ever captured, for a session at `position`.
    [[nodiscard]] std::vector<Known> known(TokenPos position) const;
    /// Begins anew with what another session knew; a plan follows.
    void adopt(const std::vector<Known>& known);

    /// Requests for the live series that lack their past, and the position up to which they lack it.
    struct Gap {
        std::vector<CaptureRequest> requests;
        TokenPos end;
    };
    [[nodiscard]] Gap gap() const;

private:
    struct Series {
        CaptureEntry entry;
        TokenPos complete;   ///< captured without a hole in [0, complete)
        TokenPos liveSince;  ///< and from here on, when live
        bool live = false;
    };
    std::map<SeriesKey, Series> m_series;
};

}  // namespace ms
