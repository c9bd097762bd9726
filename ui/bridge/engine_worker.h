// What runs on the engine thread: it alone touches the device, the model and the sessions.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "engine/audio/audio_file.h"
#include "engine/runtime/logit_lens.h"
#include "engine/runtime/token_inspection.h"
#include "engine/session/session_writer.h"
#include "ui/bridge/engine_host.h"
#include "ui/bridge/session_run.h"
#include "ui/bridge/session_saver.h"
#include "ui/bridge/speech_run.h"

namespace ms {

class SessionArchive;
class SessionCollector;
class SessionRestorer;

class EngineWorker {
public:
    using Command = std::function<void(EngineWorker&)>;

    EngineWorker(EngineHost& host, std::string device);
    ~EngineWorker();
    EngineWorker(const EngineWorker&) = delete;
    EngineWorker& operator=(const EngineWorker&) = delete;

    /// From any thread. Commands run in order, between two tokens.
    void enqueue(Command command);

    // --- commands, on the engine thread ---
    void open(const QString& path, const std::stop_token& stop);
    void changeDevice(const QString& selector, const std::stop_token& stop);
    void listDevices();
    /// `number`: the host is told it when all of them that can be had are there.
    void setRequests(std::vector<CaptureRequest> requests, quint64 number);
    void run(const RunRequest& request, const std::stop_token& stop);
    void step(const RunRequest& request, const std::stop_token& stop);
    void resume(const RunRequest& request);
    void pause();
    void stop();
    void setSampling(const SamplingSettings& sampling);
    void dropBackfills();
    /// Values at a token that was read; the live session is not touched.
    Result<TokenValues> tokenValues(qint64 token, const std::vector<CaptureRequest>& requests, const std::stop_token& stop);
    /// The same of the baseline. Errors: InvalidArgument while no intervention is on.
    Result<TokenValues> baselineValues(qint64 token, const std::vector<CaptureRequest>& requests, const std::stop_token& stop);
    Result<LensTable> lens(qint64 token, int predictions, const std::stop_token& stop);

    // --- listening (worker_speech.cpp); `path`: the speech model to open when the open model reads text ---
    void beginListening(const QString& path, const std::stop_token& stop);
    /// From the next recording on; empty: none.
    void setRescorer(const QString& languageModel) { m_rescorerPath = languageModel; }
    void hear(const AudioBlock& block);
    void endListening();
    void transcribe(const QString& audio, const QString& path, const std::stop_token& stop);

    // --- time machine and interventions (worker_session.cpp) ---
    void setInterventions(const InterventionList& list, const std::stop_token& stop);
    /// Keeps the sequence up to and including `token`; -1: all of it.
    void takeSnapshot(const QString& name, qint64 token);
    void renameSnapshot(qint64 id, const QString& name);
    void removeSnapshot(qint64 id);
    /// `remember`: keeps where the session was, and tells both ends of the move, so that it can be undone.
    void goToSnapshot(qint64 id, bool remember, const std::stop_token& stop);
    void goToToken(qint64 token, const std::stop_token& stop);
    void swapState(qint64 id, const std::vector<qint64>& layers);
    void saveSnapshot(qint64 id, const QString& path);
    void loadSnapshot(const QString& path);
    void compareSnapshots(qint64 first, qint64 second);

    // --- sessions in files (worker_files.cpp) ---
    /// The session as it is now; it goes on while it is hashed and written.
    void saveSession(const SessionSave& save, const std::stop_token& stop);
    /// From any thread: writes a recovery record between two commands, or between two chunks of a long reading.
    void wishRecord(const SessionSave& save);
    void openSession(const SessionOpen& wish, const std::stop_token& stop);
    /// Of recordings, so that their sound outlives a crash; empty: it does not.
    void setSoundFolder(const std::filesystem::path& folder);

private:
    using Clock = std::chrono::steady_clock;

    void loop(const std::stop_token& stop);
    Result<void> load(const QString& path, const std::string& selector, const std::stop_token& stop);

    struct FileBeingHeard {
        QString path;
        AudioFile file;
        Resampler resampler;
        std::stop_token stop;
    };
    Result<void> openSpeech(const QString& path, const std::stop_token& stop);
    /// `again`: with the sound that is there.
    Result<void> beginRecording(bool again = false);
    /// The language model that the user wants to help, on the speech model's device; null: none, or it cannot be had, which is told.
    std::shared_ptr<const Model> rescorer();
    /// Goes on with the file, or with the sound that is read again.
    void hearPiece();
    Result<bool> hearOfFile(FileBeingHeard& heard);
    Result<bool> hearAgain(const std::stop_token& stop);
    void tellHeard();
    void sliceSpeechBackfill();
    /// All that was heard is heard again with them; of a recording that goes on, once it ends.
    void setSpeechInterventions(const InterventionList& list, const std::stop_token& stop);
    void beginRereading(const std::stop_token& stop);
    Result<void> readPrompt(const RunRequest& request, const std::stop_token& stop);
    Result<void> applyRequests();
    /// Of what the views ask, what the open model has; they may still ask for a model that was open before.
    [[nodiscard]] std::vector<CaptureRequest> answerable() const;
    Result<void> writeToken();
    void generateOne();
    [[nodiscard]] bool backfilling() const;
    void sliceBackfills();
    void endBackfill();
    /// Begins anew with `ids`, on both runs, and swaps in on the way what was. Flags of `known` rows say which tokens were
    /// the prompt's; others are.
    Result<void> readFromStart(std::span<const TokenId> ids, const TokenRows& known, const Anchors& swaps, const QString& title,
                               const std::stop_token& stop);
    /// The baseline goes to where the run stands in `ids`, after that was stopped.
    Result<void> bringBaseline(std::span<const TokenId> ids);
    /// Tells the window what a token stands for, once.
    void announce(TokenId id);
    void record(const TokenEvent& event, const TokenEvent* baseline, bool fromPrompt);
    void forgetSession();

    struct Kept {                          // a snapshot; shares what it can with the session and with others
        QString name;
        SequencePoint point;
        TokenRows rows;
        bool hidden = false;               // made for undo
        std::optional<std::vector<Intervention>> interventions{};  // that its state came with; of a file: unknown
    };
    Result<TokenInspection> inspect(qint64 token, const std::vector<CaptureRequest>& requests, const std::stop_token& stop);
    Result<TokenInspection> inspectBaseline(qint64 token, const std::vector<CaptureRequest>& requests, const std::stop_token& stop);
    /// What the lens looks for at a token: the one that followed, or the symbol that was heard in the frame.
    [[nodiscard]] std::optional<TokenId> lensTarget(qint64 token) const;
    [[nodiscard]] QString textOf(TokenId id) const;
    Result<Kept> keep(const QString& name, std::int64_t tokens);
    Result<Kept> keepFrame(const QString& name, std::int64_t frames);
    /// All of the session, with what was not read again yet.
    [[nodiscard]] Kept keepAll() const;
    /// Writing on leaves behind what was not read again: keeps it, and says so.
    void leaveUnread();
    struct Ending {
        StateSnapshot state;
        std::vector<float> logits;         // [vocab] behind the last token
    };
    /// The state exactly behind a snapshot's last token, in the model it was kept of.
    Result<Ending> stateBehind(const Kept& kept);
    Result<void> goTo(const Kept& kept, const std::stop_token& stop);
    Result<void> takeAlongBaseline(std::span<const TokenId> ids, std::size_t common, TokenPos known, const GoOptions& options);
    /// Where going to `kept` begins: the nearest state of it or of the session, which share `common` tokens.
    [[nodiscard]] SequencePoint startFor(const Kept& kept, std::size_t common) const;
    /// Of a state that came from a file without them: all its tokens are read beside the session.
    Result<void> findLogits(Kept& kept, const std::stop_token& stop);
    /// Shows progress once it takes longer than a blink.
    [[nodiscard]] ProgressCallback goingProgress(const QString& title);
    std::int64_t store(Kept kept);
    void tellSnapshots();
    void dropOldHidden();
    [[nodiscard]] std::shared_ptr<const Kept> find(qint64 id);
    // --- sessions in files ---
    struct ModelPlace {
        QString path;         // empty: the user is asked
        bool isSame = false;  // its weights are those of the session
    };
    Result<ModelPlace> findModel(const SessionDocument& document, const SessionOpen& wish, const QString& title, const std::stop_token& stop);
    Result<SessionContent> collect(const SessionSave& save);
    Result<void> collectText(const SessionSave& save, SessionContent& content, SessionCollector& collector);
    void collectSpeech(const SessionSave& save, SessionContent& content);
    void serveRecord();
    /// `same`: the open model is the session's; otherwise everything is read again.
    Result<void> restore(SessionArchive& archive, bool same, const SessionOpen& wish, const QString& title, const std::stop_token& stop);
    Result<void> restoreText(SessionArchive& archive, SessionRestorer& restorer, bool same, const QString& title, const std::stop_token& stop);
    Result<void> restoreSpeech(SessionArchive& archive, SessionRestorer& restorer, bool same);
    /// What the file holds, and no model; the one that is open is closed. Errors: Unsupported when the file holds too little.
    Result<void> showWithoutModel(SessionArchive& archive, const SessionOpen& wish, const QString& title);
    /// Tells the window that the session is there, with what is the window's business.
    void tellOpened(const SessionArchive& archive, const SessionOpen& wish);
    /// Why there is nothing to compute with.
    [[nodiscard]] Error noModel() const;
    void restoreSnapshots(SessionArchive& archive, SessionRestorer& restorer, bool same);
    /// Leads the runs through the sound, so that all of it can be looked at.
    void beginRestoredSound(const SessionDocument& document, bool same, const std::stop_token& stop);
    /// Reads on to a frame that the window has from a file already, before somebody looks at it.
    Result<void> reachFrame(qint64 frame, const std::stop_token& stop);
    void announceAll(const TokenRows& rows);

    void settle();  // state after something ended
    void tell(std::function<void(EngineHost&)> message);
    void fail(const Error& error);
    void tellState(EngineState state);
    void tellProgress(const JobProgress& progress, bool throttled = false);
    void tellStatistics(bool now);

    EngineHost& m_host;
    CaptureFeed& m_feed;
    std::string m_selector;

    std::shared_ptr<Backend> m_backend;
    std::shared_ptr<const Model> m_model;
    std::unique_ptr<SessionRun> m_run;
    std::unique_ptr<SessionRun> m_baseline;  // the same tokens without interventions; only while there are some
    std::unique_ptr<TokenInspector> m_inspector;
    std::unique_ptr<TokenInspector> m_baselineInspector;
    std::unique_ptr<LogitLensReader> m_lens;
    std::vector<TokenId> m_ids;            // everything the session has read
    std::vector<Intervention> m_interventions;
    TokenRows m_unread;                    // the whole sequence, when reading it again was stopped on the way
    Anchors m_unreadSwaps;                 // all that was swapped into it
    std::map<std::int64_t, std::shared_ptr<Kept>> m_snapshots;
    std::int64_t m_nextSnapshot = 1;
    std::vector<bool> m_knownPieces;       // ids whose text the feed has
    std::vector<CaptureRequest> m_requests;
    quint64 m_asked = 0, m_served = 0;     // numbers of requests; served: nothing is left to fill in

    std::unique_ptr<SpeechRun> m_speech;   // of a speech model, in place of m_run
    std::optional<FileBeingHeard> m_file;  // while a file is transcribed
    std::optional<std::stop_token> m_rereading;  // while the sound that is there is heard again
    std::optional<std::stop_token> m_rereadAtEnd;  // interventions changed while a device is heard
    QString m_rescorerPath;                // of the language model that helps to find words; empty: none does
    std::shared_ptr<const Model> m_rescorer;  // it, once it was needed
    QString m_openedForSound;              // the open model, where nobody but the coming sound opened it
    QString m_hearingTitle;                // of the progress of either
    std::int64_t m_framesTold = 0;
    std::int64_t m_knownWords = 0;         // words before this frame came from a file
    bool m_listening = false;
    bool m_withoutModel = false;           // a session is shown whose model is not there
    std::filesystem::path m_soundFolder;
    std::optional<SessionSave> m_recordWish;  // guarded by m_mutex
    std::weak_ptr<const Model> m_hashOf;   // the model whose hash is m_hash: made once
    std::string m_hash;

    bool m_generating = false;
    bool m_paused = false;
    bool m_showsBackfill = false;
    std::int64_t m_left = 0;               // tokens to write, -1: no limit
    bool m_stopAtEnd = true;

    Clock::time_point m_lastProgress, m_lastSlice, m_lastStatistics;
    std::int64_t m_tokensSinceStatistics = 0;
    double m_tokensPerSecond = 0;

    std::mutex m_mutex;                    // guards m_queue and m_recordWish
    std::condition_variable_any m_wake;
    std::deque<Command> m_queue;
    SessionSaver m_saver;                  // its thread tells what became of a file
    std::jthread m_thread;                 // last: started when everything above is there
};

}  // namespace ms
