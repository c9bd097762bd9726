// A splitter whose parts stand side by side where it is wide, one below the other where it is tall.
#pragma once

#include <QSplitter>

namespace ms {

class AdaptiveSplitter : public QSplitter {
    Q_OBJECT
public:
    explicit AdaptiveSplitter(QWidget* parent = nullptr) : QSplitter(Qt::Horizontal, parent) { setChildrenCollapsible(false); }

protected:
    void resizeEvent(QResizeEvent* event) override {
        setOrientation(width() >= height() ? Qt::Horizontal : Qt::Vertical);
        QSplitter::resizeEvent(event);
    }
};

}  // namespace ms
