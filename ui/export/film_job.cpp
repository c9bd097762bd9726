#include "ui/export/film_job.h"

#include <QFileInfo>

namespace ms {

namespace {

constexpr int kQuietLooks = 2;         // in turns of their own: what is due at once has begun between them
constexpr int kTellMilliseconds = 100;
constexpr int kPatience = 60'000;      // milliseconds for the values of one frame

}  // namespace

FilmJob::FilmJob(const FigureSource& source, const std::vector<FigurePanel>& panels, QObject* parent)
    : QObject(parent), m_source(source), m_page(makePage(source, panels)) {
    m_turns.setInterval(0);
    connect(&m_turns, &QTimer::timeout, this, &FilmJob::turn);
    const auto changed = [this](qint64 count) {
        if (m_running && m_tokens.end > count) end(tr("The text was changed while its film was made; make the film anew."));
    };
    connect(&source.context.tokens, &TokenLog::truncated, this, changed);
    connect(&source.context.tokens, &TokenLog::cleared, this, [changed] { changed(0); });
    if (!m_page) return;
    connect(m_page.get(), &FigurePage::settled, this, &FilmJob::onSettled);
    connect(m_page.get(), &FigurePage::failed, this, &FilmJob::end);
}

FilmJob::~FilmJob() = default;

void FilmJob::write(const FilmPlan& plan, const QString& path) {
    m_running = true;
    m_plan = plan;
    m_path = path;
    m_measured = m_cancels = false;
    m_tokens = {};
    m_longestTurn = 0;
    if (!m_page || m_page->panels().empty()) return end(tr("There is no such view."));
    if (const QString problem = plan.problem(m_source.context.tokens.size()); !problem.isEmpty()) return end(problem);
    tell(0, tr("collecting values"));
    // All tokens at first: what they need is captured, and colours mean the same in all frames.
    FigureOptions all = plan.figure;
    all.fitTokens = true;
    m_page->layOut(all);
}

void FilmJob::onSettled() {
    if (!m_running || m_encoder) return;
    if (!m_measured) {
        m_measured = true;
        m_page->keepScale();
        if (!m_plan.figure.fitTokens) return m_page->layOut(m_plan.figure);
    }
    m_tokens = m_page->panels().front()->wantedTokens();
    if (const QString problem = m_plan.problem(m_tokens.end - m_tokens.first); !problem.isEmpty()) return end(problem);
    tell(0, tr("checking what it was made of"));
    const ModelSummaryPtr& model = m_source.model;
    m_hashes.add(provenanceOf(m_source, *m_page), model ? model->weightFiles : QStringList(), m_source.soundPath, [this](const Provenance& p) {
        if (m_running) begin(p);
    });
}

void FilmJob::begin(const Provenance& provenance) {
    const QSize size = m_plan.figure.pixelSize();
    FilmOptions options;
    options.format = m_plan.format;
    options.width = size.width();
    options.height = size.height();
    options.framesPerSecond = m_plan.framesPerSecond;
    options.quality = m_plan.quality;
    options.title = m_page->title().toStdString();
    options.comment = toJson(provenance);
    m_encoder = std::make_unique<FilmThread>(m_path, options);
    connect(m_encoder.get(), &FilmThread::encoded, this, [this](qint64 frames) {
        if (!m_running || m_cancels) return;
        if (!m_sinceTold.isValid() || m_sinceTold.elapsed() >= kTellMilliseconds)
            tell(frames, tr("frame %1 of %2").arg(frames).arg(m_plan.frames(m_tokens.end - m_tokens.first)));
        if (m_frame < m_plan.growingFrames(m_tokens.end - m_tokens.first)) m_turns.start();
    });
    connect(m_encoder.get(), &FilmThread::written, this, [this](const FilmCodecChoice& codec, const FilmSize& film) {
        const qint64 frames = m_plan.frames(m_tokens.end - m_tokens.first);
        stop();
        Q_EMIT written({m_path, QString::fromStdString(codec.sentence), {film.width, film.height}, frames});
    });
    connect(m_encoder.get(), &FilmThread::failed, this, &FilmJob::end);
    connect(m_encoder.get(), &FilmThread::cancelled, this, [this] {
        stop();
        Q_EMIT cancelled();
    });
    m_frame = m_shown = 0;
    m_picture = {};
    m_turns.start();
}

void FilmJob::turn() {
    if (m_encoder->isFull()) return m_turns.stop();  // encoded() goes on
    QElapsedTimer timer;
    timer.start();
    step();
    m_longestTurn = std::max(m_longestTurn, static_cast<double>(timer.nsecsElapsed()) * 1e-6);
}

void FilmJob::step() {
    const qint64 tokens = m_tokens.end - m_tokens.first;
    const qint64 upTo = m_tokens.first + m_plan.tokensIn(m_frame, tokens);
    if (upTo != m_shown) {
        m_shown = upTo;
        m_quiet = 0;
        m_picture = {};
        m_sinceChange.start();
        return m_page->setTokensUpTo(upTo);
    }
    if (m_picture.isNull()) {
        if (m_sinceChange.elapsed() > kPatience)
            return end(tr("The values at token %1 did not come within %2 s; let the model rest, then try again").arg(upTo - 1).arg(kPatience / 1000));
        m_quiet = m_page->look() ? m_quiet + 1 : 0;
        if (m_quiet < kQuietLooks) return;
        m_picture = m_page->image();
    }
    const bool last = m_frame + 1 == m_plan.growingFrames(tokens);
    Q_EMIT drawn(m_picture, upTo - m_tokens.first);
    m_encoder->add(m_picture, last ? m_plan.frames(tokens) - m_frame : 1);
    ++m_frame;
    if (!last) return;
    m_turns.stop();
    m_encoder->finish();
}

void FilmJob::cancel() {
    if (!m_running) return;
    m_cancels = true;
    m_turns.stop();
    m_hashes.cancel();
    if (m_encoder) return m_encoder->cancel();
    stop();
    Q_EMIT cancelled();
}

void FilmJob::end(const QString& problem) {
    if (!m_running) return;
    stop();
    Q_EMIT failed(problem);
}

/// What has no name yet is gone with the encoder, which may be the one that tells.
void FilmJob::stop() {
    m_running = false;
    m_turns.stop();
    m_hashes.cancel();
    m_picture = {};
    if (m_encoder) m_encoder->disconnect(this);
    if (m_encoder) m_encoder->cancel();
    if (m_encoder) m_encoder.release()->deleteLater();
    tell(0, {});
}

void FilmJob::tell(qint64 frames, const QString& status) {
    JobProgress progress;
    progress.title = tr("Making %1").arg(QFileInfo(m_path).fileName());
    progress.status = status;
    progress.current = frames;
    progress.total = m_tokens.empty() ? 0 : m_plan.frames(m_tokens.end - m_tokens.first);
    progress.active = m_running;
    m_sinceTold.start();
    Q_EMIT progressChanged(progress);
}

}  // namespace ms
