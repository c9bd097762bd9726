// Writes session files in a thread of its own, so that the engine reads and writes on meanwhile.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

#include "engine/runtime/model.h"
#include "engine/session/session_writer.h"

namespace ms {

/// One file after another. What a content shares with the engine may grow while it is written, but nothing of it may be given
/// up: whoever cuts captured values calls finish() first.
class SessionSaver {
public:
    struct Job {
        std::string path;
        SessionContent content;
        /// Its weights are hashed first, for the document; null: the document has the hash.
        std::shared_ptr<const Model> hashed;
        std::stop_token stop;
        // All three in the saver's thread; progress counts bytes, of weights at first and then of the file.
        ProgressCallback hashing, writing;
        std::function<void(const Result<void>&, const std::string& sha256)> done;  ///< the hash: empty when it was not made
    };

    SessionSaver() : m_thread([this](const std::stop_token& stop) { loop(stop); }) {}
    /// Writes to their end what was added.
    ~SessionSaver();

    void add(Job job);
    /// Waits until all is written. Hashes that are not known by now are left out: the file says so, and is whole.
    void finish();

private:
    void loop(const std::stop_token& stop);
    void save(Job& job);

    std::mutex m_mutex;  // guards what follows
    std::condition_variable_any m_changed;
    std::deque<Job> m_jobs;   // the first one is being written
    std::stop_source m_hurry; // stops hashing
    std::jthread m_thread;    // last: started when everything above is there
};

}  // namespace ms
