// Opening models and devices on the engine thread.
#include "ui/bridge/engine_worker.h"
#include "ui/bridge/summaries.h"

namespace ms {

void EngineWorker::listDevices() {
    std::vector<DeviceSummary> devices;
    for (const DeviceEntry& device : ms::listDevices()) devices.push_back(summarize(device));
    tell([devices](EngineHost& h) { Q_EMIT h.devicesListed(devices); });
}

void EngineWorker::open(const QString& path, const std::stop_token& stop) {
    if (stop.stop_requested()) return;  // superseded before its turn came
    tellState(EngineState::Loading);
    const auto loaded = load(path, m_selector, stop);
    tellProgress({});
    if (loaded) m_openedForSound.clear();
    else fail(loaded.error());
    settle();
}

void EngineWorker::changeDevice(const QString& selector, const std::stop_token& stop) {
    if (stop.stop_requested()) return;
    const std::string wanted = selector.toStdString();
    if (!m_model) {
        m_selector = wanted;
        m_backend.reset();
        return;
    }
    tellState(EngineState::Loading);
    const auto loaded = load(QString::fromStdString(m_model->info().path.string()), wanted, stop);
    tellProgress({});
    if (!loaded) {
        fail(loaded.error());
        tell([](EngineHost& h) { Q_EMIT h.deviceStays(); });
    }
    settle();
}

void EngineWorker::forgetSession() {
    m_generating = m_paused = false;
    m_left = 0;
    m_baseline.reset();
    m_inspector.reset();
    m_baselineInspector.reset();
    m_lens.reset();
    m_run.reset();
    m_speech.reset();
    m_file.reset();
    m_rereading.reset();
    m_rereadAtEnd.reset();
    m_listening = false;
    m_ids.clear();
    m_unread.clear();
    m_unreadSwaps.clear();
    m_interventions.clear();
    m_snapshots.clear();
    m_withoutModel = false;
}

Result<void> EngineWorker::load(const QString& path, const std::string& selector, const std::stop_token& stop) {
    JobProgress shown{
        EngineHost::tr("Opening %1").arg(path.section(QLatin1Char('/'), -1, -1, QString::SectionSkipEmpty)),
        EngineHost::tr("preparing the device"), 0, 0, true};
    tellProgress(shown);
    std::shared_ptr<Backend> backend = selector == m_selector ? m_backend : nullptr;
    if (!backend) {
        MS_TRY(backend, openDevice(selector));
    }
    const ProgressCallback progress = [&](const Progress& p) {
        shown.status = QString::fromStdString(p.status);
        shown.current = p.current;
        shown.total = p.total;
        tellProgress(shown, true);
    };
    const std::filesystem::path file(path.toStdString());
    MS_TRY(auto model, Model::load(file, backend, progress, stop));
    std::unique_ptr<SessionRun> run;
    std::unique_ptr<SpeechRun> speech;
    if (model->info().speech) {
        MS_TRY(speech, SpeechRun::create(model, m_feed));
    } else {
        MS_TRY(run, SessionRun::create(model, [feed = &m_feed](const CaptureFrame& frame) { feed->pushFrame(frame); }));
    }
    if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "opening " + file.string() + " was cancelled"};

    // From here on nothing fails: the new model takes the old one's place. Snapshots of the same weights stay.
    const bool same = m_model && m_model->info().fingerprint == model->info().fingerprint;
    auto snapshots = same ? std::exchange(m_snapshots, {}) : decltype(m_snapshots){};
    forgetSession();
    m_snapshots = std::move(snapshots);
    std::erase_if(m_snapshots, [](const auto& entry) { return entry.second->hidden; });  // undo ends here
    m_run = std::move(run);
    m_speech = std::move(speech);
    m_model = std::move(model);
    m_backend = std::move(backend);
    m_selector = selector;
    m_knownPieces.assign(static_cast<std::size_t>(m_model->dims().vocab), false);
    if (m_speech) m_speech->setSoundFolder(m_soundFolder);
    m_feed.restart();
    tell([summary = summarize(*m_model), checkpoint = m_model->checkpoint()](EngineHost& h) {
        h.setCheckpoint(checkpoint);
        h.setModel(summary);
    });
    tellSnapshots();
    return {};
}

}  // namespace ms
