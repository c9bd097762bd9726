// A view made anew off screen: the same view, set alike, over the same values, at the size of a figure.
#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>
#include <QWidget>
#include <memory>

#include "ui/export/counting_queries.h"
#include "ui/export/figure_options.h"
#include "ui/export/figure_source.h"
#include "ui/export/view_settings.h"
#include "ui/plot/figure_plot.h"

class QPainter;

namespace ms {

/// It never touches the window's views. Values that are not captured yet are asked for and waited for; so are answers and
/// computations. `settled` comes when a drawing shows all there is.
class FigureView : public QObject {
    Q_OBJECT
public:
    /// Not valid when there is no such view.
    FigureView(const FigureSource& source, const QString& id, const ViewSettings& settings, QObject* parent = nullptr);
    ~FigureView() override;

    [[nodiscard]] bool isValid() const { return m_view != nullptr; }
    [[nodiscard]] ScopeView& view() const { return *m_view; }
    [[nodiscard]] const ViewSettings& settings() const { return m_settings; }
    [[nodiscard]] const ModelSummaryPtr& model() const { return m_source.model; }
    [[nodiscard]] const TokenLog& tokens() const { return m_source.context.tokens; }
    /// Tokens that are shown; empty when the view has no axis of tokens.
    [[nodiscard]] TokenRange shownTokens() const;
    /// What is exported of tokens: those that the options ask for.
    [[nodiscard]] TokenRange wantedTokens() const { return m_tokens; }
    /// Left and right edge of the plots over the token axis within the view, as shares of its width.
    [[nodiscard]] std::pair<double, double> plotEdges() const;

    /// Lays the view out for a place of `content` units; what it draws fits there exactly. settled() or failed() follow.
    void layOut(const FigureOptions& options, QSizeF content);
    [[nodiscard]] bool isSettled() const { return m_isSettled; }
    /// Pictures inside a vector file hold cells, not pixels. Before layOut.
    void setVector(bool vector) { m_vector = vector; }
    /// Draws into `place` (units of the painter), which has the size that was laid out for.
    void draw(QPainter& painter, const QRectF& place) const;
    /// The same as pixels.
    [[nodiscard]] QImage image(double pixelsPerUnit) const;

    // --- frames of a film, once it has settled ---
    /// Colours keep their meaning in whatever is laid out or shown from now on.
    void keepScale();
    /// Draws as if the tokens from `end` on had not been read yet, the newest shown one under the cursor. Where the options do
    /// not fit the tokens into the width, the newest stands at the right.
    void setTokensUpTo(qint64 end);
    /// Takes up some of what is left to do, for some milliseconds. True: a drawing shows all there is. Ask again in another
    /// turn of the event loop.
    [[nodiscard]] bool look();

    /// Longest time to settle.
    void setPatience(int milliseconds) { m_patience = milliseconds; }

Q_SIGNALS:
    void settled();
    /// One line: why there will be no figure.
    void failed(const QString& problem);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void fitTokens(QSizeF content);
    void setFont(double pixels);
    void tick();
    [[nodiscard]] bool isCaptured() const;
    [[nodiscard]] bool settlePlots();
    void applyStyle();

    FigureSource m_source;
    ViewSettings m_settings;
    CountingQueries m_queries;
    TimeAxis m_axis;
    Selection m_selection;
    QWidget m_room;                     // never seen; a view on its own would tell the desktop how small it may become
    std::unique_ptr<ScopeView> m_view;
    FigureOptions m_options;
    QSizeF m_content;
    TokenRange m_tokens;
    bool m_vector = false, m_keepsScale = false;
    QTimer m_timer;
    QElapsedTimer m_since, m_idle;
    int m_patience = 120'000, m_quiet = 0;
    bool m_isSettled = false, m_captured = false;
};

}  // namespace ms
