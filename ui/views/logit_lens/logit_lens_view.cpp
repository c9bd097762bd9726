#include "ui/views/logit_lens/logit_lens_view.h"

#include <QComboBox>
#include <QContextMenuEvent>
#include <QLabel>
#include <QPainter>
#include <QSettings>
#include <QSpinBox>
#include <QStackedWidget>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "ui/plot/colour_bar.h"
#include "ui/plot/curve_plot.h"
#include "ui/plot/heatmap_menu.h"
#include "ui/style/number_text.h"
#include "ui/views/base/speech_texts.h"
#include "ui/views/base/view_numbers.h"
#include "ui/views/logit_lens/lens_table_view.h"
#include "ui/widgets/adaptive_splitter.h"
#include "ui/widgets/copy_menu.h"

namespace ms {

namespace {
constexpr int kSettle = 60, kStream = 250;  // milliseconds: after the cursor's last move, and between newest tokens
constexpr int kMostGuesses = 20;
}  // namespace

/// The colours of the table's cells.
class ProbabilityBar : public QWidget, public FigurePlot {
public:
    explicit ProbabilityBar(const LensTableModel* model) : m_model(model) { fitFont(); }
    void setFigureStyle(const FigureStyle& style) override { setVisible(style.colourBar); }
    void setMap(ColourMapId map) {
        m_map = map;
        update();
    }

protected:
    void changeEvent(QEvent* event) override {
        QWidget::changeEvent(event);
        if (event->type() == QEvent::FontChange) fitFont();
    }
    void paintEvent(QPaintEvent*) override {
        QPainter painter(this);
        paintColourBar(painter, rect().adjusted(6, 10, 0, -fontMetrics().height() - 8), m_map, m_model->scale(), QStringLiteral("p"), plotColours(palette()));
    }

private:
    void fitFont() { setFixedWidth(colourBarWidth(fontMetrics()) + 6); }

    const LensTableModel* m_model;
    ColourMapId m_map = ColourMapId::Viridis;
};

LogitLensView::LogitLensView(const ViewContext& context, QWidget* parent)
    : ScopeView(QStringLiteral("logit_lens"), context, parent), m_model(new LensTableModel(this)), m_table(new LensTableView(m_model)),
      m_bar(new ProbabilityBar(m_model)), m_menu(new HeatmapMenu), m_choice(new QComboBox), m_count(new QSpinBox), m_caption(new QLabel),
      m_message(new QLabel), m_pages(new QStackedWidget), m_splitter(new AdaptiveSplitter), m_entropy(new CurvePlot),
      m_probability(new CurvePlot) {
    setTitle(tr("Logit lens"),
             tr("What the model would predict if it ended after a layer: final norm and head applied to the residual stream there "
                "(nostalgebraist 2020, “interpreting GPT: the logit lens”). “State only” takes away what the layer's D skip added, "
                "out_proj(D·u·silu(z)): what then is left of this layer's output was read from its state. Earlier layers stay whole."));
    m_table->setObjectName(QStringLiteral("logit_lens_table"));
    m_table->setAccessibleName(tr("Predictions after each layer"));
    m_table->setToolTip({});
    m_caption->setObjectName(QStringLiteral("logit_lens_caption"));
    m_caption->setAccessibleName(tr("Token that is looked at"));
    m_caption->setContentsMargins(6, 2, 6, 2);
    m_caption->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
    m_message->setObjectName(QStringLiteral("logit_lens_message"));
    m_message->setAccessibleName(tr("Why no predictions are shown"));
    m_message->setAlignment(Qt::AlignCenter);
    m_message->setWordWrap(true);
    m_message->setMargin(12);
    buildControls();
    buildCurves();

    auto* tableSide = new QWidget;
    auto* tableLayout = new QGridLayout(tableSide);
    tableLayout->setContentsMargins(0, 0, 0, 0);
    tableLayout->setSpacing(0);
    tableLayout->addWidget(m_caption, 0, 0, 1, 2);
    tableLayout->addWidget(m_table, 1, 0);
    tableLayout->addWidget(m_bar, 1, 1);
    auto* curves = new QWidget;
    auto* curveLayout = new QVBoxLayout(curves);
    curveLayout->setContentsMargins(0, 0, 0, 0);
    curveLayout->setSpacing(0);
    curveLayout->addWidget(m_entropy);
    curveLayout->addWidget(m_probability);
    m_splitter->addWidget(tableSide);
    m_splitter->addWidget(curves);
    m_splitter->setStretchFactor(0, 7);
    m_splitter->setStretchFactor(1, 3);
    m_splitter->setSizes({700, 300});
    m_pages->addWidget(m_splitter);
    m_pages->addWidget(m_message);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_pages);
    setFocusProxy(m_table);

    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, &LogitLensView::ask);
    connect(m_table, &LensTableView::readoutChanged, this, [this] { setReadout(m_table->readout()); });
    connect(m_table, &LensTableView::layerChosen, &context.selection, &Selection::setLayer);
    connect(m_table, &LensTableView::runPauseRequested, this, &LogitLensView::runPauseRequested);
    connect(&context.selection, &Selection::tokenChanged, this, &LogitLensView::follow);
    connect(&context.selection, &Selection::layerChanged, this, &LogitLensView::showLayer);
    connect(&context.tokens, &TokenLog::appended, this, &LogitLensView::followStream);
    connect(&context.tokens, &TokenLog::truncated, this, &LogitLensView::follow);
    connect(&context.tokens, &TokenLog::cleared, this, &LogitLensView::follow);
    HeatmapSettings settings;  // probabilities: from 0 to 1
    settings.range = RangeMode::Fixed;
    setSettings(settings);
    modelChanged();
}

void LogitLensView::buildControls() {
    m_choice->addItems({tr("Full"), tr("State only"), tr("Both")});
    m_choice->setItemData(0, tr("The residual stream as it is"), Qt::ToolTipRole);
    m_choice->setItemData(1, tr("Without what the layer's D skip added"), Qt::ToolTipRole);
    m_choice->setItemData(2, tr("One below the other, for each layer"), Qt::ToolTipRole);
    m_choice->setToolTip(tr("The whole residual stream, or without what the layer's D skip added to it"));
    addControl(m_choice, QStringLiteral("rows"), tr("Logit lens: full, state only or both"));
    connect(m_choice, &QComboBox::activated, this, [this](int index) { setRows(static_cast<LensRows>(index)); });
    m_count->setRange(1, kMostGuesses);
    m_count->setValue(5);
    m_count->setPrefix(tr("top "));
    m_count->setKeyboardTracking(false);
    m_count->setToolTip(tr("Predictions shown for each layer"));
    addControl(m_count, QStringLiteral("count"), tr("Logit lens: predictions for each layer"));
    connect(m_count, &QSpinBox::valueChanged, this, &LogitLensView::follow);
    m_menu->hideRowNormalisation();
    m_menu->hideAggregates();
    setSettingsMenu(m_menu, tr("Logit lens: range, scale and colours"));
    connect(m_menu, &HeatmapMenu::settingsChanged, this, &LogitLensView::setSettings);
}

void LogitLensView::buildCurves() {
    const auto prepare = [this](CurvePlot* plot, const QString& name, const QString& accessible) {
        plot->setObjectName(name);
        plot->setAccessibleName(accessible);
        connect(plot, &CurvePlot::clicked, this, [this](double x) { context().selection.setLayer(std::llround(x)); });
        connect(plot, &CurvePlot::stepRequested, this, [this](int steps) {
            if (!model()) return;
            const qint64 layer = std::max<qint64>(0, context().selection.layer()) + steps;
            context().selection.setLayer(std::clamp<qint64>(layer, 0, model()->dims.n_layer - 1));
        });
        connect(plot, &CurvePlot::readoutChanged, this, [this](const QString& text) { setReadout(text.isEmpty() ? m_table->readout() : text); });
        connect(plot, &CurvePlot::runPauseRequested, this, &LogitLensView::runPauseRequested);
    };
    prepare(m_entropy, QStringLiteral("logit_lens_entropy"), tr("Entropy over layers"));
    prepare(m_probability, QStringLiteral("logit_lens_probability"), tr("Probability of the next token over layers"));
    m_probability->setEmptyText(tr("The next token\nis not known yet"));
}

bool LogitLensView::ofFrames() const { return model() && model()->speech; }

qint64 LogitLensView::wantedToken() const {
    const qint64 newest = context().tokens.size() - 1, cursor = context().selection.token();
    return cursor >= 0 && cursor <= newest ? cursor : newest;
}

void LogitLensView::modelChanged() {
    m_timer.stop();
    m_pending = m_again = false;  // the questions about the model before were dropped
    m_model->setTable(nullptr, {});
    m_model->setOfFrames(ofFrames());
    m_probability->setAccessibleName(ofFrames() ? tr("Probability of the symbol heard over layers") : tr("Probability of the next token over layers"));
    follow();
}

void LogitLensView::activeChanged() {
    if (isActive()) return follow();
    m_timer.stop();
    m_pending = m_again = false;
    context().queries.cancel(this);
}

void LogitLensView::dataChanged(qint64 first, qint64 end) {
    // Captures that fill in the past change no prediction; a session that began anew or was cut does.
    if (end > context().tokens.size() && m_model->table() && first <= m_model->table()->token) follow();
}

/// The cursor or a setting has changed: ask when it stands still.
void LogitLensView::follow() {
    if (!model()) return showMessage(tr("No model is open."));
    if (wantedToken() < 0) return showMessage(nothingReadText(model()));
    if (isActive()) m_timer.start(kSettle);
}

/// Tokens came: they matter when the newest is looked at, or when the first of them is what came next.
void LogitLensView::followStream(qint64 first) {
    const qint64 cursor = context().selection.token();
    const bool newest = cursor < 0 || cursor >= first;
    if (newest || (cursor == first - 1 && !ofFrames())) askSoon();
}

/// Some times a second, and never more often than answers come.
void LogitLensView::askSoon() {
    if (!model() || !isActive() || m_timer.isActive()) return;
    if (m_pending) m_again = true;
    else m_timer.start(m_asked.isValid() ? std::max(0, kStream - static_cast<int>(m_asked.elapsed())) : 0);
}

void LogitLensView::ask() {
    const qint64 token = wantedToken();
    if (!model() || !isActive() || token < 0) return;
    m_asked.start();
    m_pending = true;
    m_again = false;
    context().queries.logitLens(this, token, m_count->value(), [this](const Answer<LensTable>& answer) { receive(answer); });
}

void LogitLensView::receive(const Answer<LensTable>& answer) {
    m_pending = false;
    const bool again = std::exchange(m_again, false);
    if (!answer) {
        showMessage(answer.error);
    } else {
        const qint64 token = answer.value->token;
        std::optional<TokenId> next;
        const qint64 wanted = ofFrames() ? token : token + 1;
        if (wanted < context().tokens.size()) next = context().tokens.row(wanted).id;
        m_model->setTable(answer.value, next);
        m_pages->setCurrentWidget(m_splitter);
        showCaption();
        drawCurves();
        showLayer();
        m_bar->update();
        setReadout(m_table->readout());
    }
    if (again) askSoon();
}

void LogitLensView::showMessage(const QString& text) {
    m_timer.stop();
    if (m_pending) context().queries.cancel(this);
    m_pending = m_again = false;
    m_model->setTable(nullptr, {});
    m_message->setText(text);
    m_pages->setCurrentWidget(m_message);
    setReadout({});
}

void LogitLensView::showCaption() {
    const qint64 token = m_model->table()->token;
    const TokenLog& tokens = context().tokens;
    if (token < 0 || token >= tokens.size()) return m_caption->clear();
    if (ofFrames())
        return m_caption->setText(tr("At %1; – is the blank: nothing new in this frame").arg(names().name(token)));
    QString text = tr("After token %1 “%2”").arg(groupedText(token), tokens.visibleText(tokens.row(token).id));
    text += token + 1 < tokens.size() ? tr(": next came “%1”").arg(tokens.visibleText(tokens.row(token + 1).id))
                                      : tr(": the next token is not known yet");
    m_caption->setText(text);
}

void LogitLensView::drawCurves() {
    const std::shared_ptr<const LensTable>& table = m_model->table();
    if (!table) return;
    std::vector<Curve> entropy, probability;
    bool nextKnown = false;
    const auto add = [&](const QString& name, LensTable::Row LensTable::Layer::*which, int colour, bool dashed) {
        Curve bits, next;
        bits.name = next.name = name;
        bits.dashed = next.dashed = dashed;
        bits.colour = next.colour = curveColour(colour, isDark(palette()));
        for (const LensTable::Layer& layer : table->layers) {
            const LensTable::Row& row = layer.*which;
            bits.x << static_cast<double>(layer.layer);
            bits.y << static_cast<double>(row.entropyBits);
            next.x << static_cast<double>(layer.layer);
            next.y << (row.nextRank > 0 ? static_cast<double>(row.nextProbability) : std::numeric_limits<double>::quiet_NaN());
            nextKnown = nextKnown || row.nextRank > 0;
        }
        entropy.push_back(bits);
        probability.push_back(next);
    };
    if (m_model->rows() != LensRows::StateOnly) add(tr("full"), &LensTable::Layer::full, 0, false);
    if (m_model->rows() != LensRows::Full) add(tr("state only"), &LensTable::Layer::stateOnly, 1, true);
    const double last = table->layers.empty() ? 0 : static_cast<double>(table->layers.back().layer);
    for (CurvePlot* plot : {m_entropy, m_probability}) plot->setXRange(0, last);
    m_entropy->setAxes({tr("layer"), tr("entropy, bits")});
    m_entropy->setCurves(entropy);
    m_probability->setAxes({tr("layer"), ofFrames() ? tr("p(heard)") : tr("p(next)"), false, m_settings.scale});
    m_probability->setCurves(nextKnown ? probability : std::vector<Curve>{});
}

void LogitLensView::showLayer() {
    const qint64 layer = context().selection.layer();
    m_table->showLayer(layer);
    const double x = layer >= 0 ? static_cast<double>(layer) : std::numeric_limits<double>::quiet_NaN();
    m_entropy->setCursor(x);
    m_probability->setCursor(x);
}

void LogitLensView::setRows(LensRows rows) {
    m_choice->setCurrentIndex(static_cast<int>(rows));
    m_model->setRows(rows);
    drawCurves();
    showLayer();
    m_bar->update();
}

void LogitLensView::setSettings(const HeatmapSettings& settings) {
    m_settings = settings;
    m_settings.normaliseRows = false;
    m_model->setSettings(m_settings);
    m_menu->setSettings(m_settings);
    m_bar->setMap(m_settings.colourMap);
    setSettingsText(summaryOf(m_settings));
    drawCurves();
}

void LogitLensView::contextMenuEvent(QContextMenuEvent* event) {
    auto* menu = new CopyMenu(id(), this);
    menu->add(tr("Copy value"), QStringLiteral("copyValue"), readout());
    menu->add(tr("Copy table as text"), QStringLiteral("copyTable"), m_model->table() ? m_model->text() : QString());
    addExportActions(*menu);
    menu->popup(event->globalPos());
}

ShownValues LogitLensView::shownValues() const { return {QStringLiteral("resid_post"), {}, {}, describe(m_model->scale())}; }

void LogitLensView::save(QSettings& store) const {
    m_settings.save(store);
    store.setValue(QStringLiteral("rows"), static_cast<int>(m_model->rows()));
    store.setValue(QStringLiteral("count"), m_count->value());
}

void LogitLensView::load(QSettings& store) {
    HeatmapSettings loaded = m_settings;
    loaded.load(store);
    setSettings(loaded);
    setRows(static_cast<LensRows>(std::clamp(store.value(QStringLiteral("rows"), 0).toInt(), 0, 2)));
    m_count->setValue(store.value(QStringLiteral("count"), m_count->value()).toInt());
}

NumberSource LogitLensView::numbers(TokenRange) const {
    NumberSource numbers;
    const std::shared_ptr<const LensTable>& table = m_model->table();
    if (!table || table->layers.empty()) return numbers;
    std::vector<std::int64_t> layers;
    for (const LensTable::Layer& layer : table->layers) layers.push_back(layer.layer);
    const auto add = [&](LensTable::Row LensTable::Layer::*which, const std::string& prefix) {
        std::vector<float> entropy, next, probabilities;
        std::vector<std::int64_t> ranks;
        std::vector<std::int32_t> ids;
        std::size_t guesses = (table->layers.front().*which).guesses.size();
        for (const LensTable::Layer& layer : table->layers) guesses = std::min(guesses, (layer.*which).guesses.size());
        for (const LensTable::Layer& layer : table->layers) {
            const LensTable::Row& row = layer.*which;
            entropy.push_back(row.entropyBits);
            next.push_back(row.nextProbability);
            ranks.push_back(row.nextRank);
            for (std::size_t g = 0; g < guesses; ++g) {
                ids.push_back(row.guesses[g].id);
                probabilities.push_back(row.guesses[g].probability);
            }
        }
        const NumberAxis axis = plainAxis("layer", layers);
        addFloats(numbers, prefix + "entropy", {axis}, entropy, "bits");
        addFloats(numbers, prefix + "next_probability", {axis}, next);
        addArray(numbers, prefix + "next_rank", {axis}, ranks, DType::I64);
        if (guesses == 0) return;
        const NumberAxis rank = plainAxis("rank", static_cast<std::int64_t>(guesses));
        addArray(numbers, prefix + "guess_id", {axis, rank}, ids, DType::I32);
        addFloats(numbers, prefix + "guess_probability", {axis, rank}, probabilities);
    };
    add(&LensTable::Layer::full, "lens.");
    add(&LensTable::Layer::stateOnly, "lens.state_only.");
    return numbers;
}

}  // namespace ms
