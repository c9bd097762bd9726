// The text so far, every token on a background that says how surprising it was.
#pragma once

#include <QAbstractScrollArea>
#include <QHash>

#include "ui/models/selection.h"
#include "ui/models/time_axis.h"
#include "ui/models/token_log.h"
#include "ui/views/prompt_panel/chip_layout.h"

namespace ms {

class TokenChips : public QAbstractScrollArea {
    Q_OBJECT
public:
    TokenChips(TokenLog& tokens, TimeAxis& axis, Selection& selection, QWidget* parent = nullptr);

    void setEmptyText(const QString& text);
    /// Token at a point of the viewport; -1 where there is none.
    [[nodiscard]] qint64 tokenAt(const QPoint& position) const;
    /// Where a token stands in the viewport; empty when it is scrolled away.
    [[nodiscard]] QRect rectOf(qint64 token) const;
    /// Plain words about one token: text, id, surprisal, alternatives.
    [[nodiscard]] static QString describe(const TokenLog& tokens, qint64 token);

    [[nodiscard]] QSize sizeHint() const override { return {480, 160}; }

protected:
    void paintEvent(QPaintEvent*) override;
    void resizeEvent(QResizeEvent*) override;
    void mousePressEvent(QMouseEvent*) override;
    void mouseMoveEvent(QMouseEvent*) override;
    void keyPressEvent(QKeyEvent*) override;
    void changeEvent(QEvent*) override;
    bool viewportEvent(QEvent*) override;

private:
    [[nodiscard]] ChipLayout::Extent extentOf(qint64 token) const;
    [[nodiscard]] QString chipText(TokenId id) const;
    [[nodiscard]] int lineHeight() const { return fontMetrics().height() + 6; }
    void onAppended(qint64 count);
    void onCleared();
    void updateScrollBar();
    void scrollToToken(qint64 token);
    void moveCursor(qint64 tokens);
    void moveLine(int lines);

    TokenLog& m_tokens;
    TimeAxis& m_axis;
    Selection& m_selection;
    ChipLayout m_layout;
    mutable QHash<TokenId, ChipLayout::Extent> m_extents;  // every token of an id is as wide
    QString m_emptyText;
};

}  // namespace ms
