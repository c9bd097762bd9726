// The open model as a graph, one layer of it opened: what flows where, with which weights.
#pragma once

#include <QElapsedTimer>

#include "ui/views/base/scope_view.h"

class QLabel;

namespace ms {

class ArchitectureCanvas;

class ArchitectureView : public ScopeView {
    Q_OBJECT
public:
    explicit ArchitectureView(const ViewContext& context, QWidget* parent = nullptr);

    [[nodiscard]] ArchitectureCanvas* canvas() const { return m_canvas; }
    void dataChanged(qint64, qint64) override {}  // the architecture stays as it is
    void setControlsShown(bool shown) override;

protected:
    void modelChanged() override;

private:
    void refresh();
    /// A click: layers open, weights are selected (the next of a box's at each click), probes show their view.
    void choose(int item);
    void activate(int item);
    void showText();

    ArchitectureCanvas* m_canvas;
    QLabel* m_text;
    bool m_controls = true;
    QString m_before;          // the tensor selected before the last click: a double click means that one
    QElapsedTimer m_clicked;
};

}  // namespace ms
