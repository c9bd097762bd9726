#include "ui/views/audio_panel/transcript_view.h"

#include <QHelpEvent>
#include <QMouseEvent>
#include <QScrollBar>
#include <QToolTip>
#include <algorithm>

#include "ui/views/audio_panel/word_editor.h"

namespace ms {

namespace {
constexpr double kHour = 3600;
}  // namespace

QString clockText(double seconds) {
    const auto whole = static_cast<qint64>(std::max(0.0, seconds));
    const QString minutes = QStringLiteral("%1:%2").arg(whole / 60 % 60, whole >= 3600 ? 2 : 1, 10, QLatin1Char('0')).arg(whole % 60, 2, 10, QLatin1Char('0'));
    return whole < 3600 ? minutes : QStringLiteral("%1:%2").arg(whole / 3600).arg(minutes);
}

TranscriptView::TranscriptView(SpeechLog& log, TimeAxis& axis, Selection& selection, QWidget* parent)
    : QAbstractScrollArea(parent), m_log(log), m_axis(axis), m_selection(selection),
      m_flow([this](qint64 index) { return extentOf(index); }), m_editor(new WordEditor(viewport())) {
    setObjectName(QStringLiteral("transcript"));
    setAccessibleName(tr("Transcript"));
    setFocusPolicy(Qt::StrongFocus);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOn);
    viewport()->setMouseTracking(true);
    viewport()->setFocusProxy(this);
    m_gutter = gutter();
    connectModels();
    layOutAnew();
}

void TranscriptView::connectModels() {
    connect(&m_log, &SpeechLog::begun, this, [this] {
        m_editor->cancel();
        m_matches.clear();
        setCurrent(-1);
        layOutAnew();
    });
    connect(&m_log, &SpeechLog::wordsChanged, this, [this](qint64 first) {
        if (m_editor->word() >= first) m_editor->cancel();  // it is another word now
        layOutFrom(first);
        if (m_current >= first) setCurrent(std::min(m_current, finalCount() - 1));
    });
    connect(&m_log, &SpeechLog::tentativeChanged, this, [this] { layOutFrom(finalCount()); });
    connect(&m_selection, &Selection::tokenChanged, this, &TranscriptView::follow);
    connect(&m_selection, &Selection::hoverTokenChanged, viewport(), qOverload<>(&QWidget::update));
    connect(m_editor, &WordEditor::accepted, this, [this](qint64 index, const QString& text) {
        m_log.replaceWord(index, text);
        if (isFinal(std::min(index, finalCount() - 1))) select(std::min(index, finalCount() - 1));
    });
}

void TranscriptView::setEmptyText(const QString& text) {
    m_emptyText = text;
    viewport()->update();
}

void TranscriptView::setMatches(std::vector<qint64> words) {
    m_matches = std::move(words);
    viewport()->update();
}

const SpeechWord& TranscriptView::word(qint64 index) const {
    const auto at = static_cast<std::size_t>(index);
    return isFinal(index) ? m_log.words()[at] : m_log.tentative()[at - m_log.words().size()];
}

QFont TranscriptView::fontOf(qint64 index) const {
    QFont shown = font();
    shown.setItalic(!isFinal(index));
    return shown;
}

WordFlow::Extent TranscriptView::extentOf(qint64 index) const {
    const int width = isFinal(index) ? fontMetrics().horizontalAdvance(word(index).text)
                                     : QFontMetrics(fontOf(index)).horizontalAdvance(word(index).text);
    return {width + 2 * kPadding, index > 0 && word(index).segment != word(index - 1).segment};
}

int TranscriptView::gutter() const {
    return fontMetrics().horizontalAdvance(m_log.audioSeconds() < kHour ? QStringLiteral("00:00") : QStringLiteral("00:00:00")) + 10;
}

void TranscriptView::layOutAnew() {
    m_gutter = gutter();
    m_flow.setWidth(std::max(1, viewport()->width() - 2 * kMargin - m_gutter));
    layOutFrom(0);
}

void TranscriptView::layOutFrom(qint64 first) {
    if (gutter() != m_gutter) return layOutAnew();
    const bool atEnd = verticalScrollBar()->value() == verticalScrollBar()->maximum();
    m_flow.layOut(first, count());
    const int content = m_flow.lines() * lineHeight() + 2 * kMargin;
    verticalScrollBar()->setSingleStep(lineHeight());
    verticalScrollBar()->setPageStep(viewport()->height());
    verticalScrollBar()->setRange(0, std::max(0, content - viewport()->height()));
    if (atEnd) verticalScrollBar()->setValue(verticalScrollBar()->maximum());
    if (m_editor->word() >= 0) m_editor->moveTo(place(m_editor->word()));
    viewport()->update();
}

void TranscriptView::resizeEvent(QResizeEvent*) { layOutAnew(); }

void TranscriptView::scrollContentsBy(int, int) {
    if (m_editor->word() >= 0) m_editor->moveTo(place(m_editor->word()));
    viewport()->update();
}

void TranscriptView::changeEvent(QEvent* event) {
    if (event->type() == QEvent::FontChange) layOutAnew();
    QAbstractScrollArea::changeEvent(event);
}

QRect TranscriptView::place(qint64 index) const {
    const WordFlow::Place place = m_flow.placeOf(index);
    if (place.line < 0) return {};
    const int top = place.line * lineHeight() + kMargin - verticalScrollBar()->value();
    return {kMargin + m_gutter + place.x, top + 2, place.width, lineHeight() - 4};
}

QRect TranscriptView::rectOf(qint64 index) const {
    const QRect rect = place(index);
    return rect.intersects(viewport()->rect()) ? rect : QRect();
}

qint64 TranscriptView::wordAt(const QPoint& position) const {
    const int y = position.y() + verticalScrollBar()->value() - kMargin;
    return y < 0 ? -1 : m_flow.wordAt(y / lineHeight(), position.x() - kMargin - m_gutter);
}

void TranscriptView::scrollTo(qint64 index) {
    const WordFlow::Place place = m_flow.placeOf(index);
    if (place.line < 0) return;
    const int top = place.line * lineHeight();
    QScrollBar* bar = verticalScrollBar();
    if (top < bar->value()) bar->setValue(top);
    else if (top + lineHeight() + 2 * kMargin > bar->value() + viewport()->height())
        bar->setValue(top + lineHeight() + 2 * kMargin - viewport()->height());
}

void TranscriptView::setCurrent(qint64 index) {
    viewport()->update();
    if (index == m_current) return;
    m_current = index;
    setAccessibleDescription(isFinal(index) ? describe(index) : QString());
    Q_EMIT currentChanged(index);
}

void TranscriptView::follow(qint64 token) {
    // Words made by hand may share a frame: the one that was chosen stays.
    const bool inside = isFinal(m_current) && token >= word(m_current).firstFrame && token < std::max(word(m_current).endFrame, word(m_current).firstFrame + 1);
    setCurrent(inside ? m_current : m_log.wordAt(token));
    scrollTo(m_current);
}

void TranscriptView::select(qint64 index) {
    if (index < 0 || index >= count()) return;
    const qint64 first = word(index).firstFrame, end = std::max(word(index).endFrame, first + 1);
    setCurrent(isFinal(index) ? index : -1);
    scrollTo(index);
    m_selection.setRange({first, end});
    m_selection.setToken(first);
    m_axis.ensureVisible(end - 1);
    m_axis.ensureVisible(first);
    Q_EMIT wordSelected(m_current);
}

void TranscriptView::editCurrent() {
    if (!isFinal(m_current) || m_editor->word() >= 0) return;
    scrollTo(m_current);
    m_editor->open(m_current, place(m_current), word(m_current).text);
}

void TranscriptView::removeCurrent() {
    if (!isFinal(m_current)) return;
    const qint64 index = m_current;
    m_log.replaceWord(index, {});
    if (finalCount() > 0) select(std::min(index, finalCount() - 1));
}

void TranscriptView::joinCurrent() {
    if (!isFinal(m_current) || !isFinal(m_current + 1)) return;
    const qint64 index = m_current;
    m_editor->accept();
    m_log.mergeWithNext(index);
    select(index);
}

void TranscriptView::mousePressEvent(QMouseEvent* event) {
    const qint64 index = wordAt(event->position().toPoint());
    select(index);
    if (event->button() == Qt::LeftButton && isFinal(index)) Q_EMIT wordClicked(index);
}

void TranscriptView::mouseDoubleClickEvent(QMouseEvent* event) {
    const qint64 index = wordAt(event->position().toPoint());
    select(index);
    if (event->button() == Qt::LeftButton && isFinal(index)) Q_EMIT playRequested(index);
}

void TranscriptView::mouseMoveEvent(QMouseEvent* event) {
    const qint64 index = wordAt(event->position().toPoint());
    m_selection.setHoverToken(index < 0 ? -1 : word(index).firstFrame);
}

bool TranscriptView::viewportEvent(QEvent* event) {
    if (event->type() == QEvent::ToolTip) {
        const auto* help = static_cast<QHelpEvent*>(event);
        const qint64 index = wordAt(help->pos());
        if (index >= 0) QToolTip::showText(help->globalPos(), describe(index), this, rectOf(index));
        else QToolTip::hideText();
        return true;
    }
    if (event->type() == QEvent::Leave) m_selection.setHoverToken(-1);
    return QAbstractScrollArea::viewportEvent(event);
}

void TranscriptView::moveBy(qint64 words) {
    if (finalCount() == 0) return;
    // From nowhere: the word in front of the cursor, so that either direction leads to its neighbours.
    qint64 from = m_current;
    if (from < 0) {
        const auto& all = m_log.words();
        from = std::partition_point(all.begin(), all.end(), [this](const SpeechWord& w) { return w.firstFrame <= m_selection.token(); }) - all.begin();
        from -= words > 0 ? 1 : 0;
    }
    select(std::clamp<qint64>(from + words, 0, finalCount() - 1));
}

void TranscriptView::moveLine(int lines) {
    if (m_current < 0) return moveBy(lines);
    const WordFlow::Place at = m_flow.placeOf(m_current);
    const qint64 there = m_flow.nearest(at.line + lines, at.x + at.width / 2);
    if (isFinal(there)) select(there);
}

bool TranscriptView::event(QEvent* event) {
    // These belong to the transcript while it has the focus, whatever they mean to the window.
    if (event->type() == QEvent::ShortcutOverride) {
        const auto* key = static_cast<QKeyEvent*>(event);
        if (key->matches(QKeySequence::Undo) || key->matches(QKeySequence::Redo) || key->matches(QKeySequence::Find) || key->key() == Qt::Key_F3) {
            event->accept();
            return true;
        }
    }
    return QAbstractScrollArea::event(event);
}

void TranscriptView::keyPressEvent(QKeyEvent* event) {
    if (event->matches(QKeySequence::Undo)) return undo();
    if (event->matches(QKeySequence::Redo)) return redo();
    if (event->matches(QKeySequence::Find)) return Q_EMIT findRequested();
    switch (event->key()) {
        case Qt::Key_Left: return moveBy(-1);
        case Qt::Key_Right: return moveBy(1);
        case Qt::Key_Up: return moveLine(-1);
        case Qt::Key_Down: return moveLine(1);
        case Qt::Key_Home: return moveBy(-count());
        case Qt::Key_End: return moveBy(count());
        case Qt::Key_F3: return Q_EMIT findNextRequested(event->modifiers().testFlag(Qt::ShiftModifier));
        case Qt::Key_Return:
        case Qt::Key_Enter:
            if (isFinal(m_current)) Q_EMIT playRequested(m_current);
            return;
        default: QAbstractScrollArea::keyPressEvent(event);
    }
}

}  // namespace ms
