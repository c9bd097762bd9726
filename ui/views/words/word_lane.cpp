#include "ui/views/words/word_lane.h"

#include <QImage>
#include <QKeyEvent>
#include <QPainter>
#include <algorithm>
#include <cmath>
#include <limits>

#include "ui/style/colour_map.h"
#include "ui/style/number_text.h"

namespace ms {

namespace {
constexpr int kPadding = 3;     // between a box and its text
constexpr int kMargin = 4;      // between the boxes and the plot's edge
constexpr int kLeastWidth = 2;  // of a box, however far away
constexpr int kEditMark = 6;
constexpr int kBarWidth = 11;
constexpr int kTentativeAlpha = 90;
}  // namespace

WordLane::WordLane(const SpeechLog* log, TimeAxis& axis, Selection& selection, QWidget* parent)
    : TokenStrip(axis, selection, parent), m_log(log) {
    connect(this, &TokenStrip::activated, this, [this] {
        const qint64 index = currentWord();
        if (index >= 0) Q_EMIT wordActivated(index);
    });
    connect(&selection, &Selection::tokenChanged, this, [this] {
        const qint64 index = currentWord();
        setAccessibleDescription(index >= 0 ? wordText(index) : QString());
    });
    if (log == nullptr) return;
    connect(log, &SpeechLog::begun, this, [this] {
        m_current = -1;
        changed();
    });
    connect(log, &SpeechLog::wordsChanged, this, &WordLane::changed);
    connect(log, &SpeechLog::tentativeChanged, this, &WordLane::changed);
}

void WordLane::changed() {
    update();
    tellReadout();
}

void WordLane::setShown(bool shown) {
    m_shown = shown;
    changed();
}

qint64 WordLane::wordCount() const {
    return m_log == nullptr ? 0 : static_cast<qint64>(m_log->words().size() + m_log->tentative().size());
}

bool WordLane::isTentative(qint64 index) const { return index >= static_cast<qint64>(m_log->words().size()); }

const SpeechWord& WordLane::word(qint64 index) const {
    const std::size_t at = static_cast<std::size_t>(index), final = m_log->words().size();
    return at < final ? m_log->words()[at] : m_log->tentative()[at - final];
}

qint64 WordLane::lastWordFrom(qint64 frame) const {
    qint64 low = 0, high = wordCount();  // words before `low` begin at the frame or before it, those from `high` on later
    while (low < high) {
        const qint64 middle = (low + high) / 2;
        if (word(middle).firstFrame <= frame) low = middle + 1;
        else high = middle;
    }
    return low - 1;
}

QRect WordLane::wordRect(qint64 index) const { return wordRect(index, columns()); }

QRect WordLane::wordRect(qint64 index, const TokenColumns& drawn) const {
    const SpeechWord& shown = word(index);
    const int left = drawn.xOf(shown.firstFrame);
    const int right = drawn.xOf(std::max(shown.endFrame - 1, shown.firstFrame)) + std::max(1, drawn.scale.columnPixels);
    const int height = std::min(drawn.plot.height() - 2 * kMargin, 2 * fontMetrics().height());
    return {left, drawn.plot.center().y() - height / 2, std::max(kLeastWidth, right - left), height};
}

qint64 WordLane::wordAt(const QPoint& position) const {
    const TokenColumns drawn = columns();
    if (!hasData() || !drawn.plot.contains(position)) return -1;
    // Of the words that begin in this column or before it, the last that reaches it.
    const qint64 column = drawn.firstColumn + (position.x() - drawn.plot.left()) / drawn.scale.columnPixels;
    const qint64 index = lastWordFrom((column + 1) * drawn.scale.tokensPerColumn - 1);
    return index >= 0 && position.x() < wordRect(index).right() + 1 ? index : -1;
}

qint64 WordLane::currentWord() const {
    const qint64 frame = selection().token();
    if (!hasData() || frame < 0) return -1;
    const auto holds = [&](qint64 index) {
        return index >= 0 && index < wordCount() && word(index).firstFrame <= frame && frame < word(index).endFrame;
    };
    if (holds(m_current)) return m_current;
    const qint64 index = lastWordFrom(frame);
    return holds(index) ? index : -1;
}

void WordLane::selectWord(qint64 index) {
    if (index < 0 || index >= wordCount()) return;
    m_current = index;
    const SpeechWord chosen = word(index);
    axis().ensureVisible(chosen.endFrame - 1);
    axis().ensureVisible(chosen.firstFrame);
    selection().setRange({chosen.firstFrame, chosen.endFrame});
    selection().setToken(chosen.firstFrame);
    changed();
}

void WordLane::choose(const QPoint& position) {
    const qint64 index = wordAt(position);
    if (index >= 0) return selectWord(index);
    selection().setRange({});
    TokenStrip::choose(position);
}

void WordLane::step(int by) {
    const qint64 current = currentWord();
    if (current >= 0) return selectWord(std::clamp<qint64>(current + by, 0, wordCount() - 1));
    const qint64 before = lastWordFrom(selection().token());
    selectWord(std::clamp<qint64>(by < 0 ? before : before + 1, 0, wordCount() - 1));
}

void WordLane::keyPressEvent(QKeyEvent* event) {
    const bool plain = event->modifiers() == Qt::NoModifier || event->modifiers() == Qt::KeypadModifier;
    if (plain && hasData() && event->key() == Qt::Key_Left) return step(-1);
    if (plain && hasData() && event->key() == Qt::Key_Right) return step(1);
    TokenStrip::keyPressEvent(event);
}

QString WordLane::wordText(qint64 index) const {
    const SpeechWord& shown = word(index);
    const qint64 last = shown.endFrame - 1;
    const QString frames = last > shown.firstFrame ? tr("frames %1 to %2").arg(groupedText(shown.firstFrame), groupedText(last))
                                                   : tr("frame %1").arg(groupedText(shown.firstFrame));
    QString text = tr("“%1”   %2 to %3, %4   confidence %5 %")
                       .arg(shown.text, timeText(shown.start), timeText(shown.end), frames,
                            QString::number(static_cast<double>(shown.confidence) * 100, 'f', 1));
    if (isTentative(index)) text += tr("   tentative");
    if (shown.edited) text += tr("   edited");
    return text;
}

QString WordLane::readout() const {
    if (!hasData()) return {};
    const qint64 index = hovered().x() >= 0 ? wordAt(hovered()) : currentWord();
    return index >= 0 ? wordText(index) : QString();
}

void WordLane::paintWord(QPainter& painter, qint64 index, int textEnd) const {
    const SpeechWord& shown = word(index);
    const bool tentative = isTentative(index), selected = showsMarks() && index == currentWord();
    const QRect box = wordRect(index), plot = layoutNow().plot;
    const QRgb back = confidenceColour(shown.confidence, isDark(palette()));
    QColor fill(back);
    if (tentative) fill.setAlpha(kTentativeAlpha);
    painter.fillRect(box, fill);
    QPen outline(selected ? palette().color(QPalette::Highlight) : colours().axis, selected ? 2 : 1);
    if (tentative) outline.setStyle(Qt::DashLine);
    painter.setPen(outline);
    painter.setBrush(Qt::NoBrush);
    if (box.width() > kLeastWidth) painter.drawRect(box.adjusted(selected ? 1 : 0, selected ? 1 : 0, -1, -1));

    // Text may run on into the silence behind its word, there in the colour that is read on the plot.
    QFont font = this->font();
    font.setItalic(tentative);
    const int left = std::max(box.left(), plot.left()) + kPadding;
    const QRect room(left, box.top(), textEnd - kPadding - left, box.height());
    if (room.width() > 2 * kPadding) {
        painter.save();
        painter.setFont(font);
        const QString text = QFontMetrics(font).elidedText(shown.text, Qt::ElideRight, room.width());
        const QColor outside = palette().color(QPalette::Text);
        painter.setClipRect(plot.intersected(box));
        painter.setPen(tentative ? outside : QColor(legibleOn(back)));
        painter.drawText(room, Qt::AlignLeft | Qt::AlignVCenter, text);
        painter.setClipRect(plot.intersected(QRect(QPoint(box.right() + 1, box.top()), QPoint(textEnd, box.bottom()))));
        painter.setPen(outside);
        painter.drawText(room, Qt::AlignLeft | Qt::AlignVCenter, text);
        painter.restore();
    }
    if (shown.edited) {
        painter.setPen(Qt::NoPen);
        painter.setBrush(palette().color(QPalette::Highlight));
        const QPoint corner(box.right() + 1, box.top());
        const int size = std::min(kEditMark, box.width());
        painter.drawPolygon(QPolygon({corner, corner - QPoint(size, 0), corner + QPoint(0, size)}));
    }
}

void WordLane::paintData(QPainter& painter, const TokenColumns& columns) {
    const qint64 end = columns.firstToken() + static_cast<qint64>(columnsIn(columns.plot.width(), columns.scale)) * columns.scale.tokensPerColumn;
    const qint64 current = currentWord();
    int painted = std::numeric_limits<int>::min();  // zoomed far out many words share a pixel: one of them is enough
    for (qint64 i = std::max<qint64>(0, lastWordFrom(columns.firstToken())); i < wordCount() && word(i).firstFrame < end; ++i) {
        const int right = wordRect(i, columns).right();
        if (right <= painted && i != current) continue;
        painted = std::max(painted, right);
        paintWord(painter, i, i + 1 < wordCount() ? wordRect(i + 1, columns).left() : columns.plot.right());
    }
}

void WordLane::paintSides(QPainter& painter, const HeatmapLayout& layout) {
    if (figure() && !figure()->colourBar) return;
    const QRect bar(layout.colourBar.left(), layout.colourBar.top(), kBarWidth, layout.colourBar.height());
    QImage column(1, std::max(1, bar.height()), QImage::Format_RGB32);  // one picture: rectangles would show their seams
    for (int y = 0; y < column.height(); ++y)
        column.setPixel(0, y, confidenceColour(1 - static_cast<float>(y) / static_cast<float>(std::max(1, column.height() - 1)), isDark(palette())));
    painter.drawImage(bar, column);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(colours().frame);
    painter.drawRect(bar.adjusted(-1, -1, 0, 0));
    painter.setPen(colours().axis);
    const QRect texts = layout.colourBar.adjusted(kBarWidth + 5, -4, 0, 4);
    painter.drawText(texts, Qt::AlignLeft | Qt::AlignTop, tr("100 %"));
    painter.drawText(texts, Qt::AlignLeft | Qt::AlignBottom, tr("0 %"));
}

}  // namespace ms
