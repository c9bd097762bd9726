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

    /// What the views were given.
    [[nodiscard]] ViewContext context() const;

    void setModel(const ModelSummaryPtr& model);
    void setCompare(Compare compare);
    [[nodiscard]] Compare compare() const { return m_compare; }
    void setComparable(bool comparable);
    /// Shows the view's dock, raises it among its tabs and gives it the focus. `measure`: what it shall show, by its key.
    void show(const QString& id, const QString& measure = {});
    void save(QSettings& settings) const;
    void load(QSettings& settings);

Q_SIGNALS:
    void runPauseRequested();
    /// A view's box asks that all views show this run.
    void compareChosen(ms::Compare compare);
    /// Somebody asks for a dock that is no view's.
    void panelRequested(const QString& id);

private:
    void connectView(ScopeView* view, QDockWidget* dock);

    EngineHost& m_engine;
    TimeAxis& m_axis;
    Selection& m_selection;
    Compare m_compare = Compare::Changed;
    std::vector<ScopeView*> m_views;
    QHash<QString, QDockWidget*> m_docks;
};

}  // namespace ms
