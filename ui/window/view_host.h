// All views in their docks: creates them, feeds them, keeps their settings.
#pragma once

#include <QObject>
#include <QHash>
#include <vector>

#include "ui/bridge/engine_host.h"
#include "ui/views/base/scope_view.h"

class QDockWidget;
class QSettings;

namespace ms {

class DockLayout;

class ViewHost : public QObject {
    Q_OBJECT
public:
    /// Docks are added to `docks`; `axis` and `selection` outlive the views.
    ViewHost(EngineHost& engine, TimeAxis& axis, Selection& selection, DockLayout& docks, QObject* parent = nullptr);

    [[nodiscard]] const std::vector<ScopeView*>& views() const { return m_views; }
    [[nodiscard]] ScopeView* view(const QString& id) const;
    [[nodiscard]] QDockWidget* dock(const QString& id) const { return m_docks.value(id); }

    void setModel(const ModelSummaryPtr& model);
    void setCompare(Compare compare);
    /// Shows the view's dock, raises it among its tabs and gives it the focus.
    void show(const QString& id);
    void save(QSettings& settings) const;
    void load(QSettings& settings);

Q_SIGNALS:
    void runPauseRequested();
    /// Somebody asks for a dock that is no view's.
    void panelRequested(const QString& id);

private:
    void connectView(ScopeView* view, QDockWidget* dock);

    EngineHost& m_engine;
    std::vector<ScopeView*> m_views;
    QHash<QString, QDockWidget*> m_docks;
};

}  // namespace ms
