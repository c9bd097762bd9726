#include "ui/views/audio_panel/speech_files.h"

#include <QDateTime>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <algorithm>

namespace ms {

namespace {

// Those of isSoundFile.
const QStringList kEndings{QStringLiteral("wav"), QStringLiteral("flac"), QStringLiteral("ogg"),  QStringLiteral("oga"),
                           QStringLiteral("opus"), QStringLiteral("mp3"), QStringLiteral("aiff"), QStringLiteral("aif"), QStringLiteral("aifc")};

/// The ending that a filter like "WAV (*.wav)" begins with.
QString endingOf(const QString& filter) { return filter.section(QStringLiteral("*."), 1, 1).section(QLatin1Char(')'), 0, 0); }

/// A dialog that saves; the ending follows the chosen filter.
QFileDialog* saveDialog(QWidget* window, const QString& name, const QString& title, const QString& path, const QStringList& filters) {
    auto* dialog = new QFileDialog(window, title);
    dialog->setObjectName(name);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setNameFilters(filters);
    dialog->setDefaultSuffix(endingOf(filters.front()));
    dialog->setDirectory(QFileInfo(path).path());
    dialog->selectFile(QFileInfo(path).fileName() + QLatin1Char('.') + dialog->defaultSuffix());
    QObject::connect(dialog, &QFileDialog::filterSelected, dialog, [dialog](const QString& filter) {
        dialog->setDefaultSuffix(endingOf(filter));
        const QStringList chosen = dialog->selectedFiles();
        if (!chosen.isEmpty()) dialog->selectFile(QFileInfo(chosen.front()).completeBaseName() + QLatin1Char('.') + endingOf(filter));
    });
    return dialog;
}

}  // namespace

Transcript transcriptOf(const SpeechLog& log) {
    Transcript transcript;
    int segment = 0;
    for (const SpeechWord& word : log.words()) {
        if (transcript.segments.empty() || word.segment != segment) transcript.segments.emplace_back();
        segment = word.segment;
        transcript.segments.back().words.push_back({word.text.toStdString(), word.start, word.end, static_cast<double>(word.confidence)});
    }
    return transcript;
}

SpeechFiles::SpeechFiles(SpeechLog& log, QWidget* window) : QObject(window), m_log(log), m_window(window), m_saver(this) {
    setSource({});
    connect(&m_saver, &RecordingSaver::progressChanged, this, &SpeechFiles::progressChanged);
    connect(&m_saver, &RecordingSaver::failed, this, &SpeechFiles::failed);
    connect(&m_saver, &RecordingSaver::saved, this, [this](const QString& path) { Q_EMIT noted(tr("Saved the sound as %1").arg(path)); });
}

void SpeechFiles::setSource(const QString& soundFile) {
    const QFileInfo file(soundFile);
    if (!soundFile.isEmpty()) m_folder = file.absolutePath();
    else if (m_folder.isEmpty()) m_folder = QDir::homePath();
    m_baseName = soundFile.isEmpty() ? QStringLiteral("recording-%1").arg(QDateTime::currentDateTime().toString(QStringLiteral("yyyyMMdd-HHmmss")))
                                     : file.completeBaseName();
}

void SpeechFiles::askSound() {
    auto* dialog = new QFileDialog(m_window, tr("Open a sound file"), m_folder,
                                   tr("Sound files (%1)").arg(QStringLiteral("*.") + kEndings.join(QStringLiteral(" *."))) + tr(";;All files (*)"));
    dialog->setObjectName(QStringLiteral("openSoundDialog"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    connect(dialog, &QFileDialog::fileSelected, this, &SpeechFiles::soundChosen);
    dialog->open();
}

void SpeechFiles::askTranscript() {
    QFileDialog* dialog = saveDialog(m_window, QStringLiteral("exportTranscriptDialog"), tr("Export the transcript"), m_folder + QLatin1Char('/') + m_baseName,
                                     {tr("Text, a line a segment (*.txt)"), tr("SubRip subtitles (*.srt)"), tr("WebVTT subtitles (*.vtt)"),
                                      tr("JSON with times and confidences (*.json)")});
    connect(dialog, &QFileDialog::fileSelected, this, &SpeechFiles::exportTo);
    dialog->open();
}

void SpeechFiles::askRecording() {
    QFileDialog* dialog = saveDialog(m_window, QStringLiteral("saveRecordingDialog"), tr("Save the recording"), m_folder + QLatin1Char('/') + m_baseName,
                                     {tr("FLAC, without loss (*.flac)"), tr("WAV, 16 bit (*.wav)")});
    connect(dialog, &QFileDialog::fileSelected, this, &SpeechFiles::saveTo);
    dialog->open();
}

void SpeechFiles::exportTo(const QString& path) {
    const auto format = transcriptFormat(QFileInfo(path).suffix().toStdString());
    if (!format) return Q_EMIT failed(tr("%1: ends in none of .txt, .srt, .vtt, .json").arg(path));
    if (const auto written = writeTranscript(transcriptOf(m_log), *format, path.toStdString()); !written)
        return Q_EMIT failed(QString::fromStdString(written.error().message));
    const auto& words = m_log.words();
    const auto edited = std::count_if(words.begin(), words.end(), [](const SpeechWord& word) { return word.edited; });
    Q_EMIT noted(tr("Exported %1 words (%2 edited) to %3").arg(words.size()).arg(edited).arg(path));
}

}  // namespace ms
