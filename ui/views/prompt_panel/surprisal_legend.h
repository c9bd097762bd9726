// Explains the colours of the tokens: a gradient in bits, and the mark of prompt tokens.
#pragma once

#include <QWidget>

namespace ms {

class SurprisalLegend : public QWidget {
    Q_OBJECT
public:
    explicit SurprisalLegend(QWidget* parent = nullptr);
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent*) override;
};

}  // namespace ms
