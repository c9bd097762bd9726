#include "ui/views/words/words_view.h"

#include <QVBoxLayout>

#include "ui/views/base/speech_texts.h"
#include "ui/views/base/view_numbers.h"
#include "ui/views/words/word_lane.h"

namespace ms {

WordsView::WordsView(const ViewContext& context, QWidget* parent)
    : ScopeView(QStringLiteral("words"), context, parent), m_lane(new WordLane(context.speech, context.axis, context.selection)) {
    setTitle(tr("Words"),
             tr("Each word from its first to its last frame. The darker its background, the less sure the decoder is of it (see the bar). "
                "Dashed and italic: still tentative, may change. A marked corner: edited by hand. A click selects the word's frames in "
                "every view, Left and Right go from word to word, double-click or Return plays the word."));
    m_lane->setObjectName(QStringLiteral("lane_words"));
    m_lane->setAccessibleName(tr("Words over time"));
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_lane);
    setFocusProxy(m_lane);
    connect(m_lane, &WordLane::readoutChanged, this, &WordsView::setReadout);
    connect(m_lane, &WordLane::runPauseRequested, this, &WordsView::runPauseRequested);
    connect(m_lane, &WordLane::escapePressed, this, [this] { this->context().selection.setRange({}); });
    connect(m_lane, &WordLane::wordActivated, this, [this](qint64 index) {
        const SpeechWord& word = m_lane->word(index);
        Q_EMIT playRequested(word.start, word.end);
    });
    if (context.speech != nullptr) connect(context.speech, &SpeechLog::begun, this, &WordsView::showWords);
    showWords();
}

void WordsView::showWords() {
    m_lane->setFrameSeconds(frameSecondsOf(model()));
    m_lane->setShown(model() && model()->speech);
    const bool heard = context().speech != nullptr && context().speech->audioSeconds() > 0 && model() && model()->speech;
    m_lane->setEmptyText(heard ? tr("No word was understood yet.") : nothingHeardText(model()));
}

void WordsView::dataChanged(qint64, qint64) { showWords(); }

FigureTitles WordsView::figureTitles() const { return {tokenAxisTitle(), {}, tr("confidence")}; }

NumberSource WordsView::numbers(TokenRange) const {
    NumberSource numbers;
    if (context().speech == nullptr || context().speech->words().empty() || !model() || !model()->speech) return numbers;
    std::vector<double> start, end;
    std::vector<std::int64_t> first, last;
    std::vector<float> confidence;
    auto texts = std::make_shared<std::vector<std::string>>();
    for (const SpeechWord& word : context().speech->words()) {
        start.push_back(word.start);
        end.push_back(word.end);
        first.push_back(word.firstFrame);
        last.push_back(word.endFrame);
        confidence.push_back(word.confidence);
        texts->push_back(word.text.toStdString());
    }
    NumberAxis axis = plainAxis("word", std::ssize(start));
    axis.text = [texts](std::int64_t word) { return (*texts)[static_cast<std::size_t>(word)]; };
    addArray(numbers, "word.start", {axis}, start, DType::F64, "s");
    addArray(numbers, "word.end", {axis}, end, DType::F64, "s");
    addArray(numbers, "word.first_frame", {axis}, first, DType::I64);
    addArray(numbers, "word.end_frame", {axis}, last, DType::I64);
    addFloats(numbers, "word.confidence", {axis}, confidence);
    return numbers;
}

}  // namespace ms
