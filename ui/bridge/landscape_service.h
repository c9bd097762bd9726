// Draws the views' landscapes on a thread of its own, with a renderer that is made when the first picture is asked for.
#pragma once

#include <QObject>
#include <QPointer>
#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>

#include "ui/models/landscape_drawer.h"

namespace ms {

class LandscapeRenderer;

/// Lives in the GUI thread.
class LandscapeService final : public LandscapeDrawer {
public:
    LandscapeService() = default;
    ~LandscapeService() override;  ///< waits for the picture being drawn
    LandscapeService(const LandscapeService&) = delete;
    LandscapeService& operator=(const LandscapeService&) = delete;

    void draw(QObject* asker, const LandscapeRequest& request, const Answered<LandscapePicture>& answered) override;
    [[nodiscard]] std::optional<std::pair<qint64, qint64>> pick(const LandscapeRequest& request, const QPointF& pixel) const override;
    [[nodiscard]] std::optional<QPointF> project(const LandscapeRequest& request, double row, double column, double height) const override;

private:
    struct Job {
        QObject* key = nullptr;  ///< compared only: the asker may be gone
        QPointer<QObject> asker;
        LandscapeRequest request;
        Answered<LandscapePicture> answered;
    };
    void work(const std::stop_token& stop);

    QObject m_home;  // answers come to its thread, and none after it is gone
    std::mutex m_mutex;
    std::condition_variable_any m_changed;
    std::list<Job> m_jobs;  // at most one of each asker
    std::jthread m_thread;  // last: ends before the rest goes
};

}  // namespace ms
