// The curves by name and colour above the plot: a click takes a pinned one away.
#pragma once

#include <QColor>
#include <QWidget>
#include <vector>

class QHBoxLayout;

namespace ms {

struct TraceChip {
    qint64 index = 0;
    QColor colour;
    bool pinned = false;

    bool operator==(const TraceChip&) const = default;
};

class TraceChips : public QWidget {
    Q_OBJECT
public:
    explicit TraceChips(QWidget* parent = nullptr);

    /// A control before the chips.
    void addControl(QWidget* control);
    /// `one`: what an index counts: "channel".
    void setChips(const QString& one, const std::vector<TraceChip>& chips);

Q_SIGNALS:
    void removed(qint64 index);

private:
    QString m_one;
    std::vector<TraceChip> m_chips;
    QHBoxLayout* m_layout;
    std::vector<QWidget*> m_buttons;
};

}  // namespace ms
