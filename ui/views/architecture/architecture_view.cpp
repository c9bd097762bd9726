#include "ui/views/architecture/architecture_view.h"

#include <QApplication>
#include <QLabel>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/views/architecture/architecture_canvas.h"

namespace ms {

ArchitectureView::ArchitectureView(const ViewContext& context, QWidget* parent)
    : ScopeView(QStringLiteral("architecture"), context, parent), m_canvas(new ArchitectureCanvas), m_text(new QLabel) {
    setTitle(tr("Architecture"),
             tr("The open model: embedding, residual layers, final norm and head. One layer is opened and shows its Mamba mixer as in "
                "figure 3 of Gu and Dao (2023), with the shapes of its weights. Blue boxes hold weights: click selects them, double click "
                "shows them. Orange marks can be watched: click shows their view."));
    m_canvas->setObjectName(QStringLiteral("architecture_canvas"));
    m_canvas->setAccessibleName(tr("Architecture of the model"));
    m_text->setObjectName(QStringLiteral("architecture_text"));
    m_text->setAccessibleName(tr("About the box under the cursor"));
    m_text->setWordWrap(true);
    m_text->setAlignment(Qt::AlignLeft | Qt::AlignTop);
    m_text->setContentsMargins(8, 2, 8, 2);
    m_text->setFixedHeight(2 * m_text->fontMetrics().lineSpacing() + 6);  // the diagram must not jump with every text
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_canvas, 1);
    layout->addWidget(m_text);
    setFocusProxy(m_canvas);

    connect(m_canvas, &ArchitectureCanvas::shownChanged, this, &ArchitectureView::showText);
    connect(m_canvas, &ArchitectureCanvas::itemChosen, this, &ArchitectureView::choose);
    connect(m_canvas, &ArchitectureCanvas::itemActivated, this, &ArchitectureView::activate);
    connect(m_canvas, &ArchitectureCanvas::runPauseRequested, this, &ArchitectureView::runPauseRequested);
    connect(&context.selection, &Selection::layerChanged, this, &ArchitectureView::refresh);
    connect(&context.selection, &Selection::tensorChanged, m_canvas, &ArchitectureCanvas::setTensor);
    modelChanged();
}

void ArchitectureView::modelChanged() {
    m_canvas->setEmptyText(tr("No model is open. Press Ctrl+O, or drop a folder or file here."));
    refresh();
}

void ArchitectureView::refresh() {
    const qint64 last = model() ? model()->dims.n_layer - 1 : 0;
    m_canvas->setModel(model(), std::clamp<qint64>(context().selection.layer(), 0, std::max<qint64>(0, last)));
    m_canvas->setTensor(context().selection.tensor());
    m_text->setVisible(m_controls && model());
}

/// The words about what is under the cursor belong to it.
void ArchitectureView::setControlsShown(bool shown) {
    m_controls = shown;
    m_text->setVisible(shown && model());
}

void ArchitectureView::showText() {
    setReadout(m_canvas->summary());
    m_text->setText(m_canvas->description());
    m_text->setToolTip(m_canvas->description());
}

void ArchitectureView::choose(int index) {
    const DiagramItem item = m_canvas->diagram().items[static_cast<std::size_t>(index)];  // a copy: opening a layer redraws
    if (item.kind == ItemKind::Layer || item.kind == ItemKind::Gap) return context().selection.setLayer(item.layer);
    if (item.kind == ItemKind::Probe) return activate(index);
    if (item.tensors.isEmpty()) return;
    m_before = context().selection.tensor();
    m_clicked.start();
    const qsizetype now = item.tensors.indexOf(m_before);
    context().selection.setTensor(item.tensors[(now + 1) % item.tensors.size()]);
}

void ArchitectureView::activate(int index) {
    const DiagramItem item = m_canvas->diagram().items[static_cast<std::size_t>(index)];
    if (item.kind == ItemKind::Layer || item.kind == ItemKind::Gap) return context().selection.setLayer(item.layer);
    if (item.layer >= 0) context().selection.setLayer(item.layer);
    if (item.kind == ItemKind::Probe) {
        Q_EMIT viewRequested(item.view, item.measure);
    } else if (!item.tensors.isEmpty()) {
        const bool secondClick = m_clicked.isValid() && m_clicked.elapsed() <= QApplication::doubleClickInterval();
        const QString wanted = secondClick ? m_before : context().selection.tensor();
        context().selection.setTensor(item.tensors.contains(wanted) ? wanted : item.tensors.first());
        Q_EMIT viewRequested(QStringLiteral("tensor"));
    }
}

}  // namespace ms
