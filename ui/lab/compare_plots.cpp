#include "ui/lab/compare_plots.h"

#include <QEvent>
#include <QLabel>
#include <QTimer>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "ui/lab/comparison.h"
#include "ui/lab/influence_strip.h"
#include "ui/lab/piece_strip.h"
#include "ui/plot/token_curve_plot.h"
#include "ui/style/appearance.h"
#include "ui/style/number_text.h"
#include "ui/widgets/elided_label.h"

namespace ms {

namespace {

struct QuantityText {
    const char* name;        // of the object
    const char* title;
    const char* accessible;
    const char* unit;
};
constexpr std::array kQuantities{
    QuantityText{"labCompareSurprisal", QT_TRANSLATE_NOOP("ms::ComparePlots", "Surprisal / bits"),
                 QT_TRANSLATE_NOOP("ms::ComparePlots", "Surprisal of each piece, by model"), "bits"},
    QuantityText{"labCompareState", QT_TRANSLATE_NOOP("ms::ComparePlots", "State held / kB"),
                 QT_TRANSLATE_NOOP("ms::ComparePlots", "State held behind each piece, by model"), "kB"},
    QuantityText{"labCompareKept", QT_TRANSLATE_NOOP("ms::ComparePlots", "Share of memory kept"),
                 QT_TRANSLATE_NOOP("ms::ComparePlots", "Share of memory kept over each piece, by model"), ""}};

double valueOf(const LabReading& reading, int quantity) {
    switch (quantity) {
        case 0: return reading.surprisalBits;
        case 1: return static_cast<double>(reading.stateBytes) / 1e3;
        default: return reading.kept;
    }
}

/// Whole ones around positive values, so that a state that does not grow has an axis, too. Equal limits: there were none.
struct Decades {
    double low = 0, high = 0;

    void include(double value) {
        if (!(value > 0)) return;
        const double below = std::pow(10.0, std::floor(std::log10(value))), above = 10 * below;
        low = high > 0 ? std::min(low, below) : below;
        high = std::max(high, above);
    }
};

}  // namespace

ComparePlots::ComparePlots(const Comparison& shown, QWidget* parent)
    : QWidget(parent), m_shown(shown), m_plots(std::make_unique<QWidget>()), m_legend(new QLabel), m_pieces(new PieceStrip(shown, m_axis, m_selection)),
      m_influenceTitle(new ElidedLabel), m_influence(new InfluenceStrip(shown, m_axis, m_selection)) {
    m_legend->setObjectName(QStringLiteral("labCompareLegend"));
    m_legend->setTextFormat(Qt::RichText);
    m_legend->setWordWrap(true);
    m_pieces->setObjectName(QStringLiteral("labComparePieces"));
    m_pieces->setAccessibleName(tr("Pieces that were read"));
    m_pieces->setEmptyText(tr("Tick models, type a text and run: they read it side by side."));
    m_influence->setObjectName(QStringLiteral("labCompareInfluence"));
    m_influence->setAccessibleName(tr("Influence of each piece on the output at the cursor, by model"));
    m_influence->setEmptyText(tr("Choose a piece: what had to do with the output there appears here."));
    m_influenceTitle->setObjectName(QStringLiteral("labCompareInfluenceTitle"));
    m_influenceTitle->setToolTip(tr("The share of each piece in a layer's weights |w|, summed over channels, heads or cells; mean over the layers. w is the attention weight; "
                                    "the hidden attention of Mamba; the kernel of S4D; i·Πf of an LSTM, (1 − z)·Πz of a GRU; of an RNN, whose cells mix, the "
                                    "length of the gradient of a cell by what the token brought: a row of Π diag(f′)·W."));
    auto* stack = new QVBoxLayout(m_plots.get());
    stack->setContentsMargins({});
    stack->setSpacing(0);
    m_plots->setAutoFillBackground(true);  // as the plots do, whatever the page is made of
    stack->addWidget(m_legend);
    stack->addWidget(m_pieces);
    for (int quantity = Surprisal; quantity <= Kept; ++quantity) {
        const QuantityText& text = kQuantities[static_cast<std::size_t>(quantity)];
        auto* plot = new TokenCurvePlot(m_axis, m_selection);
        plot->setObjectName(QLatin1String(text.name));
        plot->setAccessibleName(tr(text.accessible));
        plot->setAxes({{}, {}, false, quantity == State ? ScaleKind::Log : ScaleKind::Linear, true});
        plot->showLegend(false);  // one above is for all
        connect(plot, &TokenCurvePlot::hoverTokenChanged, this, [this, quantity](qint64 piece) { Q_EMIT readoutChanged(readoutAt(piece, static_cast<Quantity>(quantity))); });
        m_curves[static_cast<std::size_t>(quantity)] = plot;
        stack->addWidget(new QLabel(tr(text.title)));  // above it: inside it would hide the curves' beginnings
        stack->addWidget(plot, 3);
    }
    m_curves[Kept]->setYRange(0, 1.05);
    stack->addWidget(m_influenceTitle);
    stack->addWidget(m_influence, 4);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins({});
    layout->addWidget(m_plots.get());
    for (const ReadoutPlot* plot : {static_cast<ReadoutPlot*>(m_pieces), static_cast<ReadoutPlot*>(m_influence)}) {
        connect(plot, &ReadoutPlot::readoutChanged, this, &ComparePlots::readoutChanged);
        connect(plot, &ReadoutPlot::escapePressed, this, &ComparePlots::escapePressed);
    }
    drawLegend();
}

ComparePlots::~ComparePlots() = default;

void ComparePlots::begin() {
    m_selection.clear();
    m_influence->setInfluence({});
    m_axis.setTokenCount(0);
    m_axis.setFollow(true);
    m_axis.setTokenCount(m_shown.pieces());
    fitAll();
    drawLegend();
    draw();
}

void ComparePlots::fitAll() {
    m_axis.fitAll();
    m_fittedStep = m_axis.step();
}

/// All stays in view until somebody zooms.
void ComparePlots::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    if (m_axis.step() == m_fittedStep) QTimer::singleShot(0, this, &ComparePlots::fitAll);  // once the plots have their room, too
}

void ComparePlots::draw() {
    Decades decades;
    for (int quantity = Surprisal; quantity <= Kept; ++quantity) {
        std::vector<Curve> curves(m_shown.models());
        for (std::size_t model = 0; model < curves.size(); ++model) {
            Curve& curve = curves[model];
            curve.name = m_shown.names()[static_cast<qsizetype>(model)];
            for (qint64 piece = 0; piece < m_shown.piecesRead(); ++piece) {
                curve.x.append(static_cast<double>(piece));
                curve.y.append(valueOf(*m_shown.at(model, piece), quantity));
                if (quantity == State) decades.include(curve.y.back());
            }
        }
        if (quantity == State) m_curves[State]->setYRange(decades.low, decades.high);
        m_curves[static_cast<std::size_t>(quantity)]->setCurves(curves);
    }
    m_pieces->update();
}

void ComparePlots::setInfluence(const LabInfluence& influence) { m_influence->setInfluence(influence); }

void ComparePlots::setInfluenceTitle(const QString& title) { m_influenceTitle->setText(title); }

void ComparePlots::drawLegend() {
    QStringList entries;
    for (qsizetype model = 0; model < m_shown.names().size(); ++model)
        entries.append(QStringLiteral("<span style='color:%1'>■</span>&nbsp;%2")
                           .arg(curveColour(static_cast<int>(model), isDark(palette())).name(), m_shown.names()[model].toHtmlEscaped()));
    m_legend->setText(entries.join(QStringLiteral(" &nbsp; ")));
    m_legend->setVisible(!entries.isEmpty());
}

QString ComparePlots::readoutAt(qint64 piece, Quantity quantity) const {
    if (m_shown.at(0, piece) == nullptr) return {};
    QStringList values;
    for (std::size_t model = 0; model < m_shown.models(); ++model)
        values.append(QStringLiteral("%1 %2 %3").arg(m_shown.names()[static_cast<qsizetype>(model)], shortText(valueOf(*m_shown.at(model, piece), quantity)),
                                                     QLatin1String(kQuantities[static_cast<std::size_t>(quantity)].unit)).trimmed());
    return tr("piece %1: %2").arg(m_shown.name(piece), values.join(QStringLiteral(", ")));
}

void ComparePlots::changeEvent(QEvent* event) {
    if (event->type() == QEvent::PaletteChange) drawLegend();
    QWidget::changeEvent(event);
}

}  // namespace ms
