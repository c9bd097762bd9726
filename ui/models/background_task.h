// One computation beside the GUI thread, over captured values: started anew whenever its input changes.
#pragma once

#include <QCoreApplication>
#include <QObject>
#include <QPointer>
#include <QThreadPool>
#include <functional>
#include <memory>
#include <stop_token>

#include "engine/base/result.h"

namespace ms {

/// Runs the newest work only: starting another stops the one before, whose result is then dropped.
template <class T>
class BackgroundTask : public QObject {
public:
    using QObject::QObject;
    ~BackgroundTask() override { cancel(); }

    /// `work` runs on a pool thread and must use only what it holds by value; `done` runs in this object's thread.
    void start(std::function<Result<T>(const std::stop_token&)> work, std::function<void(Result<T>)> done) {
        cancel();
        m_stop = std::stop_source();
        const auto generation = ++m_generation;
        m_running = true;
        QPointer<BackgroundTask> self(this);
        QThreadPool::globalInstance()->start(
            [self, generation, work = std::move(work), done = std::move(done), token = m_stop.get_token()] {
                if (token.stop_requested()) return;
                auto result = std::make_shared<Result<T>>(work(token));
                if (token.stop_requested()) return;
                QMetaObject::invokeMethod(qApp, [self, generation, done, result] {
                    if (!self || self->m_generation != generation) return;
                    self->m_running = false;
                    done(std::move(*result));
                }, Qt::QueuedConnection);
            });
    }
    void cancel() {
        m_stop.request_stop();
        ++m_generation;
        m_running = false;
    }
    [[nodiscard]] bool running() const { return m_running; }

private:
    std::stop_source m_stop;
    quint64 m_generation = 0;
    bool m_running = false;
};

}  // namespace ms
