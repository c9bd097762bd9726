// The window's handle on the engine: lives in the GUI thread, owns the engine thread, never waits for it.
#pragma once

#include <QObject>
#include <functional>
#include <memory>
#include <stop_token>
#include <vector>

#include "ui/bridge/capture_feed.h"
#include "ui/models/audio_block.h"
#include "ui/models/model_queries.h"
#include "ui/models/session_file_values.h"
#include "ui/models/session_values.h"
#include "ui/models/speech_log.h"
#include "ui/models/values.h"

namespace ms {

class Checkpoint;
class EngineQueries;
class EngineWorker;
class LandscapeDrawer;
class LandscapeService;

struct EngineOptions {
    std::uint64_t captureMemory = CaptureStore::kDefaultCap;
    QString device;  ///< selector; empty for the default
};

/// Every call returns at once; what comes of it is told by signals, in the GUI thread.
class EngineHost : public QObject {
    Q_OBJECT
public:
    explicit EngineHost(const EngineOptions& options = {}, QObject* parent = nullptr);
    ~EngineHost() override;  ///< cancels what is running and waits for the engine thread to end

    [[nodiscard]] EngineState state() const { return m_state; }
    [[nodiscard]] const ModelSummaryPtr& model() const { return m_model; }
    [[nodiscard]] const JobProgress& progress() const { return m_progress; }
    [[nodiscard]] const RunStatistics& statistics() const { return m_statistics; }
    /// How tokens are chosen, as last set.
    [[nodiscard]] const SamplingSettings& sampling() const { return m_sampling; }
    [[nodiscard]] CaptureFeed& feed() { return m_feed; }
    /// What views asked the feed for is not all there yet, and will come.
    [[nodiscard]] bool isCapturing() const { return m_asked != m_served; }
    [[nodiscard]] ModelQueries& queries();
    [[nodiscard]] LandscapeDrawer& landscape();
    /// What was heard and understood.
    [[nodiscard]] SpeechLog& speech() { return m_speech; }

    /// Opens a model; the one that is open stays until the new one is ready, and if it fails.
    void open(const QString& path);
    /// Reloads the open model on another device.
    void setDevice(const QString& selector);
    /// Ends the loading, reading or refilling that shows progress.
    void cancel();
    /// Begins anew: reads the prompt, then writes on.
    void run(const RunRequest& request);
    /// Writes one token; reads the prompt first when nothing was read yet.
    void step(const RunRequest& request);
    /// Writes on from where the session is.
    void resume(const RunRequest& request);
    void pause();
    void stop();
    void setSampling(const SamplingSettings& sampling);
    /// Changes the model from now on: all tokens are read again, on it and, beside it, on the model as it is. So is all sound;
    /// of a recording that goes on, once it ends.
    void setInterventions(const InterventionList& list);
    /// Keeps the sequence up to and including `token`; -1: all of it.
    void takeSnapshot(const QString& name, qint64 token = -1);
    void renameSnapshot(qint64 id, const QString& name);
    void removeSnapshot(qint64 id);
    /// Goes to a snapshot. `remember` false: this is an undo, there is nothing to tell.
    void goToSnapshot(qint64 id, bool remember = true);
    /// Goes back to just behind a token that was read.
    void goToToken(qint64 token);
    /// The state of some layers becomes the snapshot's; empty: of all.
    void swapState(qint64 id, const std::vector<qint64>& layers);
    void saveSnapshot(qint64 id, const QString& path);
    void loadSnapshot(const QString& path);
    void compareSnapshots(qint64 first, qint64 second);
    /// Writes the session; sessionSaved follows, or failed or cancelled, and the file is as it was.
    void saveSession(const SessionSave& save);
    /// Writes a recovery record; recordKept follows.
    void keepRecord(const SessionSave& save);
    /// Opens a session from a file, and its model if that is not open. sessionOpened follows, or sessionModelWanted, or failed.
    void openSession(const SessionOpen& wish);
    /// Where the sound of recordings lies from the next one on, so that it outlives a crash.
    void setSoundFolder(const QString& folder);
    /// The speech model that is opened when sound comes and the open model reads text, or was opened that way before.
    void setSpeechModel(const QString& path) { m_speechModel = path; }
    /// A language model that chooses among hypotheses from the next recording on; empty: none does. One that cannot be opened is noted
    /// then, and none does.
    void setRescorer(const QString& languageModel);
    /// Begins a new recording, with the open model or the speech model. State Listening until endListening.
    void beginListening();
    /// Sound of the recording, in order. Dropped while nothing listens.
    void hear(const AudioBlock& block);
    /// The recording ends: what was heard is read to its end, then the state is Idle.
    void endListening();
    /// Transcribes a sound file from its start, as fast as it goes; cancel() and stop() end it and keep what came.
    void transcribe(const QString& path);
    /// Asks for the list of devices; answered by devicesListed.
    void listDevices();

Q_SIGNALS:
    void stateChanged(ms::EngineState state);
    void modelChanged(const ms::ModelSummaryPtr& model);
    void progressChanged(const ms::JobProgress& progress);
    void statisticsChanged(const ms::RunStatistics& statistics);
    /// Another device was wanted and could not be had: the model stays as and where it is.
    void deviceStays();
    void devicesListed(const std::vector<ms::DeviceSummary>& devices);
    /// One line: what failed, where, and what to do.
    void failed(const QString& message);
    void cancelled(const QString& what);
    /// beginListening() came to nothing; `failed` tells it too.
    void listeningRefused(const QString& why);
    /// The model wrote its end-of-text token.
    void ended();
    void snapshotsChanged(const std::vector<ms::SnapshotSummary>& snapshots);
    void snapshotsCompared(const ms::SnapshotComparison& comparison);
    /// The session went from one kept point to another: what an undo goes between.
    void sessionMoved(qint64 from, qint64 to, const QString& what);
    /// The model runs with this list now.
    void interventionsApplied(const ms::InterventionList& list);
    /// The engine has taken what the file will hold, so many tokens; what changes from now on is not in it.
    void sessionCollected(const QString& path, qint64 tokens);
    void sessionSaved(const QString& path);
    /// `problem`: why it could not be written; empty: it is there.
    void recordKept(const QString& path, const QString& problem);
    /// Tokens, captures and snapshots are there; what is the window's is in `session`.
    void sessionOpened(const ms::OpenedSession& session);
    void sessionModelWanted(const ms::SessionModelQuestion& question);
    /// Something went well that leaves no other trace: "saved as …".
    void noted(const QString& message);

private:
    friend class EngineQueries;
    friend class EngineWorker;
    /// Of reading that joins what is under way: one cancel() ends both.
    [[nodiscard]] std::stop_token joinReading();
    void setState(EngineState state);
    void setModel(const ModelSummaryPtr& model);
    void setCheckpoint(const Checkpoint& checkpoint);
    void closeCheckpoint();
    void setProgress(const JobProgress& progress);
    void setStatistics(const RunStatistics& statistics);

    EngineState m_state = EngineState::NoModel;
    ModelSummaryPtr m_model;
    JobProgress m_progress;
    RunStatistics m_statistics;
    SamplingSettings m_sampling;
    CaptureFeed m_feed;
    SpeechLog m_speech;
    QString m_speechModel;
    quint64 m_asked = 0, m_served = 0;  // requests of the feed, counted
    std::stop_source m_loadStop, m_readStop, m_saveStop;
    std::unique_ptr<EngineQueries> m_queries;
    std::unique_ptr<LandscapeService> m_landscape;
    std::unique_ptr<EngineWorker> m_worker;  // last: its thread ends before the rest goes
};

}  // namespace ms
