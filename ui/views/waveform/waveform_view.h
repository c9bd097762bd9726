// The sound itself, over the time axis of everything that the model makes of it.
#pragma once

#include "ui/views/base/scope_view.h"

class QComboBox;

namespace ms {

class WaveformPlot;

class WaveformView : public ScopeView {
    Q_OBJECT
public:
    explicit WaveformView(const ViewContext& context, QWidget* parent = nullptr);

    [[nodiscard]] WaveformPlot* plot() const { return m_plot; }

    void dataChanged(qint64 first, qint64 end) override;
    [[nodiscard]] NumberSource numbers(TokenRange tokens) const override;
    [[nodiscard]] FigureTitles figureTitles() const override;
    void save(QSettings& store) const override;
    void load(QSettings& store) override;

Q_SIGNALS:
    /// The user wants to hear seconds [start, end) of the audio.
    void playRequested(double start, double end);

protected:
    void modelChanged() override;

private:
    void showSound();
    /// The selected range if the token lies in it, else from the token to the end.
    void play(qint64 token);

    WaveformPlot* m_plot;
    QComboBox* m_scales;
};

}  // namespace ms
