#include "ui/views/hidden_attention/hidden_attention_view.h"

#include <QCheckBox>
#include <QComboBox>
#include <QHBoxLayout>
#include <QMouseEvent>
#include <QSettings>
#include <QSplitter>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <array>
#include <cmath>

#include "ui/models/series_source.h"
#include "ui/plot/heatmap_menu.h"
#include "ui/plot/matrix_plot.h"
#include "ui/style/icons.h"
#include "ui/style/number_text.h"
#include "ui/views/base/layer_box.h"
#include "ui/views/base/measure_combo.h"
#include "ui/views/hidden_attention/row_curve.h"
#include "ui/widgets/elided_label.h"

namespace ms {

namespace {
using namespace std::chrono_literals;

constexpr auto kTileSettle = 120ms;   // zooming and panning settle first
constexpr auto kRowSettle = 80ms;
constexpr auto kBetween = 500ms;      // while tokens stream
constexpr std::array<qint64, 4> kSizes{64, 128, 256, kLargestTile};
constexpr int kTextCell = 48;         // pixels of a column from which on tokens are written instead of numbers
constexpr int kTextGap = 16;          // what the axis leaves around a label

QString keyOf(AttentionForm form) {
    switch (form) {
        case AttentionForm::Signed: return QStringLiteral("signed");
        case AttentionForm::Absolute: return QStringLiteral("absolute");
        case AttentionForm::RowNormalised: return QStringLiteral("normalised");
    }
    return {};
}

QString symbolOf(AttentionForm form) {
    switch (form) {
        case AttentionForm::Signed: return QStringLiteral("α");
        case AttentionForm::Absolute: return QStringLiteral("|α|");
        case AttentionForm::RowNormalised: return QStringLiteral("|α| ∕ Σ|α|");
    }
    return {};
}

/// Numbers beyond five digits lose their leading ones: the axis has no room for them, the read-out has.
QString shortNumber(qint64 token) {
    return token < 100'000 ? QString::number(token) : QChar(0x2026) + QString::number(token % 10'000).rightJustified(4, QLatin1Char('0'));
}

}  // namespace

HiddenAttentionView::HiddenAttentionView(const ViewContext& context, QWidget* parent)
    : ScopeView(QStringLiteral("hidden_attention"), context, parent), m_layers(new LayerBox(context.selection)), m_sizes(new QComboBox),
      m_forms(new QComboBox), m_channelOnly(new QCheckBox), m_centre(new QToolButton), m_cancel(new QToolButton), m_note(new ElidedLabel),
      m_rowTitle(new ElidedLabel), m_plot(new MatrixPlot), m_curve(new RowCurve(context.selection)), m_chips(new RankedTokens(context.tokens)),
      m_splitter(new QSplitter(Qt::Horizontal)), m_menu(new HeatmapMenu), m_tilePace(kTileSettle, kBetween), m_rowPace(kRowSettle, kBetween) {
    setTitle(tr("Hidden attention"),
             tr("What a selective scan computes without writing it down: the weight α of each earlier token's input u in a token's output, "
                "y = Σ α·u + D·u, with α = Σ C·exp(A·Σ Δ)·Δ·B over the states. Rows are queries (they read), columns keys (they were written); "
                "of one channel or the mean of all. Computed for what is visible, from captured Δ, B and C, as if the state before the first "
                "captured token had been zero. Row-normalised: |α| over the sum of its row."));
    addControl(m_layers, QStringLiteral("layer"), tr("Hidden attention: the layer that is shown"));
    m_menu->hideRowNormalisation();
    setSettingsMenu(m_menu, tr("Hidden attention: range, scale and colours"));
    m_splitter->addWidget(m_plot);
    m_splitter->addWidget(makeSide());
    m_splitter->setChildrenCollapsible(false);
    m_splitter->setSizes({600, 400});
    m_splitter->setObjectName(QStringLiteral("hidden_attention_splitter"));
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(makeChoices());
    layout->addWidget(m_splitter, 1);
    setFocusProxy(m_plot);
    m_progress.setInterval(100ms);
    connectPlots();
    follow();
    updateForm();
    clear({});
}

QWidget* HiddenAttentionView::makeChoices() {
    auto* row = new QWidget;
    auto* layout = new QHBoxLayout(row);
    layout->setContentsMargins(8, 2, 8, 0);
    layout->setSpacing(6);
    const auto name = [&](QWidget* widget, const char* part, const QString& text) {
        widget->setObjectName(QStringLiteral("hidden_attention_") + QLatin1String(part));
        widget->setAccessibleName(text);
        widget->setToolTip(text);
    };
    for (const qint64 size : kSizes) m_sizes->addItem(tr("%1 tokens").arg(size), size);
    for (const auto& [form, text] : {std::pair(AttentionForm::Signed, tr("signed")), std::pair(AttentionForm::Absolute, tr("absolute")),
                                     std::pair(AttentionForm::RowNormalised, tr("row-normalised"))})
        m_forms->addItem(text, static_cast<int>(form));
    makeCompact(m_sizes, 9);
    makeCompact(m_forms, 12);
    for (QToolButton* button : {m_centre, m_cancel}) {
        button->setAutoRaise(true);
        button->setFocusPolicy(Qt::TabFocus);
    }
    m_centre->setIcon(icon(QStringLiteral("zoom-fit")));
    m_cancel->setIcon(icon(QStringLiteral("stop")));
    m_cancel->setText(tr("Cancel"));
    m_cancel->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_cancel->hide();
    m_channelOnly->setText(tr("this channel &only"));
    name(m_sizes, "size", tr("How many tokens around the cursor's are shown"));
    name(m_forms, "form", tr("The weights with their signs, their magnitudes, or magnitudes that sum to one in each row"));
    name(m_channelOnly, "channelOnly", tr("Only the selected channel, not the mean of all"));
    name(m_centre, "centre", tr("Back to the cursor's token, or the newest one (Esc)"));
    name(m_cancel, "cancel", tr("Stop computing"));
    name(m_note, "note", tr("What is shown"));
    m_note->setToolTip({});  // its own shows what is cut off
    m_note->setFaint(true);
    m_note->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    for (QWidget* widget : {static_cast<QWidget*>(m_sizes), static_cast<QWidget*>(m_forms), static_cast<QWidget*>(m_channelOnly),
                            static_cast<QWidget*>(m_centre)})
        layout->addWidget(widget);
    layout->addWidget(m_note, 1);
    layout->addWidget(m_cancel);
    connect(m_sizes, &QComboBox::currentIndexChanged, this, &HiddenAttentionView::centre);
    connect(m_forms, &QComboBox::currentIndexChanged, this, [this] {
        updateForm();
        choose(true, true);
    });
    connect(m_channelOnly, &QCheckBox::toggled, this, &HiddenAttentionView::changed);
    connect(m_centre, &QToolButton::clicked, this, &HiddenAttentionView::centre);
    connect(m_cancel, &QToolButton::clicked, this, &HiddenAttentionView::cancel);
    return row;
}

QWidget* HiddenAttentionView::makeSide() {
    auto* side = new QWidget;
    auto* layout = new QVBoxLayout(side);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    m_rowTitle->setObjectName(QStringLiteral("hidden_attention_rowTitle"));
    m_rowTitle->setContentsMargins(6, 0, 6, 0);
    m_rowTitle->setFaint(true);
    layout->addWidget(m_rowTitle);
    layout->addWidget(m_curve, 3);
    layout->addWidget(m_chips, 2);
    side->setMinimumWidth(200);
    return side;
}

void HiddenAttentionView::connectPlots() {
    const auto name = [](QWidget* widget, const char* part, const QString& text) {
        widget->setObjectName(QStringLiteral("hidden_attention_") + QLatin1String(part));
        widget->setAccessibleName(text);
    };
    name(m_plot, "plot", tr("Hidden attention, queries by keys"));
    name(m_curve, "row", tr("What the cursor's token reads of each earlier one"));
    name(m_chips, "chips", tr("Tokens that the cursor's token reads most"));
    m_chips->setToolTip(tr("Tokens read most: click one to move the cursor there"));
    m_chips->setPercent(false);
    m_plot->installEventFilter(this);

    connect(m_plot, &MatrixPlot::readoutChanged, this, &HiddenAttentionView::showReadout);
    connect(m_plot, &MatrixPlot::visibleChanged, this, &HiddenAttentionView::moved);
    connect(m_plot, &MatrixPlot::cellClicked, this, [this](qint64 row, qint64 column) {
        context().selection.setToken(row);
        m_keyColumn = column;
        markCursor();
    });
    connect(m_plot, &MatrixPlot::cellActivated, this, [this](qint64, qint64 column) { context().selection.setToken(column); });
    connect(m_plot, &MatrixPlot::escapePressed, this, &HiddenAttentionView::centre);
    connect(m_plot, &MatrixPlot::runPauseRequested, this, &HiddenAttentionView::runPauseRequested);
    connect(m_curve, &CurvePlot::runPauseRequested, this, &HiddenAttentionView::runPauseRequested);
    connect(m_chips, &RankedTokens::runPauseRequested, this, &HiddenAttentionView::runPauseRequested);
    connect(m_curve, &CurvePlot::stepRequested, this, [this](int steps) {
        const qint64 last = context().tokens.size() - 1;
        if (last >= 0) context().selection.setToken(std::clamp<qint64>(reference() + steps, 0, last));
    });
    connect(m_curve, &RowCurve::tokenHovered, this, &HiddenAttentionView::showRowReadout);
    connect(m_chips, &RankedTokens::tokenHovered, this, [this](qint64 token) {
        context().selection.setHoverToken(token);
        showRowReadout(token);
    });
    connect(m_chips, &RankedTokens::tokenChosen, this, [this](qint64 token) { context().selection.setToken(token); });
}

void HiddenAttentionView::updateForm() {
    const bool isSigned = form() == AttentionForm::Signed;
    const HeatmapSettings settings = m_settings.of(keyOf(form()), isSigned);
    m_plot->setSettings(settings);
    m_menu->setSettings(m_plot->settings());
    setSettingsText(summaryOf(m_plot->settings()));
    updateLabels();
    m_curve->setAxes({tr("key"), symbolOf(form()), false, isSigned && settings.scale == ScaleKind::Log ? ScaleKind::Linear : settings.scale, true});
}

void HiddenAttentionView::setSettings(const HeatmapSettings& settings) {
    m_settings.choose(keyOf(form()), settings);
    updateForm();
}

/// Tokens are written where cells have room for them, numbers elsewhere.
void HiddenAttentionView::updateLabels() {
    const QRect plot = MatrixLayout::of(m_plot->rect(), m_plot->fontMetrics()).plot;
    const QRectF& visible = m_plot->visibleCells();
    const double width = visible.width() > 0 ? plot.width() / visible.width() : 0, height = visible.height() > 0 ? plot.height() / visible.height() : 0;
    const auto text = [this](qint64 token) {
        return token < context().tokens.size() ? context().tokens.visibleText(context().tokens.row(token).id) : QString();
    };
    MatrixAxes axes;
    axes.rowTitle = tr("query");
    axes.columnTitle = tr("key");
    axes.symbol = symbolOf(form());
    axes.rowText = [this](qint64 token) { return tr("query %1").arg(textOf(token)); };
    axes.columnText = [this](qint64 token) { return tr("key %1").arg(textOf(token)); };
    axes.rowLabel = axes.columnLabel = shortNumber;
    if (width >= kTextCell)
        axes.columnLabel = [text, metrics = m_plot->fontMetrics(), room = static_cast<int>(width) - kTextGap](qint64 token) {
            return metrics.elidedText(text(token), Qt::ElideRight, room);
        };
    if (height >= m_plot->fontMetrics().height()) axes.rowLabel = text;
    m_plot->setAxes(axes);
}

QString HiddenAttentionView::textOf(qint64 token) const {
    if (token < 0 || token >= context().tokens.size()) return groupedText(token);
    return tr("%1 “%2”").arg(groupedText(token), context().tokens.visibleText(context().tokens.row(token).id));
}

void HiddenAttentionView::showReadout(const QString& text) {
    const auto [query, key] = m_hoverCell.first >= 0 ? m_hoverCell : std::pair(reference(), m_keyColumn);
    if (query >= 0 && key > query) setReadout(tr("key %1 comes after query %2").arg(textOf(key), textOf(query)));
    else setReadout(text);
}

void HiddenAttentionView::showRowReadout(qint64 token) {
    if (!m_row || token < m_row->first || token > m_row->token) return setReadout(m_plot->readout());
    const float value = m_row->values[static_cast<std::size_t>(token - m_row->first)];
    setReadout(tr("%1 = %2   query %3, key %4").arg(symbolOf(m_row->form), exactText(value), textOf(m_row->token), textOf(token)));
}

bool HiddenAttentionView::eventFilter(QObject* watched, QEvent* event) {
    if (watched == m_plot && event->type() == QEvent::MouseMove) {
        m_hoverCell = m_plot->cellAt(static_cast<QMouseEvent*>(event)->position().toPoint());
        context().selection.setHoverToken(m_hoverCell.second);
    } else if (watched == m_plot && event->type() == QEvent::Leave) {
        m_hoverCell = {-1, -1};
        context().selection.setHoverToken(-1);
    }
    return ScopeView::eventFilter(watched, event);
}

void HiddenAttentionView::resizeEvent(QResizeEvent* event) {
    ScopeView::resizeEvent(event);
    m_splitter->setOrientation(width() >= height() ? Qt::Horizontal : Qt::Vertical);
    updateLabels();
}

LayerIndex HiddenAttentionView::layer() const { return m_layers->layer(); }
AttentionForm HiddenAttentionView::form() const { return static_cast<AttentionForm>(m_forms->currentData().toInt()); }
void HiddenAttentionView::setForm(AttentionForm form) { m_forms->setCurrentIndex(m_forms->findData(static_cast<int>(form))); }
qint64 HiddenAttentionView::tileSize() const { return m_sizes->currentData().toLongLong(); }

void HiddenAttentionView::setTileSize(qint64 tokens) {
    if (const int index = m_sizes->findData(tokens); index >= 0) m_sizes->setCurrentIndex(index);
}

std::vector<CaptureRequest> HiddenAttentionView::requests() const {
    if (model()->scan.empty()) return {};
    std::vector<CaptureRequest> requests;
    for (const ProbePoint point : {ProbePoint::Dt, ProbePoint::B, ProbePoint::C}) requests.push_back({point, {layer()}, Reduction::None});
    return requests;
}

void HiddenAttentionView::save(QSettings& store) const {
    store.setValue(QStringLiteral("form"), keyOf(form()));
    store.setValue(QStringLiteral("size"), tileSize());
    store.setValue(QStringLiteral("channelOnly"), m_channelOnly->isChecked());
    m_settings.save(store);
}

void HiddenAttentionView::load(QSettings& store) {
    m_settings.load(store);
    for (const AttentionForm each : {AttentionForm::Signed, AttentionForm::Absolute, AttentionForm::RowNormalised})
        if (keyOf(each) == store.value(QStringLiteral("form")).toString()) setForm(each);
    setTileSize(store.value(QStringLiteral("size"), tileSize()).toLongLong());
    m_channelOnly->setChecked(store.value(QStringLiteral("channelOnly"), m_channelOnly->isChecked()).toBool());
    updateForm();
}

}  // namespace ms
