#include "ui/views/posteriors/posteriors_view.h"

#include <QCheckBox>
#include <QSettings>

#include "ui/plot/heatmap_canvas.h"

namespace ms {

namespace {

/// Probabilities as they are: full colour is certainty, and a peak one frame wide is not lost when many share a pixel.
HeatmapSettings firstSettings() {
    HeatmapSettings settings;
    settings.range = RangeMode::Fixed;
    settings.fixedLow = 0;
    settings.fixedHigh = 1;
    settings.aggregate = Aggregate::Max;
    return settings;
}

}  // namespace

QString symbolText(const SpeechSummary& speech, qint64 symbol) {
    if (symbol == speech.blank) return QStringLiteral("–");
    if (symbol < 0 || symbol >= speech.symbols.size()) return QStringLiteral("#%1").arg(symbol);
    QString text = speech.symbols[symbol];
    return text.replace(QLatin1Char(' '), QChar(0x2423));
}

PosteriorsView::PosteriorsView(const ViewContext& context, QWidget* parent)
    : SpeechMapView(QStringLiteral("posteriors"), tr("Posteriors"), firstSettings(), context, parent), m_blank(new QCheckBox(tr("Blank"))) {
    setTitle(tr("Posteriors"),
             tr("Probability of each output symbol at each frame: softmax of the logits. The blank (–) says that no new symbol "
                "begins (CTC), ␣ is the space between words. A logarithmic scale shows the alternatives; Ctrl+wheel or Ctrl+Up "
                "zooms the rows."));
    setMeasure(tr("P"), {}, tr("symbol"));
    m_blank->setChecked(true);
    m_blank->setToolTip(tr("Show the blank's row. Without it a range of min–max or 1–99 % fits the other symbols; probabilities stay "
                           "as they are."));
    addControl(m_blank, QStringLiteral("blank"), tr("Posteriors: show the blank"));
    connect(m_blank, &QCheckBox::toggled, this, &PosteriorsView::updateSource);
    updateSource();
}

void PosteriorsView::setBlankShown(bool shown) { m_blank->setChecked(shown); }
bool PosteriorsView::isBlankShown() const { return m_blank->isChecked(); }

void PosteriorsView::modelChanged() {
    RowNames names;
    if (model() && model()->speech) {
        names.label = [model = model()](qint64 symbol) { return symbolText(*model->speech, symbol); };
        names.readout = [model = model()](qint64 symbol) {
            const QString text = symbolText(*model->speech, symbol);
            return symbol == model->speech->blank ? tr("blank “%1”").arg(text) : tr("symbol “%1”").arg(text);
        };
    }
    canvas()->setRowNames(std::move(names));
    SpeechMapView::modelChanged();
}

SeriesSource PosteriorsView::source() const {
    SeriesSource source = SeriesSource::channels(context().store, ProbePoint::Logits, LayerIndex(-1), model()->dims);
    source.setSoftmax(true);
    const SpeechSummary& speech = *model()->speech;
    auto order = std::make_shared<std::vector<int>>();
    for (int symbol = 0; symbol < source.rows(); ++symbol)
        if (symbol < speech.symbols.size() && (symbol != speech.blank || isBlankShown())) order->push_back(symbol);
    source.setOrder(std::move(order));
    return source;
}

void PosteriorsView::save(QSettings& store) const {
    SpeechMapView::save(store);
    store.setValue(QStringLiteral("blank"), isBlankShown());
}

void PosteriorsView::load(QSettings& store) {
    SpeechMapView::load(store);
    setBlankShown(store.value(QStringLiteral("blank"), isBlankShown()).toBool());
}

}  // namespace ms
