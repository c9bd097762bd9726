#include "ui/export/film_thread.h"

#include <sys/resource.h>

#include <filesystem>
#include <span>

namespace ms {

namespace {
constexpr int kNice = 10;
}

FilmThread::FilmThread(const QString& path, const FilmOptions& options, QObject* parent) : QObject(parent) {
    m_thread = std::jthread([this, file = path.toStdString(), options](const std::stop_token& stop) { work(stop, file, options); });
}

FilmThread::~FilmThread() {
    m_thread.request_stop();
    m_thread.join();
}

bool FilmThread::isFull() const {
    const std::scoped_lock lock(m_mutex);
    return m_waiting.size() >= kMostWaiting;
}

void FilmThread::add(const QImage& picture, qint64 times) {
    {
        const std::scoped_lock lock(m_mutex);
        m_waiting.push_back({picture, times});
    }
    m_changed.notify_one();
}

void FilmThread::finish() {
    {
        const std::scoped_lock lock(m_mutex);
        m_complete = true;
    }
    m_changed.notify_one();
}

void FilmThread::cancel() { m_thread.request_stop(); }

bool FilmThread::take(Waiting& next, const std::stop_token& stop) {
    std::unique_lock lock(m_mutex);
    m_changed.wait(lock, stop, [&] { return !m_waiting.empty() || m_complete; });
    if (stop.stop_requested() || m_waiting.empty()) return false;
    next = std::move(m_waiting.front());
    m_waiting.pop_front();
    return true;
}

Result<void> FilmThread::encode(FilmWriter& writer, const std::stop_token& stop) {
    for (Waiting next; take(next, stop);) {
        const QImage picture = next.picture.convertToFormat(QImage::Format_RGBA8888);
        const std::span bytes(picture.constBits(), static_cast<std::size_t>(picture.sizeInBytes()));
        for (qint64 i = 0; i < next.times && !stop.stop_requested(); ++i)
            MS_CHECK(writer.addFrame(bytes, static_cast<std::size_t>(picture.bytesPerLine())));
        QMetaObject::invokeMethod(this, [this, frames = writer.frames()] { Q_EMIT encoded(frames); }, Qt::QueuedConnection);
    }
    if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "cancelled"};
    return writer.finish();
}

/// What the writer holds is gone from the disk before anybody is told.
void FilmThread::work(const std::stop_token& stop, const std::string& path, const FilmOptions& options) {
    // Encoders take all cores: the threads that they begin here inherit that the GUI thread goes before them.
    [[maybe_unused]] const int lowered = ::setpriority(PRIO_PROCESS, 0, kNice);
    FilmCodecChoice codec;
    FilmSize size;
    const auto make = [&]() -> Result<void> {
        MS_TRY(FilmWriter writer, FilmWriter::create(std::filesystem::path(path), options));
        codec = writer.codec();
        size = writer.size();
        return encode(writer, stop);
    };
    const Result<void> made = make();
    QMetaObject::invokeMethod(this, [this, made, codec, size] {
        if (made) Q_EMIT written(codec, size);
        else if (made.error().code == ErrorCode::Cancelled) Q_EMIT cancelled();
        else Q_EMIT failed(QString::fromStdString(made.error().message));
    }, Qt::QueuedConnection);
}

}  // namespace ms
