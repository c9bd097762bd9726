// One film of a run: lays out, waits for values, then draws frame after frame while others are encoded. Nothing of it blocks.
#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>
#include <memory>

#include "ui/export/export_job.h"
#include "ui/export/film_plan.h"
#include "ui/export/film_thread.h"

namespace ms {

/// What became of a film.
struct FilmResult {
    QString path;
    QString codec;         ///< a sentence: what it was written with, and why
    QSize size;            ///< in pixels; a codec may need even sides
    qint64 frames = 0;
};

class FilmJob : public QObject {
    Q_OBJECT
public:
    FilmJob(const FigureSource& source, const std::vector<FigurePanel>& panels, QObject* parent = nullptr);
    ~FilmJob() override;

    /// One of written(), failed() and cancelled() follows.
    void write(const FilmPlan& plan, const QString& path);
    /// What is written then is given up; the file of that name stays as it was.
    void cancel();
    [[nodiscard]] bool isRunning() const { return m_running; }
    /// Longest time that one turn took in the GUI thread while frames were drawn, in milliseconds.
    [[nodiscard]] double longestTurn() const { return m_longestTurn; }

Q_SIGNALS:
    void progressChanged(const ms::JobProgress& progress);
    /// A frame as it goes into the film, and the tokens it shows.
    void drawn(const QImage& picture, qint64 tokens);
    void written(const ms::FilmResult& result);
    /// One line.
    void failed(const QString& problem);
    void cancelled();

private:
    void tell(qint64 frames, const QString& status);
    void onSettled();
    void begin(const Provenance& provenance);
    void turn();
    /// The frame that is due is drawn, or has begun to change into what it shall show.
    void step();
    void end(const QString& problem);
    void stop();

    FigureSource m_source;
    std::unique_ptr<FigurePage> m_page;
    FileHashes m_hashes;
    std::unique_ptr<FilmThread> m_encoder;
    FilmPlan m_plan;
    QString m_path;
    QTimer m_turns;
    QElapsedTimer m_sinceTold, m_sinceChange;
    TokenRange m_tokens;
    QImage m_picture;               // the last that was drawn
    qint64 m_frame = 0, m_shown = 0;  // that is due; end of the tokens that the page shows
    int m_quiet = 0;
    double m_longestTurn = 0;
    bool m_running = false, m_measured = false, m_cancels = false;
};

}  // namespace ms
