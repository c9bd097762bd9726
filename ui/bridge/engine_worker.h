// What runs on the engine thread: it alone touches the device, the model and the sessions.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "engine/runtime/text_stream.h"
#include "ui/bridge/backfill.h"
#include "ui/bridge/coverage.h"
#include "ui/bridge/engine_host.h"

namespace ms {

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
    void setRequests(std::vector<CaptureRequest> requests);
    void run(const RunRequest& request, const std::stop_token& stop);
    void step(const RunRequest& request, const std::stop_token& stop);
    void resume(const RunRequest& request);
    void pause();
    void stop();
    void setSampling(const SamplingSettings& sampling);
    void dropBackfill();
    /// Values at a token that was read; the live session is not touched.
    Result<TokenValues> tokenValues(qint64 token, const std::vector<CaptureRequest>& requests, const std::stop_token& stop);
    Result<LensTable> lens(qint64 token, int predictions, const std::stop_token& stop);

private:
    using Clock = std::chrono::steady_clock;

    void loop(const std::stop_token& stop);
    Result<void> load(const QString& path, const std::string& selector, const std::stop_token& stop);
    Result<void> readPrompt(const RunRequest& request, const std::stop_token& stop);
    Result<void> applyRequests();
    Result<void> writeToken();
    void generateOne();
    void startBackfill();
    void sliceBackfill();
    [[nodiscard]] CaptureSink sink();
    void record(const TokenEvent& event);
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
    std::unique_ptr<TextStream> m_stream;
    std::vector<TokenId> m_ids;            // everything the session has read
    std::vector<bool> m_knownPieces;       // ids whose text the feed has
    std::vector<CaptureRequest> m_requests;
    Coverage m_coverage;
    std::optional<Backfill> m_backfill;

    bool m_generating = false;
    bool m_paused = false;
    std::int64_t m_left = 0;               // tokens to write, -1: no limit
    bool m_stopAtEnd = true;

    Clock::time_point m_lastProgress, m_lastSlice, m_lastStatistics;
    std::int64_t m_tokensSinceStatistics = 0;
    double m_tokensPerSecond = 0;

    std::mutex m_mutex;                    // guards m_queue
    std::condition_variable_any m_wake;
    std::deque<Command> m_queue;
    std::jthread m_thread;                 // last: started when everything above is there
};

}  // namespace ms
