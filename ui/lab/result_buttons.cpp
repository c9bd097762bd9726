#include "ui/lab/result_buttons.h"

#include <QApplication>
#include <QClipboard>
#include <QFileDialog>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QSettings>

#include "ui/export/figure_writer.h"
#include "ui/plot/curve_plot.h"

namespace ms {

Result<void> saveLabFigure(const LabResults& results, const QString& path) {
    const FigureOptions options = FigureOptions::kept();
    if (const QString problem = options.problem(); !problem.isEmpty()) return Error{ErrorCode::InvalidArgument, problem.toStdString()};
    const QSize size = options.layoutSize().toSize();
    CurvePlot plot;
    plot.setPalette(options.palette());
    QFont font = plot.font();
    font.setPixelSize(std::max(1, qRound(options.fontPixels())));
    plot.setFont(font);
    plot.placeLegendBeside();
    plot.setAttribute(Qt::WA_DontShowOnScreen);  // shown, so that it is laid out
    plot.resize(size);
    plot.show();
    results.fill(plot);
    plot.setFigureStyle({.marks = true, .vector = true});  // the line at the training length is part of what is shown
    plot.settle();
    const FigureInfo info{results.title, QString(), results.provenance()};
    const FigureDrawing drawing{options, [&](QPainter& painter) { plot.paintOn(painter, size); }};
    const QString ending = QFileInfo(path).suffix().toLower();
    if (ending == QLatin1String("svg")) return writeFile(path, svgOf(drawing, info));
    if (ending == QLatin1String("pdf")) return writeFile(path, pdfOf(drawing, info));
    if (ending != QLatin1String("png"))
        return Error{ErrorCode::InvalidArgument, path.toStdString() + ": give the figure a name that ends in .png, .svg or .pdf"};
    QImage image(options.pixelSize(), QImage::Format_ARGB32_Premultiplied);
    image.fill(options.transparent ? QColor(Qt::transparent) : options.palette().color(QPalette::Window));
    QPainter painter(&image);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.scale(options.pixelsPerUnit(), options.pixelsPerUnit());
    drawing.draw(painter);
    painter.end();
    return writeFile(path, pngOf(image, kFigureUnitsPerInch * options.pixelsPerUnit(), info));
}

ResultButtons::ResultButtons(const QString& key, LabResults results, QWidget* parent)
    : QWidget(parent), m_results(std::move(results)), m_copy(new QPushButton(tr("&Copy numbers"))), m_save(new QPushButton(tr("Save &figure…"))), m_outcome(new QLabel) {
    m_copy->setObjectName(key + QStringLiteral("Copy"));
    m_copy->setToolTip(tr("The table as comma-separated values"));
    m_save->setObjectName(key + QStringLiteral("Save"));
    m_save->setToolTip(tr("The plot as PNG, SVG or PDF, with the size and letters last chosen for figures"));
    m_outcome->setObjectName(key + QStringLiteral("Outcome"));
    for (QPushButton* button : {m_copy, m_save}) button->setAutoDefault(false);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins({});
    layout->addWidget(m_outcome, 1);
    layout->addWidget(m_copy);
    layout->addWidget(m_save);
    connect(m_copy, &QPushButton::clicked, this, &ResultButtons::copy);
    connect(m_save, &QPushButton::clicked, this, &ResultButtons::save);
    setReady(false);
}

void ResultButtons::setReady(bool ready) {
    m_outcome->clear();
    for (QPushButton* button : {m_copy, m_save}) button->setEnabled(ready);
}

void ResultButtons::copy() {
    QApplication::clipboard()->setText(m_results.csv());
    m_outcome->setText(tr("The numbers are on the clipboard"));
}

void ResultButtons::save() {
    QSettings settings;
    QFileDialog dialog(this, tr("Save figure"), settings.value(QStringLiteral("lab/folder")).toString());
    dialog.setAcceptMode(QFileDialog::AcceptSave);
    dialog.setNameFilters({tr("PNG (*.png)"), tr("SVG (*.svg)"), tr("PDF (*.pdf)")});
    dialog.setDefaultSuffix(QStringLiteral("png"));
    connect(&dialog, &QFileDialog::filterSelected, &dialog, [&dialog](const QString& kind) { dialog.setDefaultSuffix(kind.section(QLatin1Char('.'), 1).chopped(1)); });
    if (dialog.exec() != QDialog::Accepted || dialog.selectedFiles().isEmpty()) return;
    const QString path = dialog.selectedFiles().first();
    settings.setValue(QStringLiteral("lab/folder"), QFileInfo(path).absolutePath());
    const auto saved = saveLabFigure(m_results, path);
    m_outcome->setText(saved ? tr("Saved %1").arg(QFileInfo(path).fileName()) : QString::fromStdString(saved.error().message));
}

}  // namespace ms
