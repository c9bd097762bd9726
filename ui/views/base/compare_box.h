// The box in a view's header that chooses which of two runs is shown; there while a changed model runs beside its baseline.
#pragma once

#include <QComboBox>

#include "ui/models/series_source.h"

namespace ms {

class CompareBox : public QComboBox {
    Q_OBJECT
public:
    explicit CompareBox(QWidget* parent = nullptr);

    [[nodiscard]] Compare compare() const { return static_cast<Compare>(currentIndex()); }
    /// Shows what was chosen elsewhere, without a signal.
    void setCompare(Compare compare);

Q_SIGNALS:
    void chosen(ms::Compare compare);
};

/// "What the changed model does": one line for a tooltip.
[[nodiscard]] QString compareHelp(Compare compare);

}  // namespace ms
