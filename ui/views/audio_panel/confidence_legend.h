// How sure the recogniser is of a word, as a colour, and what the colours and marks of the transcript mean.
#pragma once

#include <QRgb>
#include <QWidget>

namespace ms {

/// Background of a word by its confidence in [0, 1]: the same colours as a surprising token's; sure words are pale.
[[nodiscard]] QRgb confidenceColour(float confidence, bool dark);

class ConfidenceLegend : public QWidget {
    Q_OBJECT
public:
    explicit ConfidenceLegend(QWidget* parent = nullptr);
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override { return {0, sizeHint().height()}; }

protected:
    void paintEvent(QPaintEvent*) override;
};

}  // namespace ms
