#include "ui/window/view_host.h"

#include <QDockWidget>
#include <QSettings>
#include <algorithm>
#include <limits>

#include "ui/window/dock_layout.h"
#include "ui/window/view_registry.h"

namespace ms {

ViewHost::ViewHost(EngineHost& engine, TimeAxis& axis, Selection& selection, DockLayout& docks, QObject* parent)
    : QObject(parent), m_engine(engine), m_axis(axis), m_selection(selection) {
    CaptureFeed& feed = engine.feed();
    for (const ViewEntry& entry : viewRegistry()) {
        ScopeView* view = entry.create(context());
        Q_ASSERT(view->id() == entry.id);
        QDockWidget* dock = docks.add(entry.id, entry.title, view, view->header());
        m_views.push_back(view);
        m_docks.insert(entry.id, dock);
        connectView(view, dock);
    }
    connect(&feed, &CaptureFeed::restarted, this, [this] {
        for (ScopeView* view : m_views) view->dataChanged(0, std::numeric_limits<qint64>::max());
    });
    connect(&feed, &CaptureFeed::truncated, this, [this](qint64 count) {
        for (ScopeView* view : m_views) view->dataChanged(count, std::numeric_limits<qint64>::max());
    });
    connect(&feed, &CaptureFeed::rangeChanged, this, [this](qint64 first, qint64 end) {
        for (ScopeView* view : m_views) view->dataChanged(first, end);
    });
}

ViewContext ViewHost::context() const {
    CaptureFeed& feed = m_engine.feed();
    return {feed.store(), feed.baseline(), feed.tokens(), m_axis, m_selection, m_engine.queries(), &m_engine.landscape(), &m_engine.speech()};
}

void ViewHost::connectView(ScopeView* view, QDockWidget* dock) {
    view->setActive(false);  // until its dock is seen
    connect(view, &ScopeView::requestsChanged, this, [this, view] {
        const bool asks = view->isActive() && view->model();
        m_engine.feed().setRequests(view, asks ? view->requests() : std::vector<CaptureRequest>{});
    });
    connect(view, &ScopeView::runPauseRequested, this, &ViewHost::runPauseRequested);
    connect(view, &ScopeView::compareChosen, this, &ViewHost::compareChosen);
    connect(view, &ScopeView::viewRequested, this, &ViewHost::show);
    connect(dock, &QDockWidget::visibilityChanged, view, &ScopeView::setActive);
}

ScopeView* ViewHost::view(const QString& id) const {
    const auto found = std::find_if(m_views.begin(), m_views.end(), [&](const ScopeView* v) { return v->id() == id; });
    return found == m_views.end() ? nullptr : *found;
}

void ViewHost::setModel(const ModelSummaryPtr& model) {
    for (ScopeView* view : m_views) view->setModel(model);
}

void ViewHost::setCompare(Compare compare) {
    m_compare = compare;
    for (ScopeView* view : m_views) view->setCompare(compare);
}

void ViewHost::setComparable(bool comparable) {
    for (ScopeView* view : m_views) view->setComparable(comparable);
}

void ViewHost::show(const QString& id, const QString& measure) {
    QDockWidget* dock = m_docks.value(id);
    if (dock == nullptr) {
        Q_EMIT panelRequested(id);
        return;
    }
    if (!measure.isEmpty()) view(id)->showMeasure(measure);
    dock->show();
    dock->raise();
    view(id)->setFocus(Qt::OtherFocusReason);
}

void ViewHost::save(QSettings& settings) const {
    settings.beginGroup(QStringLiteral("views"));
    for (const ScopeView* view : m_views) {
        settings.beginGroup(view->id());
        view->save(settings);
        settings.endGroup();
    }
    settings.endGroup();
}

void ViewHost::load(QSettings& settings) {
    settings.beginGroup(QStringLiteral("views"));
    for (ScopeView* view : m_views) {
        settings.beginGroup(view->id());
        view->load(settings);
        settings.endGroup();
    }
    settings.endGroup();
}

}  // namespace ms
