// The token axis that all time views share: which tokens are visible, and how wide one is.
#pragma once

#include <QHash>
#include <QObject>
#include <QSet>
#include <span>

namespace ms {

/// A zoom step: zoomed in, a token is several pixels wide; zoomed out, several tokens share a pixel column.
struct TimeScale {
    int tokensPerColumn = 1;
    int columnPixels = 1;
};

class TimeAxis : public QObject {
    Q_OBJECT
public:
    using QObject::QObject;

    [[nodiscard]] static std::span<const TimeScale> scales();

    [[nodiscard]] int step() const { return m_step; }
    [[nodiscard]] TimeScale scale() const { return scales()[static_cast<std::size_t>(m_step)]; }
    /// First visible token, a multiple of tokensPerColumn.
    [[nodiscard]] qint64 firstToken() const { return m_first; }
    [[nodiscard]] qint64 tokenCount() const { return m_count; }
    /// Tokens that fit the narrowest view.
    [[nodiscard]] qint64 visibleTokens() const;
    /// Pixels of the narrowest plot; 0: there is none.
    [[nodiscard]] int viewport() const { return m_viewport; }
    [[nodiscard]] bool follows() const { return m_follow; }

    void setTokenCount(qint64 count);
    /// A view tells its plot's width; 0 when it is hidden.
    void setViewport(const QObject* view, int pixels);
    /// Plots inside a view that nobody sees do not count: behind another tab they keep the size they once had.
    void setSeen(const QObject* view, bool seen);
    /// Zooms by `steps` (positive: in) and keeps `token` where it is; -1: the middle, or the newest while following.
    void zoom(int steps, qint64 token);
    void fitAll();
    /// Scrolling by hand ends following; reaching the newest token takes it up again.
    void scrollTo(qint64 firstToken);
    void pan(qint64 tokens) { scrollTo(m_first + tokens); }
    void setFollow(bool follow);
    /// Shows tokens from `first` on up to `end`, as if there were no later ones, at `scales()[step]`, and stays so
    /// whatever the plots have room for: for a figure.
    void hold(qint64 first, qint64 end, int step);
    /// Scrolls as little as possible.
    void ensureVisible(qint64 token);

Q_SIGNALS:
    void changed();
    void followChanged(bool follows);

private:
    [[nodiscard]] qint64 lastFirst() const;
    void place(qint64 first);
    void measureViewport();
    void forget(const QObject* view) { m_unseen.remove(view); }

    QHash<const QObject*, int> m_viewports;
    QSet<const QObject*> m_unseen;
    int m_viewport = 0;
    qint64 m_first = 0;
    qint64 m_count = 0;
    int m_step = 13;  // 4 pixels a token
    bool m_follow = true;
    bool m_held = false;
};

}  // namespace ms
