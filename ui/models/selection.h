// Where the user is looking: the one cursor that all views share.
#pragma once

#include <QObject>
#include <QString>

namespace ms {

/// Tokens [first, end); empty when first == end.
struct TokenRange {
    qint64 first = 0, end = 0;
    [[nodiscard]] bool empty() const { return end <= first; }
    bool operator==(const TokenRange&) const = default;
};

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
    /// Tokens over which views average; empty: all.
    [[nodiscard]] TokenRange range() const { return m_range; }
    /// Name of the tensor looked at; empty: none.
    [[nodiscard]] const QString& tensor() const { return m_tensor; }

    void setToken(qint64 token);
    void setLayer(qint64 layer);
    void setChannel(qint64 channel);
    void setHoverToken(qint64 token);
    void setRange(TokenRange range);
    void setTensor(const QString& name);
    void clear();

Q_SIGNALS:
    void tokenChanged(qint64 token);
    void layerChanged(qint64 layer);
    void channelChanged(qint64 channel);
    void hoverTokenChanged(qint64 token);
    void rangeChanged();
    void tensorChanged(const QString& name);

private:
    qint64 m_token = -1, m_layer = -1, m_channel = -1, m_hoverToken = -1;
    TokenRange m_range;
    QString m_tensor;
};

/// The layer a view of one layer shows: the selected one, the middle one until there is one. 0 without layers.
[[nodiscard]] qint64 layerShown(const Selection& selection, qint64 layers);

}  // namespace ms
