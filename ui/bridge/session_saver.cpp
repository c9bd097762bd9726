#include "ui/bridge/session_saver.h"

#include <utility>

#include "engine/export/file_hash.h"

namespace ms {

SessionSaver::~SessionSaver() { finish(); }

void SessionSaver::add(Job job) {
    {
        const std::lock_guard lock(m_mutex);
        m_jobs.push_back(std::move(job));
    }
    m_changed.notify_all();
}

void SessionSaver::finish() {
    std::unique_lock lock(m_mutex);
    m_hurry.request_stop();
    m_changed.wait(lock, [this] { return m_jobs.empty(); });
    m_hurry = {};
}

void SessionSaver::loop(const std::stop_token& stop) {
    std::unique_lock lock(m_mutex);
    while (m_changed.wait(lock, stop, [this] { return !m_jobs.empty(); })) {
        Job& job = m_jobs.front();  // others are only added behind it
        lock.unlock();
        save(job);
        lock.lock();
        m_jobs.pop_front();
        m_changed.notify_all();
    }
}

void SessionSaver::save(Job& job) {
    std::string& sha256 = job.content.document.model.sha256;
    if (job.hashed) {
        std::stop_source either;
        std::stop_token hurry;
        {
            const std::lock_guard lock(m_mutex);
            hurry = m_hurry.get_token();
        }
        const std::stop_callback cancelled(job.stop, [&either] { either.request_stop(); });
        const std::stop_callback hurried(hurry, [&either] { either.request_stop(); });
        auto hash = sha256OfFiles(job.hashed->info().weightFiles, job.hashing, either.get_token());
        // Weights that can no longer be read do not keep the session from being saved.
        if (hash) sha256 = std::move(*hash);
    }
    const Result<void> written = writeSession(job.path, job.content, {job.writing, job.stop, Durability::OnDisk});
    job.done(written, sha256);
}

}  // namespace ms
