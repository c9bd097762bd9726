// What of a session is the window's: prompt and sampling, arrangement, views as they are set, where the user looks.
#pragma once

#include <optional>

#include "ui/bridge/engine_host.h"
#include "ui/export/view_settings.h"
#include "ui/models/selection.h"
#include "ui/models/series_source.h"
#include "ui/models/time_axis.h"

class QMainWindow;

namespace ms {

class DockLayout;
class PromptPanel;
class SessionControls;
class ViewHost;

/// The parts of a window that outlive it together.
struct SessionParts {
    QMainWindow& window;
    EngineHost& engine;
    TimeAxis& axis;
    Selection& selection;
    ViewHost& views;
    PromptPanel& prompt;
    SessionControls& controls;
    DockLayout& docks;
};

/// `file`: of the session, for a record that belongs to it; empty: it has none.
[[nodiscard]] SessionWindowPart collectWindowPart(const SessionParts& parts, const QString& file);
/// Shows what a file brought. Of hostile or later content nothing worse comes than a default.
void applyWindowPart(const SessionParts& parts, const OpenedSession& session);
/// The file that a recovery record belongs to; empty: none.
[[nodiscard]] QString fileOfRecord(const OpenedSession& session);

// --- for figures of a session without a window ---
/// How a view was set and where the user looked; nothing when the session does not say.
[[nodiscard]] std::optional<ViewSettings> viewSettingsOf(const OpenedSession& session, const QString& view);
/// Which run the views showed.
[[nodiscard]] Compare compareOf(const OpenedSession& session);
/// Which tokens were in sight: `axis` must have their number. False: the session does not say, and `axis` stays as it is.
[[nodiscard]] bool showTokensOf(const OpenedSession& session, TimeAxis& axis);
/// The words that were heard, as edited; the session's frames must be there.
void showWordsOf(const OpenedSession& session, EngineHost& engine);

}  // namespace ms
