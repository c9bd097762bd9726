// The QCustomPlot inside a CurvePlot. For ui/plot alone: the header speaks QCustomPlot.
#pragma once

#include "ui/plot/qcustomplot_api.h"

namespace ms {

/// On screen it shows QCustomPlot's buffered pixels; on any other device, as in a figure, it draws anew, lines as lines
/// and text as text.
class CurveCanvas final : public QCustomPlot {
public:
    using QCustomPlot::QCustomPlot;

protected:
    void paintEvent(QPaintEvent* event) override;
};

}  // namespace ms
