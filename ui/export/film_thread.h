// Encodes a film beside the GUI thread: pictures wait in a short queue, so that memory does not depend on the film's length.
#pragma once

#include <QImage>
#include <QObject>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "engine/film/film_writer.h"

namespace ms {

/// Used from the GUI thread, where its signals come as well. A thread of its own, not of the pool: it waits for pictures whose
/// values the pool may have to compute.
class FilmThread : public QObject {
    Q_OBJECT
public:
    static constexpr std::size_t kMostWaiting = 3;  ///< pictures

    FilmThread(const QString& path, const FilmOptions& options, QObject* parent = nullptr);
    /// Gives up what is not finished; waits for the frame that is being encoded.
    ~FilmThread() override;

    /// Nothing should be added before the next encoded().
    [[nodiscard]] bool isFull() const;
    /// `times` frames that show this picture.
    void add(const QImage& picture, qint64 times = 1);
    /// No more frames: written() or failed() follows.
    void finish();
    /// cancelled() follows, unless the file has got its name already: then written().
    void cancel();

Q_SIGNALS:
    /// Frames that are encoded so far.
    void encoded(qint64 frames);
    void written(const ms::FilmCodecChoice& codec, const ms::FilmSize& size);
    /// One line.
    void failed(const QString& problem);
    void cancelled();

private:
    struct Waiting {
        QImage picture;
        qint64 times = 1;
    };
    void work(const std::stop_token& stop, const std::string& path, const FilmOptions& options);
    Result<void> encode(FilmWriter& writer, const std::stop_token& stop);
    /// False: there will be no more.
    bool take(Waiting& next, const std::stop_token& stop);

    mutable std::mutex m_mutex;  // guards the next two
    std::deque<Waiting> m_waiting;
    bool m_complete = false;
    std::condition_variable_any m_changed;
    std::jthread m_thread;  // the last member: ends before the others go
};

}  // namespace ms
