#include "ui/views/audio_panel/audio_panel.h"

#include <QAction>
#include <QApplication>
#include <QBoxLayout>
#include <QClipboard>
#include <QDragEnterEvent>
#include <QMimeData>
#include <QSettings>
#include <QUrl>

#include "engine/audio/sound_track.h"
#include "ui/views/audio_panel/confidence_legend.h"
#include "ui/views/audio_panel/playback.h"
#include "ui/views/audio_panel/playback_bar.h"
#include "ui/views/audio_panel/record_bar.h"
#include "ui/views/audio_panel/speech_files.h"
#include "ui/views/audio_panel/transcript_view.h"
#include "ui/views/audio_panel/word_find.h"

namespace ms {

namespace {

const auto kHearOnClick = QStringLiteral("audio/hearOnClick");
constexpr int kSideWidth = 320;  // of the microphone's part where it stands beside the text

/// The one sound file that is dragged; empty: something else is.
QString draggedSound(const QMimeData* data) {
    const QList<QUrl> urls = data->urls();
    if (urls.size() != 1 || !urls.first().isLocalFile()) return {};
    const QString path = urls.first().toLocalFile();
    return isSoundFile(path) ? path : QString();
}

}  // namespace

AudioPanel::AudioPanel(SpeechLog& log, TimeAxis& axis, Selection& selection, QWidget* parent)
    : QWidget(parent), m_log(log), m_selection(selection), m_transcript(new TranscriptView(log, axis, selection)),
      m_actions(std::make_unique<AudioActions>(*this, *m_transcript)), m_playback(new Playback(log, axis, selection, this)),
      m_files(new SpeechFiles(log, this)), m_record(new RecordBar(log, *m_actions)), m_find(new WordFind(log)),
      m_bar(new PlaybackBar(*m_playback, log, *m_actions)) {
    setObjectName(QStringLiteral("audioPanel"));
    setAcceptDrops(true);
    arrange();
    connectRecording();
    connectTranscript();
    connectWordActions();
    connectFiles();
    setModel(nullptr);
    updateActions();
}

AudioPanel::~AudioPanel() = default;

bool AudioPanel::isRecording() const { return m_record->isRecording(); }

void AudioPanel::arrange() {
    m_layout = new QBoxLayout(QBoxLayout::TopToBottom, this);
    m_layout->setContentsMargins(8, 6, 8, 6);
    m_layout->setSpacing(8);
    m_layout->addWidget(m_record, 0, Qt::AlignTop);
    m_layout->addWidget(textSide(), 1);
}

QWidget* AudioPanel::textSide() {
    auto* side = new QWidget;
    auto* layout = new QVBoxLayout(side);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(4);
    layout->addWidget(m_find);
    layout->addWidget(m_transcript, 1);
    layout->addWidget(new ConfidenceLegend);
    layout->addWidget(m_bar);
    return side;
}

void AudioPanel::resizeEvent(QResizeEvent* event) {
    const bool wide = width() >= height() && width() >= 2 * kSideWidth;
    m_layout->setDirection(wide ? QBoxLayout::LeftToRight : QBoxLayout::TopToBottom);
    m_record->setMinimumWidth(wide ? kSideWidth : 0);
    m_record->setMaximumWidth(wide ? kSideWidth : QWIDGETSIZE_MAX);
    QWidget::resizeEvent(event);
}

void AudioPanel::connectRecording() {
    connect(m_record, &RecordBar::recordRequested, this, [this] {
        m_files->setSource({});
        Q_EMIT recordRequested();
    });
    connect(m_record, &RecordBar::blockReady, this, &AudioPanel::blockReady);
    connect(m_record, &RecordBar::recordingEnded, this, &AudioPanel::recordingEnded);
    connect(m_record, &RecordBar::cancelRequested, this, &AudioPanel::cancelRequested);
    connect(m_record, &RecordBar::recordingChanged, this, [this] {
        m_playback->setBlocked(m_record->isHearing());
        updateActions();
    });
}

void AudioPanel::connectTranscript() {
    connect(m_transcript, &TranscriptView::wordSelected, this, &AudioPanel::wordSelected);
    connect(m_transcript, &TranscriptView::currentChanged, m_find, &WordFind::setCurrent);
    connect(m_transcript, &TranscriptView::currentChanged, this, &AudioPanel::updateActions);
    connect(m_transcript, &TranscriptView::playRequested, m_playback, &Playback::playWord);
    connect(m_transcript, &TranscriptView::wordClicked, this, [this](qint64 word) {
        // While it plays on, playing goes on from the word by itself.
        if (!m_actions->hearOnClick->isChecked() || m_playback->isPlaying()) return;
        m_clicked = true;
        m_playback->playWord(word);
        m_clicked = false;
    });
    connect(m_transcript, &TranscriptView::findRequested, m_find, &WordFind::open);
    connect(m_transcript, &TranscriptView::findNextRequested, m_find, &WordFind::findNext);
    connect(m_find, &WordFind::found, m_transcript, &TranscriptView::select);
    connect(m_find, &WordFind::matchesChanged, m_transcript, &TranscriptView::setMatches);
    connect(m_find, &WordFind::closed, m_transcript, [this] { m_transcript->setFocus(Qt::OtherFocusReason); });
    for (const auto signal : {&SpeechLog::begun, &SpeechLog::tentativeChanged}) connect(&m_log, signal, this, &AudioPanel::updateActions);
    connect(&m_log, &SpeechLog::wordsChanged, this, &AudioPanel::updateActions);
}

void AudioPanel::connectWordActions() {
    AudioActions& a = *m_actions;
    connect(a.hearWord, &QAction::triggered, this, [this] { m_playback->playWord(m_transcript->current()); });
    connect(a.editWord, &QAction::triggered, m_transcript, &TranscriptView::editCurrent);
    connect(a.removeWord, &QAction::triggered, m_transcript, &TranscriptView::removeCurrent);
    connect(a.joinWords, &QAction::triggered, m_transcript, &TranscriptView::joinCurrent);
    connect(a.undoEdit, &QAction::triggered, m_transcript, &TranscriptView::undo);
    connect(a.redoEdit, &QAction::triggered, m_transcript, &TranscriptView::redo);
    connect(a.findWord, &QAction::triggered, m_find, &WordFind::open);
    connect(a.copyTranscript, &QAction::triggered, this, [this] { QApplication::clipboard()->setText(m_log.text()); });
    connect(&m_log.undoStack(), &QUndoStack::canUndoChanged, a.undoEdit, &QAction::setEnabled);
    connect(&m_log.undoStack(), &QUndoStack::canRedoChanged, a.redoEdit, &QAction::setEnabled);
    a.undoEdit->setEnabled(m_log.undoStack().canUndo());
    a.redoEdit->setEnabled(m_log.undoStack().canRedo());
    a.hearOnClick->setChecked(QSettings().value(kHearOnClick, true).toBool());
    connect(a.hearOnClick, &QAction::toggled, this, [](bool on) { QSettings().setValue(kHearOnClick, on); });
    m_transcript->setContextMenuPolicy(Qt::ActionsContextMenu);
    m_transcript->addAction(a.hearOnClick);
}

void AudioPanel::connectFiles() {
    connect(m_actions->openSound, &QAction::triggered, m_files, &SpeechFiles::askSound);
    connect(m_actions->exportTranscript, &QAction::triggered, m_files, &SpeechFiles::askTranscript);
    connect(m_actions->saveRecording, &QAction::triggered, m_files, &SpeechFiles::askRecording);
    connect(&m_selection, &Selection::rangeChanged, this, &AudioPanel::updateActions);
    connect(m_files, &SpeechFiles::soundChosen, this, &AudioPanel::openFile);
    connect(m_files, &SpeechFiles::progressChanged, this, &AudioPanel::progressChanged);
    connect(m_files, &SpeechFiles::noted, this, &AudioPanel::noted);
    connect(m_files, &SpeechFiles::failed, this, &AudioPanel::failed);
    connect(m_playback, &Playback::failed, this, [this](const QString& message) {
        if (!m_clicked || !std::exchange(m_told, true)) Q_EMIT failed(message);  // clicks select words also where nothing can be heard
    });
}

void AudioPanel::setState(EngineState state) {
    m_record->setState(state);
    updateActions();
}

void AudioPanel::setModel(const ModelSummaryPtr& model) {
    const bool reads = model && !model->speech;
    m_transcript->setEmptyText(reads ? tr("Press Record, or open or drop a sound file. The speech model is then opened in place of %1.").arg(model->name)
                                     : tr("Press Record, or open or drop a sound file. Words appear here, coloured by how sure they are."));
}

void AudioPanel::openFile(const QString& path) {
    m_record->endRecording();
    m_files->setSource(path);
    Q_EMIT fileChosen(path);
}

void AudioPanel::onListeningRefused(const QString& why) { m_record->endRecording(why); }

void AudioPanel::cancelSaving() { m_files->cancel(); }

bool AudioPanel::hasWord() const { return m_transcript->current() >= 0; }

void AudioPanel::updateActions() {
    const bool words = !m_log.words().empty();
    for (QAction* action : {m_actions->editWord, m_actions->removeWord}) action->setEnabled(hasWord());
    m_actions->hearWord->setEnabled(hasWord() && m_playback->canPlay());
    m_actions->joinWords->setEnabled(hasWord() && m_transcript->current() + 1 < static_cast<qint64>(m_log.words().size()));
    for (QAction* action : {m_actions->exportTranscript, m_actions->findWord, m_actions->copyTranscript}) action->setEnabled(words);
    m_actions->saveRecording->setEnabled(m_log.sound() && m_log.sound()->samples() > 0);
    m_bar->updateActions();
}

void AudioPanel::dragEnterEvent(QDragEnterEvent* event) {
    if (!draggedSound(event->mimeData()).isEmpty()) event->acceptProposedAction();
}

void AudioPanel::dropEvent(QDropEvent* event) {
    const QString path = draggedSound(event->mimeData());
    if (path.isEmpty()) return;
    event->acceptProposedAction();
    openFile(path);
}

}  // namespace ms
