#include "ui/views/base/layer_token_view.h"

#include <QCheckBox>
#include <QSettings>

#include "ui/style/number_text.h"
#include "ui/views/base/layer_box.h"
#include "ui/views/base/speech_texts.h"
#include "ui/widgets/elided_label.h"

namespace ms {

LayerTokenView::LayerTokenView(const QString& id, const ViewContext& context, QWidget* parent)
    : ScopeView(id, context, parent), m_layers(new LayerBox(context.selection)), m_channelOnly(new QCheckBox), m_note(new ElidedLabel),
      m_chips(new RankedTokens(context.tokens)) {
    m_channelOnly->setText(tr("this channel &only"));
    m_note->setFaint(true);
    m_note->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    connect(m_layers, &LayerBox::layerChanged, this, [this] {
        chosen(Choice::Layer);
        Q_EMIT requestsChanged();
    });
    connect(m_channelOnly, &QCheckBox::toggled, this, [this] { chosen(Choice::Channel); });
    connect(&context.selection, &Selection::channelChanged, this, [this] {
        showNote();
        if (m_channelOnly->isChecked()) chosen(Choice::Channel);
    });
    connect(m_chips, &RankedTokens::runPauseRequested, this, &LayerTokenView::runPauseRequested);
    connect(m_chips, &RankedTokens::tokenHovered, this, [this](qint64 token) {
        this->context().selection.setHoverToken(token);
        chipHovered(token);
    });
    connect(m_chips, &RankedTokens::tokenChosen, this, [this](qint64 token) {
        this->context().selection.setToken(token);
        this->context().axis.ensureVisible(token);
    });
}

void LayerTokenView::addLayerControls(const QString& title) {
    addControl(m_layers, QStringLiteral("layer"), tr("%1: the layer that is shown").arg(title));
    addCompareBox(tr("%1: which run is shown").arg(title));
}

void LayerTokenView::name(QWidget* widget, const char* part, const QString& text) const {
    widget->setObjectName(id() + QLatin1Char('_') + QLatin1String(part));
    widget->setAccessibleName(text);
}

void LayerTokenView::nameControl(QWidget* control, const char* part, const QString& text) const {
    name(control, part, text);
    control->setToolTip(text);
}

void LayerTokenView::modelChanged() {
    m_layers->setLayers(model() ? static_cast<qint64>(model()->scan.size()) : 0);
    m_chips->setFrameSeconds(frameSecondsOf(model()));
}

void LayerTokenView::setCompare(Compare compare) {
    ScopeView::setCompare(compare);
    if (compare == m_compare) return;
    m_compare = compare;
    chosen(Choice::Run);
}

LayerIndex LayerTokenView::layer() const { return m_layers->layer(); }

std::optional<qint64> LayerTokenView::wantedChannel() const {
    if (!m_channelOnly->isChecked()) return {};
    const qint64 channel = context().selection.channel();
    return channel < model()->dims.d_inner ? channel : -1;
}

qint64 LayerTokenView::cursorToken() const {
    const qint64 count = context().tokens.size(), cursor = context().selection.token();
    return cursor >= 0 && cursor < count ? cursor : count - 1;
}

QString LayerTokenView::tokenText(qint64 token) const {
    return names().text(token);
}

QString LayerTokenView::emptyTextFor(const QString& noLayer, const QString& why, const QString& busy) const {
    if (!model()) return tr("No model is open.");
    if (model()->scan.empty()) return noLayer;
    if (context().tokens.size() == 0) return nothingReadText(model());
    return why.isEmpty() ? busy : why;
}

QString LayerTokenView::selectChannelText() const {
    return tr("Select a channel: click a row in Channels or in the map of Time scales.");
}

std::vector<CaptureRequest> LayerTokenView::requestsFor(std::initializer_list<ProbePoint> points) const {
    std::vector<CaptureRequest> requests;
    if (model()->scan.empty()) return requests;
    for (const ProbePoint point : points) requests.push_back({point, {layer()}, Reduction::None});
    return requests;
}

void LayerTokenView::setNote(const QStringList& parts) {
    const qint64 channel = context().selection.channel();
    m_channelOnly->setText(channel >= 0 ? tr("channel %1 &only").arg(channel) : tr("this channel &only"));
    m_note->setText(parts.join(QStringLiteral(" · ")));
}

void LayerTokenView::save(QSettings& store) const { store.setValue(QStringLiteral("channelOnly"), m_channelOnly->isChecked()); }

void LayerTokenView::load(QSettings& store) {
    m_channelOnly->setChecked(store.value(QStringLiteral("channelOnly"), m_channelOnly->isChecked()).toBool());
}

}  // namespace ms
