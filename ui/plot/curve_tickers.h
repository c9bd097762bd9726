// Ticks of curves' axes. For ui/plot alone: the header speaks QCustomPlot.
#pragma once

#include "ui/plot/curve_limits.h"
#include "ui/plot/qcustomplot_api.h"

namespace ms {

/// Ticks at whole numbers, those that a heatmap's time axis of the same width has.
class WholeTicker final : public QCPAxisTicker {
public:
    explicit WholeTicker(const QCustomPlot& plot) : m_plot(plot) {}

protected:
    double getTickStep(const QCPRange& range) override;
    int getSubTickCount(double) override { return 0; }
    QString getTickLabel(double tick, const QLocale&, QChar, int) override;

private:
    const QCustomPlot& m_plot;
};

/// Powers of two, as whole numbers, on a logarithmic axis.
class PowerTicker final : public QCPAxisTickerLog {
public:
    PowerTicker() {
        setLogBase(2);
        setTickCount(9);
    }

protected:
    int getSubTickCount(double) override { return 0; }
    QString getTickLabel(double tick, const QLocale&, QChar, int) override;
};

/// Round times on an axis that counts frames: a time stands where the frame that begins with it has its left edge.
class TimeTicker final : public QCPAxisTicker {
public:
    TimeTicker(const QCustomPlot& plot, double frameSeconds) : m_plot(plot), m_frameSeconds(frameSeconds) {}

protected:
    QVector<double> createTickVector(double, const QCPRange& range) override;
    int getSubTickCount(double) override { return 0; }
    QString getTickLabel(double tick, const QLocale&, QChar, int) override;

private:
    const QCustomPlot& m_plot;
    const double m_frameSeconds;
    int m_decimals = 0;  // of the labels
};

/// Labels that fit beside a heatmap's row numbers.
class NarrowTicker final : public QCPAxisTicker {
public:
    NarrowTicker() { setTickCount(4); }

protected:
    int getSubTickCount(double) override { return 0; }
    QString getTickLabel(double tick, const QLocale&, QChar, int) override;
};

/// Zero and powers of ten of both signs, "−10 −1 0 1 10", on an axis whose coordinates are a symlog scale's.
class SymlogTicker final : public QCPAxisTicker {
public:
    /// `scale` lives as long as the axis, and says what its coordinates mean now.
    explicit SymlogTicker(const CurveScale& scale) : m_scale(scale) {}

protected:
    QVector<double> createTickVector(double, const QCPRange& range) override;
    int getSubTickCount(double) override { return 0; }
    QString getTickLabel(double tick, const QLocale&, QChar, int) override;

private:
    const CurveScale& m_scale;
};

}  // namespace ms
