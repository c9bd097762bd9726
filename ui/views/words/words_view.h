// The transcript on the time axis.
#pragma once

#include "ui/views/base/scope_view.h"

namespace ms {

class WordLane;

class WordsView : public ScopeView {
    Q_OBJECT
public:
    explicit WordsView(const ViewContext& context, QWidget* parent = nullptr);

    [[nodiscard]] WordLane* lane() const { return m_lane; }

    void dataChanged(qint64 first, qint64 end) override;
    [[nodiscard]] NumberSource numbers(TokenRange tokens) const override;
    [[nodiscard]] FigureTitles figureTitles() const override;

Q_SIGNALS:
    /// The user wants to hear seconds [start, end) of the audio.
    void playRequested(double start, double end);

protected:
    void modelChanged() override { showWords(); }

private:
    void showWords();

    WordLane* m_lane;
};

}  // namespace ms
