#include "ui/views/tensor/tensor_view.h"

#include <QAbstractItemView>
#include <QCheckBox>
#include <QComboBox>
#include <QCompleter>
#include <QContextMenuEvent>
#include <QLabel>
#include <QLineEdit>
#include <QSettings>
#include <QSignalBlocker>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "ui/models/layer_tree_model.h"
#include "ui/models/without_model.h"
#include "ui/plot/curve_plot.h"
#include "ui/plot/heatmap_menu.h"
#include "ui/style/number_text.h"
#include "ui/views/base/view_numbers.h"
#include "ui/views/tensor/statistics_text.h"
#include "ui/views/tensor/tensor_plot.h"
#include "ui/widgets/adaptive_splitter.h"
#include "ui/widgets/copy_menu.h"

namespace ms {

TensorView::TensorView(const ViewContext& context, QWidget* parent)
    : ScopeView(QStringLiteral("tensor"), context, parent), m_plot(new TensorPlot(context.queries)), m_menu(new HeatmapMenu),
      m_chooser(new QComboBox), m_splitter(new AdaptiveSplitter), m_side(new QWidget), m_shape(new QLabel),
      m_numbers(new QLabel), m_logCounts(new QCheckBox(tr("&Log counts"))), m_histogram(new CurvePlot) {
    setTitle(tr("Weight"),
             tr("A weight as the model's files hold it, widened to 32-bit floats. Rows are its first dimension, columns all others. "
                "Zoomed out, a pixel shows the mean of its elements or the largest magnitude among them; zoomed in, each element "
                "is exact. NaN and Inf are drawn in the warning colour."));
    m_plot->setObjectName(QStringLiteral("tensor_plot"));
    m_plot->setAccessibleName(tr("Heatmap of the weight"));
    buildChooser();
    buildSide();
    m_splitter->setObjectName(QStringLiteral("tensor_splitter"));
    m_splitter->addWidget(m_plot);
    m_splitter->addWidget(m_side);
    m_splitter->setStretchFactor(0, 2);
    m_splitter->setStretchFactor(1, 1);
    m_splitter->setSizes({640, 340});
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_splitter);
    setFocusProxy(m_plot);
    m_menu->hideRowNormalisation();
    setSettingsMenu(m_menu, tr("Weight: range, scale and colours"));

    connect(m_menu, &HeatmapMenu::settingsChanged, this, &TensorView::setSettings);
    connect(m_plot, &MatrixPlot::readoutChanged, this, &TensorView::setReadout);
    connect(m_plot, &MatrixPlot::runPauseRequested, this, &TensorView::runPauseRequested);
    connect(&context.selection, &Selection::tensorChanged, this, &TensorView::refresh);
    setSettings(HeatmapSettings::forSign(true));
    refresh();
}

void TensorView::buildChooser() {
    m_chooser->setEditable(true);
    m_chooser->setInsertPolicy(QComboBox::NoInsert);
    m_chooser->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_chooser->setMinimumContentsLength(26);
    m_chooser->lineEdit()->setPlaceholderText(tr("Name of a weight"));
    m_chooser->lineEdit()->setAccessibleName(tr("Name of the weight that is shown"));
    QCompleter* completer = m_chooser->completer();
    completer->setFilterMode(Qt::MatchContains);
    completer->setCaseSensitivity(Qt::CaseInsensitive);
    completer->setCompletionMode(QCompleter::PopupCompletion);
    m_chooser->setToolTip(tr("The weight that is shown: type a part of its name, or step with the arrow keys"));
    addControl(m_chooser, QStringLiteral("chooser"), tr("Weight that is shown"));
    m_chooser->setMinimumContentsLength(18);  // the end of a name says most
    connect(m_chooser, &QComboBox::textActivated, this, &TensorView::choose);
    connect(m_chooser->lineEdit(), &QLineEdit::editingFinished, this, [this] { choose(m_chooser->currentText().trimmed()); });
}

void TensorView::buildSide() {
    m_shape->setObjectName(QStringLiteral("tensor_shape"));
    m_shape->setAccessibleName(tr("Shape, type and size of the weight"));
    m_shape->setWordWrap(true);
    m_shape->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_numbers->setObjectName(QStringLiteral("tensor_statistics"));
    m_numbers->setAccessibleName(tr("Statistics of the weight"));
    m_numbers->setTextFormat(Qt::RichText);
    m_numbers->setContextMenuPolicy(Qt::NoContextMenu);  // the view's own comes instead
    m_shape->setContextMenuPolicy(Qt::NoContextMenu);
    m_logCounts->setObjectName(QStringLiteral("tensor_logCounts"));
    m_logCounts->setAccessibleName(tr("Logarithmic counts in the histogram"));
    m_logCounts->setToolTip(tr("Counts on a logarithmic axis: shows rare values"));
    m_histogram->setObjectName(QStringLiteral("tensor_histogram"));
    m_histogram->setAccessibleName(tr("Histogram of the weight's values"));
    auto* layout = new QVBoxLayout(m_side);
    layout->setContentsMargins(4, 4, 6, 0);
    layout->setSpacing(3);
    layout->addWidget(m_shape);
    layout->addWidget(m_numbers);
    layout->addWidget(m_logCounts);
    layout->addWidget(m_histogram, 1);
    connect(m_logCounts, &QCheckBox::toggled, this, &TensorView::drawHistogram);
    connect(m_histogram, &CurvePlot::hovered, this, &TensorView::hoverHistogram);
    connect(m_histogram, &CurvePlot::runPauseRequested, this, &TensorView::runPauseRequested);
}

const TensorSummary* TensorView::tensor(const QString& name) const {
    if (!model()) return nullptr;
    const auto& all = model()->tensors;
    const auto found = std::find_if(all.begin(), all.end(), [&](const TensorSummary& t) { return t.name == name; });
    return found == all.end() ? nullptr : &*found;
}

/// What was typed may be no weight's name: then the one that is shown stays.
void TensorView::choose(const QString& name) {
    if (tensor(name) != nullptr) context().selection.setTensor(name);
    else m_chooser->setCurrentIndex(m_chooser->findText(m_shown, Qt::MatchExactly | Qt::MatchCaseSensitive));
}

void TensorView::modelChanged() {
    const QSignalBlocker blocker(m_chooser);
    m_chooser->clear();
    int widest = 0;
    if (model())
        for (const TensorSummary& t : model()->tensors) {
            m_chooser->addItem(t.name);
            m_chooser->setItemData(m_chooser->count() - 1, tensorText(t), Qt::ToolTipRole);
            widest = std::max(widest, fontMetrics().horizontalAdvance(t.name));
        }
    m_chooser->view()->setMinimumWidth(widest + 40);
    m_chooser->setEnabled(m_chooser->count() > 0);
    m_shown.clear();
    refresh();
}

void TensorView::activeChanged() {
    if (isActive()) return refresh();
    // Whoever looks again wants it then.
    context().queries.cancel(this);
    context().queries.cancel(m_plot);
    m_shown.clear();
}

void TensorView::refresh() {
    const QString& name = context().selection.tensor();
    const TensorSummary* chosen = tensor(name);
    {
        const QSignalBlocker blocker(m_chooser);
        m_chooser->setCurrentIndex(chosen == nullptr ? -1 : m_chooser->findText(name, Qt::MatchExactly | Qt::MatchCaseSensitive));
        if (chosen == nullptr) m_chooser->clearEditText();
        else m_chooser->lineEdit()->end(false);  // long names differ at their ends
    }
    if (!isActive()) return;
    if (chosen != nullptr && name == m_shown) return;
    context().queries.cancel(this);
    m_statistics.reset();
    m_histogram->clear();
    m_histogram->setEmptyText({});
    m_numbers->setAccessibleDescription({});
    m_side->setVisible(chosen != nullptr);
    if (chosen == nullptr) {
        m_shown.clear();
        m_plot->setEmptyText(isWithoutWeights(model()) ? withoutModelText()
                             : model()                 ? tr("Choose a weight above, in the model panel, or in the architecture.")
                                                       : tr("No model is open."));
        m_plot->clear();
        return;
    }
    m_shown = name;
    MatrixAxes axes;
    axes.symbol = QStringLiteral("w");
    axes.rowTitle = tr("row");
    axes.columnTitle = tr("column");
    axes.rowLabel = [](qint64 row) { return row < 100'000 ? QString::number(row) : formatCount(row); };
    m_plot->setAxes(axes);
    m_shape->setText(tensorText(*chosen));
    m_numbers->setText(tr("Counting %1 …").arg(formatBytes(chosen->bytes)));
    m_plot->setTensor(name);
    context().queries.tensorStatistics(this, name, [this](const Answer<TensorStatistics>& answer) { showStatistics(answer); });
}

void TensorView::showStatistics(const Answer<TensorStatistics>& answer) {
    const TensorSummary* shown = tensor(m_shown);
    if (shown == nullptr) return;
    m_statistics = answer.value;
    if (!answer) {
        m_numbers->setText(answer.error.toHtmlEscaped());
        m_histogram->setEmptyText(tr("No statistics"));
        return;
    }
    m_numbers->setText(statisticsHtml(*m_statistics));
    m_numbers->setAccessibleDescription(statisticsText(*shown, *m_statistics));
    m_histogram->setEmptyText(tr("No finite value"));
    drawHistogram();
}

void TensorView::drawHistogram() {
    const bool logarithmic = m_logCounts->isChecked();
    m_histogram->setAxes({tr("value"), tr("count"), false, logarithmic ? ScaleKind::Log : ScaleKind::Linear});
    if (!m_statistics || m_statistics->histogram.empty()) return;
    const TensorStatistics& s = *m_statistics;
    const auto bins = static_cast<qsizetype>(s.histogram.size());
    // All values alike: the bins have no width of their own.
    const double margin = s.max > s.min ? 0 : std::max(std::abs(s.min) * 0.01, 1e-6);
    const double low = s.min - margin, high = s.max + margin;
    QVector<double> edges, heights;
    for (qsizetype i = 0; i <= bins; ++i) edges << low + (high - low) * static_cast<double>(i) / static_cast<double>(bins);
    for (const std::uint64_t count : s.histogram)
        heights << (logarithmic ? std::max(static_cast<double>(count), 0.5) : static_cast<double>(count));
    m_histogram->setHistogram(edges, heights);
}

void TensorView::hoverHistogram(double x) {
    if (!m_statistics || m_statistics->histogram.empty() || std::isnan(x)) return setReadout(m_plot->readout());
    const TensorStatistics& s = *m_statistics;
    const auto bins = static_cast<double>(s.histogram.size());
    if (x < s.min || x > s.max) return setReadout({});
    const double width = (s.max - s.min) / bins;
    const double bin = width > 0 ? std::min(std::floor((x - s.min) / width), bins - 1) : 0;
    const auto count = static_cast<qint64>(s.histogram[static_cast<std::size_t>(bin)]);
    setReadout(tr("%1 values (%2) from %3 to %4")
                   .arg(groupedText(count), shareText(count, s.elements), shortText(s.min + bin * width), shortText(s.min + (bin + 1) * width)));
}

void TensorView::setSettings(const HeatmapSettings& settings) {
    m_plot->choose(settings);
    m_menu->setSettings(m_plot->settings());
    setSettingsText(summaryOf(m_plot->settings()));
}

void TensorView::contextMenuEvent(QContextMenuEvent* event) {
    const QString value = readout();
    const TensorSummary* shown = tensor(m_shown);
    const QString statistics = shown != nullptr && m_statistics ? statisticsText(*shown, *m_statistics) : QString();
    auto* menu = new CopyMenu(id(), this);
    menu->add(tr("Copy value"), QStringLiteral("copyValue"), value);
    menu->add(tr("Copy statistics as text"), QStringLiteral("copyStatistics"), statistics);
    menu->add(tr("Copy name"), QStringLiteral("copyName"), m_shown);
    addExportActions(*menu);
    menu->popup(event->globalPos());
}

void TensorView::save(QSettings& store) const {
    m_plot->settings().save(store);
    store.setValue(QStringLiteral("logCounts"), m_logCounts->isChecked());
}

void TensorView::load(QSettings& store) {
    HeatmapSettings loaded = m_plot->settings();
    loaded.load(store);
    setSettings(loaded);
    m_logCounts->setChecked(store.value(QStringLiteral("logCounts"), m_logCounts->isChecked()).toBool());
}

void TensorView::saveShown(QSettings& store) const { store.setValue(QStringLiteral("visible"), m_plot->visibleCells()); }
void TensorView::loadShown(QSettings& store) { m_plot->beginWith(store.value(QStringLiteral("visible")).toRectF()); }
void TensorView::setControlsShown(bool shown) { m_logCounts->setVisible(shown); }
ShownValues TensorView::shownValues() const { return {m_shown, {}, {}, describe(m_plot->scale())}; }

/// The part that is seen, at the resolution that it is seen at: an element, or the first one of those that share a cell.
NumberSource TensorView::numbers(TokenRange) const {
    NumberSource numbers;
    if (!m_plot->matrix() || m_shown.isEmpty()) return numbers;
    const Matrix& matrix = *m_plot->matrix();
    const MatrixPart part = matrix.part.value_or(MatrixPart{0, matrix.rows, 0, matrix.columns, matrix.rows, matrix.columns});
    const auto axis = [](const std::string& name, qint64 first, qint64 count, qint64 cells) {
        std::vector<std::int64_t> firsts;
        for (qint64 cell = 0; cell < cells; ++cell) firsts.push_back(cellBegin(cell, first, count, cells));
        return plainAxis(name, std::move(firsts));
    };
    const std::string name = m_shown.toStdString();
    addFloats(numbers, part.exact() ? name : name + (matrix.magnitudes ? ".largest" : ".mean"),
              {axis("row", part.firstRow, part.rows, part.cellRows), axis("column", part.firstColumn, part.columns, part.cellColumns)}, matrix.values);
    if (!m_statistics || m_statistics->histogram.empty()) return numbers;
    std::vector<std::int64_t> counts(m_statistics->histogram.begin(), m_statistics->histogram.end());
    std::vector<double> edges;
    const auto bins = static_cast<double>(counts.size());
    for (std::size_t i = 0; i <= counts.size(); ++i) edges.push_back(m_statistics->min + (m_statistics->max - m_statistics->min) * static_cast<double>(i) / bins);
    addArray(numbers, name + ".counts", {plainAxis("bin", std::ssize(counts))}, counts, DType::I64);
    addArray(numbers, name + ".edges", {plainAxis("edge", std::ssize(edges))}, edges, DType::F64);
    return numbers;
}

}  // namespace ms
