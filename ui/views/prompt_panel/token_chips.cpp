#include "ui/views/prompt_panel/token_chips.h"

#include <QHelpEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QScrollBar>
#include <QToolTip>
#include <algorithm>
#include <cmath>

#include "ui/style/appearance.h"
#include "ui/style/colour_map.h"
#include "ui/style/number_text.h"

namespace ms {

namespace {
constexpr int kMargin = 8;
constexpr int kPadding = 2;  // left and right of a chip's text
}

TokenChips::TokenChips(TokenLog& tokens, TimeAxis& axis, Selection& selection, QWidget* parent)
    : QAbstractScrollArea(parent), m_tokens(tokens), m_axis(axis), m_selection(selection),
      m_layout([this](qint64 token) { return extentOf(token); }) {
    setObjectName(QStringLiteral("tokenChips"));
    setAccessibleName(tr("Tokens read and written"));
    setFocusPolicy(Qt::StrongFocus);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOn);
    viewport()->setMouseTracking(true);
    connect(&tokens, &TokenLog::appended, this, [this](qint64, qint64 count) { onAppended(count); });
    connect(&tokens, &TokenLog::cleared, this, &TokenChips::onCleared);
    connect(&tokens, &TokenLog::truncated, this, [this](qint64 count) {
        onCleared();
        onAppended(count);
    });
    connect(&selection, &Selection::tokenChanged, this, [this](qint64 token) {
        scrollToToken(token);
        viewport()->update();
    });
    connect(&selection, &Selection::hoverTokenChanged, viewport(), qOverload<>(&QWidget::update));
    connect(&axis, &TimeAxis::followChanged, this, [this](bool follows) {
        if (follows) verticalScrollBar()->setValue(verticalScrollBar()->maximum());
    });
}

void TokenChips::setEmptyText(const QString& text) {
    m_emptyText = text;
    viewport()->update();
}

QString TokenChips::chipText(TokenId id) const {
    QString shown = m_tokens.text(id);
    if (!shown.trimmed().isEmpty() &&
        std::all_of(shown.begin(), shown.end(), [](QChar c) { return c.isPrint() || c.isSurrogate(); }))
        return shown;
    return m_tokens.visibleText(id);
}

ChipLayout::Extent TokenChips::extentOf(qint64 token) const {
    const TokenId id = m_tokens.row(token).id;
    const auto known = m_extents.constFind(id);
    if (known != m_extents.constEnd()) return *known;
    const QString text = m_tokens.text(id);
    const ChipLayout::Extent extent{fontMetrics().horizontalAdvance(chipText(id)) + 2 * kPadding,
                                    text.endsWith(QLatin1Char('\n'))};
    m_extents.insert(id, extent);
    return extent;
}

void TokenChips::onAppended(qint64 count) {
    const qint64 linesBefore = m_layout.lines();
    m_layout.append(count);
    if (m_layout.lines() != linesBefore) updateScrollBar();
    if (m_axis.follows()) verticalScrollBar()->setValue(verticalScrollBar()->maximum());
    viewport()->update();
}

void TokenChips::onCleared() {
    m_layout.clear();
    m_extents.clear();  // another model's ids stand for other texts
    updateScrollBar();
    viewport()->update();
}

void TokenChips::updateScrollBar() {
    const int content = static_cast<int>(m_layout.lines()) * lineHeight() + 2 * kMargin;
    verticalScrollBar()->setSingleStep(lineHeight());
    verticalScrollBar()->setPageStep(viewport()->height());
    verticalScrollBar()->setRange(0, std::max(0, content - viewport()->height()));
}

void TokenChips::resizeEvent(QResizeEvent*) {
    m_layout.setWidth(viewport()->width() - 2 * kMargin);
    updateScrollBar();
    if (m_axis.follows()) verticalScrollBar()->setValue(verticalScrollBar()->maximum());
}

void TokenChips::changeEvent(QEvent* event) {
    if (event->type() == QEvent::FontChange) {
        m_extents.clear();
        const qint64 count = m_layout.size();
        m_layout.clear();
        m_layout.append(count);
        updateScrollBar();
    }
    QAbstractScrollArea::changeEvent(event);
}

qint64 TokenChips::tokenAt(const QPoint& position) const {
    const int y = position.y() + verticalScrollBar()->value() - kMargin;
    return y < 0 ? -1 : m_layout.tokenAt(y / lineHeight(), position.x() - kMargin);
}

QRect TokenChips::rectOf(qint64 token) const {
    const ChipLayout::Place place = m_layout.placeOf(token);
    if (place.line < 0) return {};
    const int top = static_cast<int>(place.line) * lineHeight() + kMargin - verticalScrollBar()->value();
    const QRect rect(kMargin + place.x, top + 1, place.width, lineHeight() - 2);
    return rect.intersects(viewport()->rect()) ? rect : QRect();
}

void TokenChips::scrollToToken(qint64 token) {
    const qint64 line = m_layout.lineOf(token);
    if (line < 0) return;
    const int top = static_cast<int>(line) * lineHeight();
    QScrollBar* bar = verticalScrollBar();
    if (top < bar->value()) bar->setValue(top);
    else if (top + lineHeight() + 2 * kMargin > bar->value() + viewport()->height())
        bar->setValue(top + lineHeight() + 2 * kMargin - viewport()->height());
}

void TokenChips::paintEvent(QPaintEvent*) {
    QPainter painter(viewport());
    if (m_layout.size() == 0) {
        painter.setPen(palette().color(QPalette::PlaceholderText));
        painter.drawText(viewport()->rect().adjusted(kMargin, kMargin, -kMargin, -kMargin),
                         Qt::AlignCenter | Qt::TextWordWrap, m_emptyText);
        return;
    }
    const bool dark = isDark(palette());
    const PlotColours colours = plotColours(palette());
    const int height = lineHeight();
    const qint64 firstLine = std::max(0, verticalScrollBar()->value() - kMargin) / height;
    const qint64 endLine =
        std::min<qint64>(m_layout.lines(), (verticalScrollBar()->value() + viewport()->height()) / height + 1);
    for (qint64 line = firstLine; line < endLine; ++line) {
        int x = kMargin;
        const int y = static_cast<int>(line) * height + kMargin - verticalScrollBar()->value();
        for (qint64 token = m_layout.firstOf(line); token < m_layout.endOf(line); ++token) {
            const TokenRow& row = m_tokens.row(token);
            const QRect chip(x, y + 1, extentOf(token).width, height - 2);
            const bool known = std::isfinite(row.surprisalBits);
            const QRgb background =
                known ? surprisalColour(row.surprisalBits, dark) : palette().color(QPalette::Midlight).rgb();
            painter.fillRect(chip, QColor(background));
            if (row.fromPrompt)
                painter.fillRect(QRect(chip.left(), chip.bottom() - 1, chip.width(), 2), colours.promptMark);
            painter.setPen(QColor(legibleOn(background)));
            painter.drawText(chip.adjusted(kPadding, -1, 0, -1), Qt::AlignLeft | Qt::AlignVCenter, chipText(row.id));
            if (token == m_selection.token() || token == m_selection.hoverToken()) {
                painter.setPen(QPen(palette().color(QPalette::Text), token == m_selection.token() ? 2 : 1));
                painter.drawRect(chip.adjusted(0, 0, -1, -1));
            }
            x += chip.width() + ChipLayout::kGap;
        }
    }
}

void TokenChips::mousePressEvent(QMouseEvent* event) {
    const qint64 token = tokenAt(event->position().toPoint());
    if (token < 0) return;
    m_selection.setToken(token);
    m_axis.ensureVisible(token);
}

void TokenChips::mouseMoveEvent(QMouseEvent* event) { m_selection.setHoverToken(tokenAt(event->position().toPoint())); }

bool TokenChips::viewportEvent(QEvent* event) {
    if (event->type() == QEvent::ToolTip) {
        const auto* help = static_cast<QHelpEvent*>(event);
        const qint64 token = tokenAt(help->pos());
        if (token >= 0) QToolTip::showText(help->globalPos(), describe(m_tokens, token), this, rectOf(token));
        else QToolTip::hideText();
        return true;
    }
    if (event->type() == QEvent::Leave) m_selection.setHoverToken(-1);
    return QAbstractScrollArea::viewportEvent(event);
}

void TokenChips::moveCursor(qint64 tokens) {
    if (m_tokens.size() == 0) return;
    const qint64 from = m_selection.token() < 0 ? m_tokens.size() - 1 : m_selection.token();
    m_selection.setToken(std::clamp<qint64>(from + tokens, 0, m_tokens.size() - 1));
    m_axis.ensureVisible(m_selection.token());
}

void TokenChips::moveLine(int lines) {
    const qint64 token = std::max<qint64>(0, m_selection.token());
    const ChipLayout::Place place = m_layout.placeOf(token);
    const qint64 line = place.line + lines;
    if (place.line < 0 || line < 0 || line >= m_layout.lines()) return;
    const qint64 there = m_layout.tokenAt(line, place.x + place.width / 2);
    moveCursor((there >= 0 ? there : m_layout.endOf(line) - 1) - token);
}

void TokenChips::keyPressEvent(QKeyEvent* event) {
    switch (event->key()) {
        case Qt::Key_Left: return moveCursor(-1);
        case Qt::Key_Right: return moveCursor(1);
        case Qt::Key_Up: return moveLine(-1);
        case Qt::Key_Down: return moveLine(1);
        case Qt::Key_Home: return moveCursor(-m_tokens.size());
        case Qt::Key_End: return moveCursor(m_tokens.size());
        default: QAbstractScrollArea::keyPressEvent(event);
    }
}

QString TokenChips::describe(const TokenLog& tokens, qint64 token) {
    const TokenRow& row = tokens.row(token);
    QString text = tr("Token %1: “%2”, id %3, %4").arg(groupedText(token), tokens.visibleText(row.id)).arg(row.id)
                       .arg(row.fromPrompt ? tr("from the prompt") : tr("written by the model"));
    if (!std::isfinite(row.surprisalBits)) return text + tr("\nThe first token: nothing was expected here.");
    text += tr("\nSurprisal %1 bits, probability %2")
                .arg(QString::number(static_cast<double>(row.surprisalBits), 'f', 2),
                     shortText(probabilityOfSurprisal(row.surprisalBits)));
    text += tr("\nThe model expected:");
    for (std::size_t i = 0; i < row.alternativeCount; ++i)
        text += QStringLiteral("\n   %1  “%2”")
                    .arg(row.alternatives[i].probability * 100.0f, 5, 'f', 1)
                    .arg(tokens.visibleText(row.alternatives[i].id))
                    .replace(QStringLiteral("  “"), QStringLiteral(" %  “"));
    return text;
}

}  // namespace ms
