// Listening on the engine thread.
#include "engine/audio/audio_file.h"
#include "ui/bridge/engine_worker.h"
#include "ui/bridge/summaries.h"

namespace ms {

namespace {

constexpr std::size_t kFilePiece = 16;  // of a second: how long a file keeps other commands waiting
constexpr double kBackfillSlice = 12;   // milliseconds

}  // namespace

Result<void> EngineWorker::openSpeech(const QString& path, const std::stop_token& stop) {
    const bool chosenByUser = m_openedForSound.isEmpty();
    if (m_speech && (chosenByUser || path.isEmpty() || path == m_openedForSound)) return {};
    if (path.isEmpty())
        return Error{ErrorCode::NotFound, "no speech model is open; open one (its config.json says model_type mamba_ctc)"};
    tellState(EngineState::Loading);
    const auto loaded = load(path, m_selector, stop);
    tellProgress({});
    if (loaded) m_openedForSound = path;
    if (loaded && !m_speech) return Error{ErrorCode::Unsupported, path.toStdString() + ": reads text; choose a speech model in the preferences"};
    return loaded;
}

std::shared_ptr<const Model> EngineWorker::rescorer() {
    if (m_rescorerPath.isEmpty()) return m_rescorer = nullptr;
    const std::filesystem::path path(m_rescorerPath.toStdString());
    if (m_rescorer && &m_rescorer->backend() == m_backend.get() && m_rescorer->info().path == path) return m_rescorer;
    m_rescorer = nullptr;
    auto loaded = Model::load(path, m_backend);
    if (loaded) return m_rescorer = std::move(*loaded);
    tell([why = messageOf(loaded.error())](EngineHost& h) {
        Q_EMIT h.noted(EngineHost::tr("Words are found without the language model: %1").arg(why));
    });
    return nullptr;
}

Result<void> EngineWorker::beginRecording(bool again) {
    MS_CHECK(m_speech->setLanguageModel(rescorer()));
    m_file.reset();
    m_rereading.reset();
    m_rereadAtEnd.reset();
    m_hearingTitle.clear();
    m_ids.clear();
    m_framesTold = m_knownWords = 0;
    MS_CHECK(again ? m_speech->restartOnSound() : m_speech->restart());
    MS_CHECK(m_speech->setCapture(answerable()));
    m_listening = true;
    tell([clock = m_speech->clock(), sound = std::shared_ptr<const SoundTrack>(m_speech->sound())](EngineHost& h) {
        h.speech().begin(clock, sound);
    });
    m_lastStatistics = Clock::now();
    m_tokensSinceStatistics = 0;
    tellState(again ? EngineState::Reading : EngineState::Listening);
    return {};
}

void EngineWorker::beginListening(const QString& path, const std::stop_token& stop) {
    if (m_listening) endListening();
    auto begun = openSpeech(path, stop);
    if (begun) begun = beginRecording();
    if (begun) return;
    m_listening = false;
    fail(begun.error());
    tell([why = messageOf(begun.error())](EngineHost& h) { Q_EMIT h.listeningRefused(why); });
    settle();
}

void EngineWorker::hear(const AudioBlock& block) {
    if (!m_listening || m_file || m_rereading) return;
    if (const auto heard = m_speech->hear(block); !heard) {
        fail(heard.error());
        return endListening();
    }
    tellHeard();
}

void EngineWorker::endListening() {
    if (!m_listening) return;
    m_listening = false;
    m_file.reset();
    m_rereading.reset();
    if (!m_hearingTitle.isEmpty()) tellProgress({});
    m_hearingTitle.clear();
    if (const auto done = m_speech->finish(); !done) fail(done.error());
    tellHeard();
    if (const auto again = std::exchange(m_rereadAtEnd, std::nullopt)) return beginRereading(*again);
    settle();
}

void EngineWorker::transcribe(const QString& audio, const QString& path, const std::stop_token& stop) {
    if (m_listening) endListening();
    // The file first: a bad one leaves everything as it is.
    auto file = AudioFile::open(audio.toStdString());
    if (!file) return fail(file.error());
    auto begun = openSpeech(path, stop);
    if (begun) begun = beginRecording();
    auto resampler = begun ? Resampler::create(file->sampleRate(), 1, m_speech->transcriber().sampleRate())
                           : Result<Resampler>(begun.error());
    if (!resampler) {
        m_listening = false;
        fail(resampler.error());
        return settle();
    }
    m_file.emplace(FileBeingHeard{audio, std::move(*file), std::move(*resampler), stop});
    m_hearingTitle = EngineHost::tr("Transcribing %1").arg(audio.section(QLatin1Char('/'), -1));
}

Result<bool> EngineWorker::hearOfFile(FileBeingHeard& f) {
    std::vector<float> samples(static_cast<std::size_t>(f.file.sampleRate()) / kFilePiece + 1), resampled;
    const std::size_t frames = f.file.readMono(samples);
    if (frames > 0) f.resampler.push(std::span(samples).first(frames), resampled);
    else f.resampler.flush(resampled);
    if (f.stop.stop_requested()) return Error{ErrorCode::Cancelled, "transcribing was cancelled; what was read is kept"};
    MS_CHECK(m_speech->hear(std::span<const float>(resampled)));
    tellProgress({m_hearingTitle, EngineHost::tr("%1 s").arg(f.file.position() / f.file.sampleRate()), f.file.position(),
                  f.file.frames().value_or(0), true}, true);
    if (frames == 0)
        for (const std::string& note : f.file.notes())
            tell([text = QString::fromStdString(note)](EngineHost& h) { Q_EMIT h.noted(text); });
    return frames > 0;
}

Result<bool> EngineWorker::hearAgain(const std::stop_token& stop) {
    if (stop.stop_requested())
        return Error{ErrorCode::Cancelled, "hearing the sound again was stopped on the way; the next change of the interventions begins it anew"};
    MS_TRY(const bool goesOn, m_speech->readOn(1.0 / kFilePiece));
    const std::int64_t rate = m_speech->sound()->sampleRate(), done = m_speech->transcriber().stream().samples();
    tellProgress({m_hearingTitle, EngineHost::tr("%1 s").arg(done / rate), done, m_speech->sound()->samples(), true}, true);
    return goesOn;
}

void EngineWorker::hearPiece() {
    const auto goesOn = m_file ? hearOfFile(*m_file) : hearAgain(*m_rereading);
    tellHeard();
    if (goesOn && *goesOn) return;
    if (!goesOn) fail(goesOn.error());
    endListening();
}

void EngineWorker::setSpeechInterventions(const InterventionList& list, const std::stop_token& stop) {
    std::vector<Intervention> wanted;
    for (const InterventionValue& value : list) wanted.push_back(intervention(value));
    if (const auto set = m_speech->setInterventions(wanted); !set) return fail(set.error());
    m_interventions = std::move(wanted);
    tell([list](EngineHost& h) { Q_EMIT h.interventionsApplied(list); });
    if (m_file) {
        const QString path = m_file->path;
        const std::stop_token fileStop = m_file->stop;
        m_file.reset();
        m_listening = false;  // there is nothing to end: all of it begins anew
        transcribe(path, {}, fileStop);
        return m_listening ? void() : settle();
    }
    if (m_listening && !m_rereading) {
        m_rereadAtEnd = stop;
        tell([](EngineHost& h) {
            Q_EMIT h.noted(EngineHost::tr("The changes hold for what is heard from now on. When the recording ends, all of it is heard again with them."));
        });
    } else if (m_speech->sound()->samples() > 0) {
        beginRereading(stop);
    }
}

void EngineWorker::beginRereading(const std::stop_token& stop) {
    if (const auto begun = beginRecording(true); !begun) {
        m_listening = false;
        fail(begun.error());
        return settle();
    }
    m_rereading = stop;
    m_hearingTitle = EngineHost::tr("Hearing the sound again with the interventions");
}

void EngineWorker::sliceSpeechBackfill() {
    const auto advanced = m_speech->sliceBackfill(kBackfillSlice);
    m_lastSlice = Clock::now();
    if (!advanced) {
        fail(advanced.error());
        return m_speech->dropBackfill();
    }
    const auto [done, end] = m_speech->backfillProgress();
    if (end == 0 || m_file || m_rereading) return;
    m_showsBackfill = true;
    tellProgress({EngineHost::tr("Reading the past again"), EngineHost::tr("frame %1").arg(done), done, end, true}, true);
}

void EngineWorker::tellHeard() {
    auto update = m_speech->takeUpdate();
    if (!update) return;
    std::erase_if(update->final, [this](const SpeechWord& word) { return word.firstFrame < m_knownWords; });
    if (m_speech->frames() < m_framesTold) return;  // the window has these from a file
    m_tokensSinceStatistics += m_speech->frames() - m_framesTold;
    m_framesTold = m_speech->frames();
    tell([update = *update](EngineHost& h) { h.speech().apply(update); });
    tellStatistics(false);
}

}  // namespace ms
