// A few tokens by rank, as chips with bars: which of them weigh most, and how much.
#pragma once

#include <QListWidget>
#include <span>
#include <vector>

#include "ui/models/token_log.h"
#include "ui/plot/figure_plot.h"

namespace ms {

struct RankedToken {
    qint64 token = -1;
    float value = 0;
};

/// The tokens of the `count` values of largest magnitude, largest first; `values` belong to tokens from `first` on. What
/// is zero or NaN has no rank.
[[nodiscard]] std::vector<RankedToken> rankTokens(std::span<const float> values, qint64 first, std::size_t count);

class RankedTokens : public QListWidget, public FigurePlot {
    Q_OBJECT
public:
    explicit RankedTokens(const TokenLog& tokens, QWidget* parent = nullptr);

    /// As high as the chips need, at most this many lines; 0: the layout decides.
    void setRows(int rows);
    void show(const std::vector<RankedToken>& ranked);
    using QListWidget::show;
    [[nodiscard]] const std::vector<RankedToken>& ranked() const { return m_ranked; }
    /// Tokens are frames of so much audio; 0: of text.
    void setFrameSeconds(double seconds) { m_frameSeconds = seconds; }
    /// "12 %", or plain numbers.
    void setPercent(bool percent) { m_percent = percent; }

    void setFigureStyle(const FigureStyle& style) override;
    bool settle() override;

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

Q_SIGNALS:
    void tokenChosen(qint64 token);          ///< a click, or Return
    void tokenHovered(qint64 token);         ///< under the mouse, else the keyboard's; -1: none
    void runPauseRequested();

protected:
    void keyPressEvent(QKeyEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    [[nodiscard]] int lineHeight() const;
    void fitHeight();

    const TokenLog& m_tokens;
    std::vector<RankedToken> m_ranked;
    int m_rows = 0, m_usedRows = 1;
    bool m_percent = true;
    double m_frameSeconds = 0;
};

}  // namespace ms
