#include "ui/window/session_window_part.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLayout>
#include <QMainWindow>
#include <QScreen>
#include <QTimer>
#include <QToolBar>
#include <algorithm>

#include "ui/views/base/scope_view.h"
#include "ui/views/prompt_panel/prompt_panel.h"
#include "ui/views/prompt_panel/sampling_form.h"
#include "ui/window/dock_layout.h"
#include "ui/window/session_controls.h"
#include "ui/window/view_host.h"

namespace ms {

namespace {

const QString kFile = QStringLiteral("file"), kSize = QStringLiteral("size"), kDocks = QStringLiteral("docks"), kViews = QStringLiteral("views"),
              kAxis = QStringLiteral("axis"), kStep = QStringLiteral("step"), kFirst = QStringLiteral("first"),
              kFollow = QStringLiteral("follow"), kViewport = QStringLiteral("viewport"), kCompare = QStringLiteral("compare");

QJsonObject objectOf(const OpenedSession& session) { return QJsonDocument::fromJson(session.window.window).object(); }

ViewSettings settingsOf(const QJsonValue& value) {
    std::map<std::string, std::string> text;
    const QJsonObject object = value.toObject();
    for (auto it = object.begin(); it != object.end(); ++it)
        if (it->isString()) text.emplace(it.key().toStdString(), it->toString().toStdString());
    return ViewSettings::fromText(text);
}

QJsonObject objectOf(const ViewSettings& settings) {
    QJsonObject object;
    for (const auto& [key, value] : settings.toText()) object.insert(QString::fromStdString(key), QString::fromStdString(value));
    return object;
}

Compare compareOf(const QJsonObject& object) {
    return static_cast<Compare>(std::clamp(object.value(kCompare).toInt(), 0, static_cast<int>(Compare::Difference)));
}

void applyAxis(TimeAxis& axis, const QJsonObject& state) {
    axis.zoom(state.value(kStep).toInt(axis.step()) - axis.step(), -1);
    axis.setFollow(state.value(kFollow).toBool(true));
    if (!axis.follows()) axis.scrollTo(static_cast<qint64>(state.value(kFirst).toDouble()));
}

void applyArrangement(QMainWindow& window, DockLayout& docks, const QJsonObject& object) {
    const QJsonArray size = object.value(kSize).toArray();
    if (size.size() == 2 && !window.isMaximized() && !window.isFullScreen()) {
        const QSize wanted(size[0].toInt(), size[1].toInt());
        const QSize most = window.screen()->availableSize().expandedTo(window.size());  // of a larger screen: as much as there is
        window.resize(wanted.boundedTo(most).expandedTo(window.minimumSizeHint()));
    }
    docks.restoreState(QByteArray::fromBase64(object.value(kDocks).toString().toLatin1()));
    if (window.layout() != nullptr) window.layout()->activate();  // what views divide among their parts depends on their sizes
    for (const char* passing : {"messageToolBar", "findToolBar"})  // shown and hidden by what they hold
        if (auto* bar = window.findChild<QToolBar*>(QLatin1String(passing))) bar->hide();
}

}  // namespace

SessionWindowPart collectWindowPart(const SessionParts& parts, const QString& file) {
    const SpeechLog& speech = parts.engine.speech();
    SessionWindowPart part{parts.prompt.prompt(), parts.prompt.sampling()->maxNew(), speech.words(), speech.tentative(), {}};
    QJsonObject object, views;
    for (const ScopeView* view : parts.views.views()) views.insert(view->id(), objectOf(ViewSettings(*view, parts.selection)));
    object.insert(kFile, file);
    object.insert(kSize, QJsonArray{parts.window.width(), parts.window.height()});
    object.insert(kDocks, QString::fromLatin1(parts.window.saveState(kLayoutVersion).toBase64()));
    object.insert(kViews, views);
    object.insert(kAxis, QJsonObject{{kStep, parts.axis.step()},
                                     {kFirst, static_cast<double>(parts.axis.firstToken())},
                                     {kFollow, parts.axis.follows()},
                                     {kViewport, parts.axis.viewport()}});
    object.insert(kCompare, static_cast<int>(parts.views.compare()));
    part.window = QJsonDocument(object).toJson(QJsonDocument::Compact);
    return part;
}

void applyWindowPart(const SessionParts& parts, const OpenedSession& session) {
    const QJsonObject object = objectOf(session);
    parts.engine.feed().showNow();  // selection and axis refer to the tokens
    parts.controls.restore(session.interventions, compareOf(object));
    parts.prompt.setPrompt(session.window.prompt);
    parts.prompt.sampling()->setSampling(session.sampling);
    parts.prompt.sampling()->setMaxNew(session.window.maxNew);
    showWordsOf(session, parts.engine);
    if (object.contains(kDocks)) applyArrangement(parts.window, parts.docks, object);
    const QJsonObject views = object.value(kViews).toObject();
    for (ScopeView* view : parts.views.views()) {
        if (!views.contains(view->id())) continue;
        const ViewSettings settings = settingsOf(views.value(view->id()));
        settings.applyTo(*view);
        settings.applyShownTo(*view);
    }
    if (!views.isEmpty()) settingsOf(views.begin().value()).applyTo(parts.selection);
    const QJsonObject axis = object.value(kAxis).toObject();
    if (axis.isEmpty()) return;
    applyAxis(parts.axis, axis);
    // Once more when the docks have their places: what fits the plots decides how far the axis goes.
    QTimer::singleShot(0, &parts.axis, [&shown = parts.axis, axis] { applyAxis(shown, axis); });
}

QString fileOfRecord(const OpenedSession& session) { return objectOf(session).value(kFile).toString(); }

std::optional<ViewSettings> viewSettingsOf(const OpenedSession& session, const QString& view) {
    const QJsonObject views = objectOf(session).value(kViews).toObject();
    return views.contains(view) ? std::optional(settingsOf(views.value(view))) : std::nullopt;
}

Compare compareOf(const OpenedSession& session) { return compareOf(objectOf(session)); }

bool showTokensOf(const OpenedSession& session, TimeAxis& axis) {
    const QJsonObject state = objectOf(session).value(kAxis).toObject();
    const int viewport = state.value(kViewport).toInt();
    if (viewport <= 0) return false;
    axis.setViewport(&axis, viewport);
    applyAxis(axis, state);
    return true;
}

void showWordsOf(const OpenedSession& session, EngineHost& engine) {
    if (session.window.words.empty() && session.window.tentative.empty()) return;
    const double seconds = engine.speech().clock().frameSeconds * static_cast<double>(engine.feed().tokens().size());
    engine.speech().apply({session.window.words, session.window.tentative, seconds, -1});
}

}  // namespace ms
