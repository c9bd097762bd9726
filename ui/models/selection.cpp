#include "ui/models/selection.h"

#include <algorithm>

namespace ms {

void Selection::setToken(qint64 token) {
    if (token == m_token) return;
    m_token = token;
    Q_EMIT tokenChanged(token);
}

void Selection::setLayer(qint64 layer) {
    if (layer == m_layer) return;
    m_layer = layer;
    Q_EMIT layerChanged(layer);
}

void Selection::setChannel(qint64 channel) {
    if (channel == m_channel) return;
    m_channel = channel;
    Q_EMIT channelChanged(channel);
}

void Selection::setHoverToken(qint64 token) {
    if (token == m_hoverToken) return;
    m_hoverToken = token;
    Q_EMIT hoverTokenChanged(token);
}

void Selection::setRange(TokenRange range) {
    if (range.empty()) range = {};
    if (range == m_range) return;
    m_range = range;
    Q_EMIT rangeChanged();
}

void Selection::setTensor(const QString& name) {
    if (name == m_tensor) return;
    m_tensor = name;
    Q_EMIT tensorChanged(name);
}

void Selection::clear() {
    setHoverToken(-1);
    setRange({});
    setToken(-1);
    setLayer(-1);
    setChannel(-1);
}

qint64 layerShown(const Selection& selection, qint64 layers) {
    const qint64 wanted = selection.layer() >= 0 ? selection.layer() : layers / 2;
    return std::clamp<qint64>(wanted, 0, std::max<qint64>(0, layers - 1));
}

}  // namespace ms
