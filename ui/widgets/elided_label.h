// A one-line label that shortens its text instead of widening its parent; the whole text is in its tooltip.
#pragma once

#include <QWidget>

namespace ms {

class ElidedLabel : public QWidget {
    Q_OBJECT
public:
    explicit ElidedLabel(const QString& text = {}, QWidget* parent = nullptr);

    void setText(const QString& text);
    [[nodiscard]] QString text() const { return m_text; }
    void setElideMode(Qt::TextElideMode mode) { m_mode = mode; }
    void setAlignment(Qt::Alignment alignment) { m_alignment = alignment; }
    /// Draws the text in the placeholder colour.
    void setFaint(bool faint) { m_faint = faint; }

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent*) override;
    bool event(QEvent* event) override;

private:
    QString m_text;
    Qt::TextElideMode m_mode = Qt::ElideRight;
    Qt::Alignment m_alignment = Qt::AlignLeft | Qt::AlignVCenter;
    bool m_faint = false;
};

}  // namespace ms
