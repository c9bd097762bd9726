#include "ui/views/hidden_attention/hidden_attention_view.h"

#include <QCheckBox>
#include <QComboBox>
#include <QHBoxLayout>
#include <QSettings>
#include <QSpinBox>
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
#include "ui/views/base/cell_readout.h"
#include "ui/views/base/measure_combo.h"
#include "ui/views/base/measure_source.h"
#include "ui/views/base/speech_texts.h"
#include "ui/views/base/view_numbers.h"
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
const QString kAttentionKey = QStringLiteral("attention");  // of its colours, beside those of the forms

QString keyOf(AttentionForm form) {
    switch (form) {
        case AttentionForm::Signed: return QStringLiteral("signed");
        case AttentionForm::Absolute: return QStringLiteral("absolute");
        case AttentionForm::RowNormalised: return QStringLiteral("normalised");
    }
    return {};
}

QString symbolOfHidden(AttentionForm form) {
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
    : LayerTokenView(QStringLiteral("hidden_attention"), context, parent), m_sizes(new QComboBox), m_forms(new QComboBox), m_heads(new QSpinBox),
      m_centre(new QToolButton), m_cancel(new QToolButton), m_rowTitle(new ElidedLabel), m_plot(new MatrixPlot),
      m_readout(new CellReadout(m_plot)), m_curve(new RowCurve(context.selection)), m_splitter(new QSplitter(Qt::Horizontal)),
      m_menu(new HeatmapMenu), m_tilePace(kTileSettle, kBetween), m_rowPace(kRowSettle, kBetween) {
    addLayerControls(tr("Hidden attention"));
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
    m_choices = makeChoices();
    layout->addWidget(m_choices);
    layout->addWidget(m_splitter, 1);
    setFocusProxy(m_plot);
    m_progress.setInterval(100ms);
    connectPlots();
    follow();
    clear({});
}

QWidget* HiddenAttentionView::makeChoices() {
    auto* row = new QWidget;
    auto* layout = new QHBoxLayout(row);
    layout->setContentsMargins(8, 2, 8, 0);
    layout->setSpacing(6);
    for (const qint64 size : kSizes) m_sizes->addItem(tr("%1 tokens").arg(size), size);
    for (const auto& [form, text] : {std::pair(AttentionForm::Signed, tr("signed")), std::pair(AttentionForm::Absolute, tr("absolute")),
                                     std::pair(AttentionForm::RowNormalised, tr("row-normalised"))})
        m_forms->addItem(text, static_cast<int>(form));
    makeCompact(m_sizes, 9);
    makeCompact(m_forms, 12);
    m_heads->setPrefix(tr("head "));
    m_heads->setFrame(false);
    m_heads->setKeyboardTracking(false);
    m_heads->hide();
    for (QToolButton* button : {m_centre, m_cancel}) {
        button->setAutoRaise(true);
        button->setFocusPolicy(Qt::TabFocus);
    }
    m_centre->setIcon(icon(QStringLiteral("zoom-fit")));
    m_cancel->setIcon(icon(QStringLiteral("stop")));
    m_cancel->setText(tr("Cancel"));
    m_cancel->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_cancel->hide();
    nameControl(m_sizes, "size", tr("How many tokens around the cursor's are shown"));
    nameControl(m_forms, "form", tr("The weights with their signs, their magnitudes, or magnitudes that sum to one in each row"));
    nameControl(m_heads, "head", tr("Which head is shown; of attention also the mean of all"));
    nameControl(channelOnly(), "channelOnly", tr("Only the selected channel, not the mean of all"));
    nameControl(m_centre, "centre", tr("Back to the cursor's token, or the newest one (Esc)"));
    nameControl(m_cancel, "cancel", tr("Stop computing"));
    name(note(), "note", tr("What is shown"));
    for (QWidget* widget : {static_cast<QWidget*>(m_sizes), static_cast<QWidget*>(m_forms), static_cast<QWidget*>(m_heads),
                            static_cast<QWidget*>(channelOnly()), static_cast<QWidget*>(m_centre)})
        layout->addWidget(widget);
    layout->addWidget(note(), 1);
    layout->addWidget(m_cancel);
    connect(m_sizes, &QComboBox::currentIndexChanged, this, &HiddenAttentionView::centre);
    connect(m_forms, &QComboBox::currentIndexChanged, this, [this] {
        updateForm();
        choose(true, true);
    });
    connect(m_heads, &QSpinBox::valueChanged, this, [this](int head) {
        m_head = head;
        chosen(Choice::Channel);
    });
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
    layout->addWidget(chips(), 2);
    side->setMinimumWidth(200);
    return side;
}

void HiddenAttentionView::connectPlots() {
    name(m_plot, "plot", tr("Hidden attention, queries by keys"));
    name(m_curve, "row", tr("What the cursor's token reads of each earlier one"));
    name(chips(), "chips", tr("Tokens that the cursor's token reads most"));
    chips()->setToolTip(tr("Tokens read most: click one to move the cursor there"));
    chips()->setPercent(false);

    connect(m_readout, &CellReadout::changed, this, &HiddenAttentionView::showReadout);
    connect(m_readout, &CellReadout::hovered, this, [this](qint64, qint64 key) { context().selection.setHoverToken(key); });
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
    connect(m_curve, &CurvePlot::stepRequested, this, [this](int steps) {
        const qint64 last = context().tokens.size() - 1;
        if (last >= 0) context().selection.setToken(std::clamp<qint64>(cursorToken() + steps, 0, last));
    });
    connect(m_curve, &RowCurve::tokenHovered, this, &HiddenAttentionView::showRowReadout);
}

QString HiddenAttentionView::symbolOf(AttentionForm form) const { return attends() ? QStringLiteral("a") : symbolOfHidden(form); }

/// What is named and set after the form and the run that are shown.
void HiddenAttentionView::updateForm() {
    const Compare compare = shownCompare();
    if (attends())
        setTitle(tr("Attention") + compareText(compare),
                 tr("What a token reads of each earlier one and of itself: the weights a = softmax(q·k ∕ √d) of a head, or the mean of all heads. Rows are "
                    "queries (they read), columns keys; every row sums to one over all keys up to its own token. Computed for what is visible, from "
                    "captured queries and keys, as if nothing had stood before the first captured token. Of the difference from the baseline: the "
                    "changed run's minus the baseline's."));
    else
        setTitle(tr("Hidden attention") + compareText(compare),
                 tr("What a selective scan computes without writing it down: the weight α of each earlier token's input u in a token's output, "
                    "y = Σ α·u + D·u, with α = Σ C·exp(A·Σ Δ)·Δ·B over the states. Rows are queries (they read), columns keys (they were written); "
                    "of one channel or the mean of all, of Mamba-2 of one head. Computed for what is visible, from captured Δ, B and C, as if the state before the first "
                    "captured token had been zero. Row-normalised: |α| over the sum of its row. Of the difference from the baseline each is the "
                    "changed run's minus the baseline's."));
    const bool isSigned = compare == Compare::Difference || (!attends() && form() == AttentionForm::Signed);
    const HeatmapSettings settings = m_settings.of(settingsKey(attends() ? kAttentionKey : keyOf(form()), compare), isSigned);
    m_plot->setSettings(settings);
    m_menu->setSettings(m_plot->settings());
    setSettingsText(summaryOf(m_plot->settings()));
    updateLabels();
    m_curve->setAxes({tr("key"), comparedSymbol(symbolOf(form()), compare), false,
                      isSigned && settings.scale == ScaleKind::Log ? ScaleKind::Linear : settings.scale, true, frameSecondsOf(model())});
}

void HiddenAttentionView::setSettings(const HeatmapSettings& settings) {
    m_settings.choose(settingsKey(attends() ? kAttentionKey : keyOf(form()), shownCompare()), settings);
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
    axes.symbol = comparedSymbol(symbolOf(form()), shownCompare());
    axes.rowText = [this](qint64 token) { return tr("query %1").arg(tokenText(token)); };
    axes.columnText = [this](qint64 token) { return tr("key %1").arg(tokenText(token)); };
    axes.rowLabel = axes.columnLabel = shortNumber;
    if (const double frame = frameSecondsOf(model()); frame > 0) {  // seconds: minutes have no room beside the rows
        axes.rowTitle = tr("query / s");
        axes.columnTitle = tr("key / s");
        axes.rowLabel = axes.columnLabel = [frame](qint64 token) {
            const double seconds = static_cast<double>(token) * frame;
            return QString::number(seconds, 'f', seconds < 99.99 ? 2 : seconds < 999.9 ? 1 : 0);
        };
    }
    if (width >= kTextCell)
        axes.columnLabel = [text, metrics = m_plot->fontMetrics(), room = static_cast<int>(width) - kTextGap](qint64 token) {
            return metrics.elidedText(text(token), Qt::ElideRight, room);
        };
    if (height >= m_plot->fontMetrics().height()) axes.rowLabel = text;
    m_plot->setAxes(axes);
}

void HiddenAttentionView::showReadout(const QString& text) {
    const auto hovered = m_readout->hoverCell();
    const auto [query, key] = hovered.first >= 0 ? hovered : std::pair(cursorToken(), m_keyColumn);
    if (query >= 0 && key > query) setReadout(tr("key %1 comes after query %2").arg(tokenText(key), tokenText(query)));
    else setReadout(text);
}

/// What a difference in the tile is made of.
QString HiddenAttentionView::detailsOf(qint64 query, qint64 key) const {
    if (!m_tile || m_tile->baseline.empty()) return {};
    const TileWindow& w = m_tile->window;
    if (query < w.t0 || query >= w.t1 || key < w.s0 || key >= w.s1) return {};
    const auto at = static_cast<std::size_t>((query - w.t0) * (w.s1 - w.s0) + key - w.s0);
    return isMissing(m_tile->values[at]) ? QString() : bothText(exactText(m_tile->changed[at]), exactText(m_tile->baseline[at]));
}

void HiddenAttentionView::showRowReadout(qint64 token) {
    if (!m_row || token < m_row->first || token > m_row->token) return setReadout(m_readout->text());
    const auto at = static_cast<std::size_t>(token - m_row->first);
    const bool both = !m_row->baseline.empty();
    const QString symbol = comparedSymbol(symbolOf(m_row->form), both ? Compare::Difference : compare());
    const QString text = tr("%1 = %2   query %3, key %4").arg(symbol, exactText(m_row->values[at]), tokenText(m_row->token), tokenText(token));
    setReadout(both ? text + QStringLiteral("   ") + bothText(exactText(m_row->changed[at]), exactText(m_row->baseline[at])) : text);
}

void HiddenAttentionView::resizeEvent(QResizeEvent* event) {
    ScopeView::resizeEvent(event);
    m_splitter->setOrientation(width() >= height() ? Qt::Horizontal : Qt::Vertical);
    updateLabels();
}

AttentionForm HiddenAttentionView::form() const { return static_cast<AttentionForm>(m_forms->currentData().toInt()); }
void HiddenAttentionView::setForm(AttentionForm form) { m_forms->setCurrentIndex(m_forms->findData(static_cast<int>(form))); }
qint64 HiddenAttentionView::tileSize() const { return m_sizes->currentData().toLongLong(); }

void HiddenAttentionView::setHead(qint64 head) {
    m_head = head;
    updateSource();
    chosen(Choice::Channel);
}

void HiddenAttentionView::setTileSize(qint64 tokens) {
    if (const int index = m_sizes->findData(tokens); index >= 0) m_sizes->setCurrentIndex(index);
}

std::vector<CaptureRequest> HiddenAttentionView::requests() const {
    std::vector<CaptureRequest> requests;
    for (const ProbePoint point : pointsOf(source())) requests.push_back({point, {layer()}, Reduction::None});
    return requests;
}

void HiddenAttentionView::save(QSettings& store) const {
    LayerTokenView::save(store);
    store.setValue(QStringLiteral("form"), keyOf(form()));
    store.setValue(QStringLiteral("size"), tileSize());
    store.setValue(QStringLiteral("head"), m_head);
    m_settings.save(store);
}

void HiddenAttentionView::load(QSettings& store) {
    LayerTokenView::load(store);
    m_settings.load(store);
    for (const AttentionForm each : {AttentionForm::Signed, AttentionForm::Absolute, AttentionForm::RowNormalised})
        if (keyOf(each) == store.value(QStringLiteral("form")).toString()) setForm(each);
    setTileSize(store.value(QStringLiteral("size"), tileSize()).toLongLong());
    setHead(store.value(QStringLiteral("head"), m_head).toLongLong());
    updateForm();
}

void HiddenAttentionView::saveShown(QSettings& store) const {
    if (!m_window.isEmpty()) store.setValue(QStringLiteral("window"), m_window);
}

void HiddenAttentionView::loadShown(QSettings& store) {
    const QRectF window = store.value(QStringLiteral("window")).toRectF();
    if (window.isEmpty()) return;
    m_window = window;
    m_follows = false;
    choose(true, true);
}

QString HiddenAttentionView::shownText() const { return hasHeads() ? m_heads->text() + QStringLiteral(" · ") + note()->text() : note()->text(); }
void HiddenAttentionView::setControlsShown(bool shown) { m_choices->setVisible(shown); }

ShownValues HiddenAttentionView::shownValues() const {
    if (attends()) return {QStringLiteral("attn_query, attn_key"), layer(), tr("rows sum to one"), describe(m_plot->scale())};
    return {QStringLiteral("dt, B, C"), layer(), form() == AttentionForm::RowNormalised ? QStringLiteral("rows of |α| sum to one") : QString(), describe(m_plot->scale())};
}

NumberSource HiddenAttentionView::numbers(TokenRange) const {
    NumberSource numbers;
    const qint64 count = context().tokens.size();
    if (m_tile && m_tile->window.t1 <= count) {
        const TileWindow& w = m_tile->window;
        const auto add = [&](const std::string& name, const std::vector<float>& values) {
            if (values.empty()) return;
            NumberAxis queries = tokenAxis(context().tokens, {w.t0, w.t1}), keys = tokenAxis(context().tokens, {w.s0, w.s1});
            queries.name = "query";
            keys.name = "key";
            addFloats(numbers, layerPath(layer(), name), {queries, keys}, values);
        };
        add("attention", m_tile->values);
        add("attention.changed", m_tile->changed);
        add("attention.baseline", m_tile->baseline);
    }
    if (!m_row || m_row->token >= count) return numbers;
    NumberAxis keys = tokenAxis(context().tokens, {m_row->first, m_row->token + 1});
    keys.name = "key";
    addFloats(numbers, layerPath(m_row->layer, "attention_row.token." + std::to_string(m_row->token)), {keys}, m_row->values);
    return numbers;
}

}  // namespace ms
