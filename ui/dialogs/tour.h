// Five short steps through the window for somebody who sees it for the first time.
#pragma once

#include <QFrame>
#include <QPointer>
#include <vector>

class QLabel;
class QPushButton;

namespace ms {

struct TourStep {
    QString title, text;
    QPointer<QWidget> target;  ///< what the step is about; framed while it is shown
};

class Tour : public QFrame {
    Q_OBJECT
public:
    /// A child of `window`, over its content; nothing below is blocked. Escape ends it.
    Tour(std::vector<TourStep> steps, QWidget* window);

    [[nodiscard]] int step() const { return m_step; }

Q_SIGNALS:
    void finished();

protected:
    void keyPressEvent(QKeyEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void showStep(int step);
    void place();
    void end();

    std::vector<TourStep> m_steps;
    int m_step = 0;
    QLabel *m_title, *m_text, *m_count;
    QPushButton *m_back, *m_next;
    QFrame* m_frame;  // around the target
};

}  // namespace ms
