// Where the user is looking: the one cursor that all views share.
#pragma once

#include <QObject>

namespace ms {

class Selection : public QObject {
    Q_OBJECT
public:
    using QObject::QObject;

    /// -1 everywhere: nothing selected.
    [[nodiscard]] qint64 token() const { return m_token; }
    [[nodiscard]] qint64 layer() const { return m_layer; }
    [[nodiscard]] qint64 channel() const { return m_channel; }
    /// The token under the mouse in whichever view it is.
    [[nodiscard]] qint64 hoverToken() const { return m_hoverToken; }

    void setToken(qint64 token);
    void setLayer(qint64 layer);
    void setChannel(qint64 channel);
    void setHoverToken(qint64 token);
    void clear();

Q_SIGNALS:
    void tokenChanged(qint64 token);
    void layerChanged(qint64 layer);
    void channelChanged(qint64 channel);
    void hoverTokenChanged(qint64 token);

private:
    qint64 m_token = -1, m_layer = -1, m_channel = -1, m_hoverToken = -1;
};

}  // namespace ms
