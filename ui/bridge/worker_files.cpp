// Sessions to and from files, on the engine thread.
#include <algorithm>

#include "engine/export/provenance.h"
#include "engine/session/session_archive.h"
#include "engine/session/session_names.h"
#include "engine/session/session_writer.h"
#include "ui/bridge/engine_worker.h"
#include "ui/bridge/session_collector.h"
#include "ui/bridge/session_model.h"
#include "ui/bridge/summaries.h"

namespace ms {

namespace {

/// States of snapshots and of the way in a file; those without which something cannot be restored do not count.
constexpr std::uint64_t kStateBytes = 256ull << 20;
/// The same in a recovery record, which is written every few seconds.
constexpr std::uint64_t kRecordStateBytes = 16ull << 20;

constexpr std::chrono::milliseconds kSaveProgress(50);

QString fileName(const QString& path) { return path.section(QLatin1Char('/'), -1, -1, QString::SectionSkipEmpty); }

/// All that the stores hold of a recording: reading the sound again leads to it.
std::vector<SessionDocument::Capture> storedSeries(const CaptureStore& store) {
    std::vector<SessionDocument::Capture> captures;
    for (const SeriesInfo& series : store.series()) {
        if (series.key.reduction == Reduction::Histogram || series.key.reduction == Reduction::TopK) continue;  // their bins are not known here
        captures.push_back({{series.key, series.width, series.stride, 0, 0, 1}, series.end.value});
    }
    return captures;
}

}  // namespace

Result<SessionContent> EngineWorker::collect(const SessionSave& save) {
    SessionContent content;
    SessionDocument& d = content.document;
    d.kind = m_speech ? SessionDocument::Kind::Speech : SessionDocument::Kind::Text;
    d.program = "MambaScope " MAMBASCOPE_VERSION;
    d.saved = isoTime();
    d.model = referenceTo(m_model->info(), m_backend->info().name, m_hashOf.lock() == m_model ? m_hash : std::string());
    d.interventions = m_interventions;
    d.window = save.window.window.toStdString();
    if (m_baseline || (m_speech && m_speech->hasBaseline())) d.baseline.emplace(SessionDocument::Run{});
    SessionCollector collector(content, save.record ? kRecordStateBytes : kStateBytes);
    collector.session(m_feed.rows());
    if (m_speech) collectSpeech(save, content);
    else MS_CHECK(collectText(save, content, collector));
    for (const auto& [id, kept] : m_snapshots)
        if (!kept->hidden) d.snapshots.push_back(collector.snapshot(kept->name, kept->point, kept->rows, kept->interventions));
    if (save.record) return content;
    if (!m_speech) d.recorded = recordedModel(*m_model, content.tokens);
    content.captures = m_feed.store();
    if (d.baseline) content.baseline = m_feed.baseline();
    return content;
}

Result<void> EngineWorker::collectText(const SessionSave& save, SessionContent& content, SessionCollector& collector) {
    SessionDocument& d = content.document;
    d.text.prompt = save.window.prompt.toStdString();
    Sampler& sampler = m_run->stream().sampler();
    d.text.writing = {sampler.options(), sampler.place(), save.window.maxNew, m_left, m_generating || m_paused, m_stopAtEnd};
    MS_TRY(const RunImage image, m_run->image(!save.record));
    d.run = collector.run(image, m_ids);
    if (m_baseline) {
        MS_TRY(const RunImage baseline, m_baseline->image(!save.record));
        d.baseline = collector.run(baseline, m_ids);
    }
    if (!m_unread.empty()) {
        d.text.unread = collector.rows(m_unread);
        d.text.unreadAnchors = collector.anchors(m_unreadSwaps, m_unread.ids());
    }
    return {};
}

void EngineWorker::collectSpeech(const SessionSave& save, SessionContent& content) {
    SessionDocument& d = content.document;
    const SoundTrack& sound = *m_speech->sound();
    const SpeechClock clock = m_speech->clock();
    d.speech = {sound.sampleRate(), sound.samples(), m_speech->frames(), clock.frameSeconds, clock.lookAheadSeconds,
                !m_listening, {}, sessionWords(save.window.words), sessionWords(save.window.tentative)};
    if (save.record) {
        d.speech.rawSound = sound.file().filename().string();
        return;
    }
    d.run.captures = storedSeries(*m_feed.store());
    if (d.baseline) d.baseline->captures = storedSeries(*m_feed.baseline());
    content.sound = m_speech->sound();
}

void EngineWorker::saveSession(const SessionSave& save, const std::stop_token& stop) {
    if (!m_model) return;
    auto content = collect(save);
    if (!content) return fail(content.error());
    tell([path = save.path, tokens = static_cast<qint64>(m_feed.rows().size())](EngineHost& h) { Q_EMIT h.sessionCollected(path, tokens); });
    SessionSaver::Job job;
    job.path = save.path.toStdString();
    job.content = std::move(*content);
    if (job.content.document.model.sha256.empty()) job.hashed = m_model;
    job.stop = stop;
    // Not tellProgress: that keeps time on the engine's thread.
    const auto progress = [this, title = EngineHost::tr("Saving %1").arg(fileName(save.path)), told = std::make_shared<Clock::time_point>()](const QString& what) {
        return [this, title, what, told](const Progress& p) {
            if (const Clock::time_point now = Clock::now(); now - *told < kSaveProgress) return;
            *told = Clock::now();
            tell([shown = JobProgress{title, what, p.current, p.total, true}](EngineHost& h) { h.setProgress(shown); });
        };
    };
    job.hashing = progress(EngineHost::tr("reading the model’s weights for their hash"));
    job.writing = progress(EngineHost::tr("writing"));
    job.done = [this, path = save.path, model = std::weak_ptr<const Model>(m_model)](const Result<void>& saved, const std::string& sha256) {
        if (!sha256.empty())
            enqueue([model, sha256](EngineWorker& w) {
                w.m_hashOf = model;
                w.m_hash = sha256;
            });
        tell([](EngineHost& h) { h.setProgress({}); });
        if (!saved) return fail(saved.error());
        tell([path](EngineHost& h) { Q_EMIT h.sessionSaved(path); });
    };
    m_saver.add(std::move(job));
}

void EngineWorker::wishRecord(const SessionSave& save) {
    {
        const std::lock_guard lock(m_mutex);
        m_recordWish = save;
    }
    enqueue([](EngineWorker& w) { w.serveRecord(); });
}

void EngineWorker::serveRecord() {
    std::optional<SessionSave> wish;
    {
        const std::lock_guard lock(m_mutex);
        wish.swap(m_recordWish);
    }
    if (!wish) return;
    const auto written = [&]() -> Result<void> {
        if (!m_model) return Error{ErrorCode::InvalidArgument, "no model is open"};
        MS_TRY(const SessionContent content, collect(*wish));
        return writeSession(wish->path.toStdString(), content);
    }();
    tell([path = wish->path, problem = written ? QString() : messageOf(written.error())](EngineHost& h) { Q_EMIT h.recordKept(path, problem); });
}

void EngineWorker::setSoundFolder(const std::filesystem::path& folder) {
    m_soundFolder = folder;
    if (m_speech) m_speech->setSoundFolder(folder);
}

void EngineWorker::openSession(const SessionOpen& wish, const std::stop_token& stop) {
    if (stop.stop_requested()) return;
    tellState(EngineState::Loading);
    const QString title = EngineHost::tr("Opening %1").arg(fileName(wish.path));
    tellProgress({title, EngineHost::tr("reading"), 0, 0, true});
    const auto opened = [&]() -> Result<void> {
        MS_TRY(SessionArchive archive, SessionArchive::open(wish.path.toStdString()));
        if (wish.withoutModel) return showWithoutModel(archive, wish, title);
        MS_TRY(const ModelPlace place, findModel(archive.document(), wish, title, stop));
        if (place.path.isEmpty()) return {};  // the user is asked
        const bool there = m_model && m_model->info().path == std::filesystem::path(place.path.toStdString());
        if (!there || m_model->info().fingerprint != archive.document().model.fingerprint) MS_CHECK(load(place.path, m_selector, stop));
        return restore(archive, place.isSame, wish, title, stop);
    }();
    tellProgress({});
    if (!opened) fail(opened.error());
    settle();
}

Result<EngineWorker::ModelPlace> EngineWorker::findModel(const SessionDocument& document, const SessionOpen& wish, const QString& title,
                                                         const std::stop_token& stop) {
    const auto& reference = document.model;
    const ProgressCallback progress = [&](const Progress& p) {
        tellProgress({title, EngineHost::tr("comparing the model’s weights"), p.current, p.total, true}, true);
    };
    const QString first = wish.model.isEmpty() ? QString::fromStdString(reference.path) : wish.model;
    const auto same = isModelOf(reference, first.toStdString(), progress, stop);
    if (!same && same.error().code == ErrorCode::Cancelled) return same.error();
    if (same && (*same || wish.anyModel)) return ModelPlace{first, *same};
    if (!wish.model.isEmpty() && !same) return same.error();  // what the user chose is no model
    std::vector<std::filesystem::path> places = placesToLook(reference, wish.path.toStdString());
    for (const QString& place : wish.elsewhere) places.emplace_back(place.toStdString());
    for (const std::filesystem::path& place : wish.model.isEmpty() ? places : std::vector<std::filesystem::path>{}) {
        const auto found = isModelOf(reference, place, progress, stop);
        if (!found && found.error().code == ErrorCode::Cancelled) return found.error();
        if (!found || !*found) continue;
        const QString path = QString::fromStdString(place.string());
        if (same || !std::filesystem::equivalent(place, reference.path))
            tell([path](EngineHost& h) { Q_EMIT h.noted(EngineHost::tr("The session’s model was found at %1; its weights are the same.").arg(path)); });
        return ModelPlace{path, true};
    }
    SessionModelQuestion question{wish, QString::fromStdString(reference.name), QString::fromStdString(reference.path), {}, {},
                                  document.recorded.has_value()};
    if (same) question.found = first;
    question.reason = same ? EngineHost::tr("The model at %1 is not the one of this session: its weights differ.").arg(first)
                           : EngineHost::tr("The model of this session, %1, cannot be opened: %2").arg(question.modelName, messageOf(same.error()));
    tell([question](EngineHost& h) { Q_EMIT h.sessionModelWanted(question); });
    return ModelPlace{};
}

Result<void> EngineWorker::restore(SessionArchive& archive, bool same, const SessionOpen& wish, const QString& title, const std::stop_token& stop) {
    const SessionDocument& d = archive.document();
    const bool hears = d.kind == SessionDocument::Kind::Speech;
    if (hears != (m_speech != nullptr))
        return Error{ErrorCode::InvalidArgument, wish.path.toStdString() + ": a session of a " + (hears ? "speech" : "language") + " model; " +
                                                     m_model->info().path.string() + " is none, choose another"};
    // The model stays open, everything else begins anew.
    std::unique_ptr<SessionRun> run;
    std::unique_ptr<SpeechRun> speech;
    if (hears) {
        MS_TRY(speech, SpeechRun::create(m_model, m_feed));
    } else {
        MS_TRY(run, SessionRun::create(m_model, [feed = &m_feed](const CaptureFrame& frame) { feed->pushFrame(frame); }));
    }
    forgetSession();
    m_run = std::move(run);
    m_speech = std::move(speech);
    if (m_speech) m_speech->setSoundFolder(m_soundFolder);
    m_feed.restart();
    SessionRestorer restorer(archive, *m_model);
    m_interventions = restorer.interventions(d.interventions);
    const auto restored = hears ? restoreSpeech(archive, restorer, same) : restoreText(archive, restorer, same, title, stop);
    restoreSnapshots(archive, restorer, same);
    tellOpened(archive, wish);
    if (restored && m_speech && m_speech->sound()->samples() > 0) beginRestoredSound(d, same, stop);
    return restored;
}

void EngineWorker::tellOpened(const SessionArchive& archive, const SessionOpen& wish) {
    const SessionDocument& d = archive.document();
    OpenedSession opened{wish, {}, {}, {}, {}};
    opened.window = {QString::fromStdString(d.text.prompt), d.text.writing.maxNew, speechWords(d.speech.words), speechWords(d.speech.tentative),
                     QByteArray::fromStdString(d.window)};
    const SamplerOptions& s = d.text.writing.sampling;
    opened.sampling = {s.temperature, s.topK, s.topP, s.seed};
    for (const Intervention& i : m_interventions) opened.interventions.push_back(interventionValue(i));
    for (const std::string& lost : archive.lost()) opened.lost.append(QString::fromStdString(lost));
    tell([opened](EngineHost& h) { Q_EMIT h.sessionOpened(opened); });
}

void EngineWorker::restoreSnapshots(SessionArchive& archive, SessionRestorer& restorer, bool same) {
    const auto& snapshots = archive.document().snapshots;
    if (!same && !snapshots.empty()) archive.addLost("the snapshots are states of the other model and were left out");
    for (const auto& snapshot : same ? snapshots : std::vector<SessionDocument::Snapshot>{}) {
        Kept kept;
        kept.name = QString::fromStdString(snapshot.name);
        kept.rows = restorer.rows(snapshot.rows);
        if (kept.rows.empty()) continue;
        kept.point = restorer.point(snapshot);
        kept.interventions = snapshot.interventions;
        if (m_run) announceAll(kept.rows);
        store(std::move(kept));
    }
    tellSnapshots();
}

void EngineWorker::announceAll(const TokenRows& rows) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const TokenRow row = rows[i];
        announce(row.id);
        for (std::uint8_t k = 0; k < row.alternativeCount; ++k) announce(row.alternatives[k].id);
        for (std::uint8_t k = 0; k < row.baselineAlternativeCount; ++k) announce(row.baselineAlternatives[k].id);
    }
}

Result<void> EngineWorker::restoreText(SessionArchive& archive, SessionRestorer& restorer, bool same, const QString& title,
                                       const std::stop_token& stop) {
    const SessionDocument& d = archive.document();
    const bool any = std::any_of(m_interventions.begin(), m_interventions.end(), [](const Intervention& i) { return i.enabled; });
    if (any) {
        MS_TRY(m_baseline, SessionRun::create(m_model, [feed = &m_feed](const CaptureFrame& frame) { feed->pushBaselineFrame(frame); }));
    }
    MS_CHECK(m_run->setInterventions(m_interventions));
    MS_CHECK(m_run->stream().setSampling(d.text.writing.sampling));
    const TokenRows rows = restorer.rows(d.rows);
    const std::vector<TokenId> ids = rows.ids();
    m_stopAtEnd = d.text.writing.stopAtEnd;
    Result<void> read;
    if (!same && !ids.empty()) {
        read = readFromStart(ids, rows, {}, EngineHost::tr("Reading the session again"), stop);
    } else if (!ids.empty()) {
        announceAll(rows);
        const auto count = static_cast<std::int64_t>(ids.size());
        const auto resume = [&](SessionRun& run, const SessionDocument::Run& told, const char* group, const CaptureSink& sink) -> Result<void> {
            RunImage image = restorer.run(told);
            image.captured = restorer.captures(group, told, count, sink, [&](const Progress& p) {
                tellProgress({title, EngineHost::tr("captured values"), p.current, p.total, true}, true);
            });
            return run.resume(std::move(image), ids, {stop, goingProgress(EngineHost::tr("Reading the session again"))});
        };
        m_feed.pushTokens(rows, static_cast<qint64>(rows.size()));
        m_ids = ids;
        read = resume(*m_run, d.run, kCapturesOfRun, [this](const CaptureFrame& frame) { m_feed.pushFrame(frame); });
        const auto reached = static_cast<std::size_t>(m_run->session().position().value);
        if (m_baseline && read)
            read = d.baseline ? resume(*m_baseline, *d.baseline, kCapturesOfBaseline, [this](const CaptureFrame& frame) { m_feed.pushBaselineFrame(frame); })
                              : m_baseline->goTo({}, ids, TokenPos(0), {stop, {}});
        if (reached < ids.size() || (m_baseline && m_baseline->session().position() != m_run->session().position())) {
            // It was stopped on the way: the rest waits for the next change, as everywhere.
            if (m_baseline && read) read = bringBaseline(std::span(ids).first(reached));
            m_feed.truncate(static_cast<qint64>(reached));
            m_ids.resize(reached);
            m_unread = rows;
        }
        MS_CHECK(applyRequests());
    }
    if (same && m_unread.empty() && !d.text.unread.empty()) {
        m_unread = restorer.rows(d.text.unread);
        m_unreadSwaps = restorer.anchors(d.text.unreadAnchors);
    }
    m_run->stream().sampler().setPlace(d.text.writing.place);
    m_paused = d.text.writing.paused && !m_ids.empty();
    m_left = m_paused ? d.text.writing.left : 0;
    return read;
}

Result<void> EngineWorker::restoreSpeech(SessionArchive& archive, SessionRestorer& restorer, bool same) {
    const SessionDocument& d = archive.document();
    MS_CHECK(m_speech->setInterventions(m_interventions));
    MS_CHECK(m_speech->setCapture(answerable()));
    MS_CHECK(m_speech->restart());
    tell([clock = m_speech->clock(), sound = std::shared_ptr<const SoundTrack>(m_speech->sound())](EngineHost& h) { h.speech().begin(clock, sound); });
    if (const auto sound = archive.readSound(*m_speech->sound()); !sound) {
        if (sound.error().code == ErrorCode::Io) return sound.error();
        archive.addLost("the sound is lost: " + sound.error().message);
    }
    const TokenRows rows = restorer.rows(d.rows);
    if (!same || rows.empty()) return {};
    const auto count = static_cast<std::int64_t>(rows.size());
    m_feed.pushTokens(rows, count);
    [[maybe_unused]] auto known = restorer.captures(kCapturesOfRun, d.run, count, [this](const CaptureFrame& f) { m_feed.pushFrame(f); }, {});
    if (d.baseline)
        known = restorer.captures(kCapturesOfBaseline, *d.baseline, count, [this](const CaptureFrame& f) { m_feed.pushBaselineFrame(f); }, {});
    return {};
}

Result<void> EngineWorker::reachFrame(qint64 frame, const std::stop_token& stop) {
    while (m_rereading && frame < m_framesTold && m_speech->frames() <= frame) {
        if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "the inspection was stopped"};
        hearPiece();
    }
    return {};
}

void EngineWorker::beginRestoredSound(const SessionDocument& document, bool same, const std::stop_token& stop) {
    const std::int64_t known = same ? m_feed.rows().size() : 0;
    m_framesTold = known;
    m_knownWords = !same ? 0 : document.speech.finished ? std::numeric_limits<std::int64_t>::max()
                   : document.speech.words.empty()      ? 0
                                                        : document.speech.words.back().endFrame;
    m_speech->knowFrames(known);
    m_listening = true;
    m_rereading = stop;
    m_hearingTitle = EngineHost::tr("Reading the sound");
}

}  // namespace ms
