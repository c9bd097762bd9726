// How sure the recogniser is of a word, as a colour, and what the colours and marks of the transcript mean.
#pragma once

#include <QWidget>

namespace ms {

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
