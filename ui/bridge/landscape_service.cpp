#include "ui/bridge/landscape_service.h"

#include <QMetaObject>
#include <algorithm>

#include "engine/vulkan/landscape.h"
#include "ui/bridge/summaries.h"

namespace ms {

namespace {

LandscapeScene sceneOf(const LandscapeRequest& request) {
    LandscapeScene scene;
    scene.width = request.width;
    scene.height = request.height;
    if (request.field) {
        scene.rows = request.field->rows;
        scene.columns = request.field->columns;
        scene.heights = request.field->heights;
        scene.colours = request.field->colours;
    }
    const LandscapeOrbit& o = request.orbit;
    scene.camera = {o.yaw, o.pitch, o.distance, o.targetX, o.targetY, o.targetZ, o.fov};
    scene.heightScale = request.heightScale;
    scene.rowSpan = request.rowSpan;
    scene.columnSpan = request.columnSpan;
    scene.zeroLevel = request.zeroLevel;
    scene.markedRow = request.markedRow;
    scene.background = request.background;
    scene.grid = request.grid;
    scene.mark = request.mark;
    scene.maxCells = request.maxCells;
    return scene;
}

/// The renderer is given up after a failure: a device that was lost does not come back.
Answer<LandscapePicture> drawn(std::unique_ptr<LandscapeRenderer>& renderer, const LandscapeRequest& request) {
    if (!renderer) {
        auto created = LandscapeRenderer::create();
        if (!created) return {nullptr, messageOf(created.error())};
        renderer = std::move(*created);
    }
    auto pixels = renderer->render(sceneOf(request));
    if (!pixels) {
        if (pixels.error().code != ErrorCode::InvalidArgument) renderer.reset();
        return {nullptr, messageOf(pixels.error())};
    }
    return {std::make_shared<const LandscapePicture>(LandscapePicture{request.width, request.height, std::move(*pixels)}), {}};
}

}  // namespace

LandscapeService::~LandscapeService() {
    m_thread.request_stop();
    m_changed.notify_all();
}

void LandscapeService::draw(QObject* asker, const LandscapeRequest& request, const Answered<LandscapePicture>& answered) {
    {
        const std::lock_guard lock(m_mutex);
        const auto waiting = std::find_if(m_jobs.begin(), m_jobs.end(), [&](const Job& job) { return job.key == asker; });
        Job job{asker, asker, request, answered};
        if (waiting != m_jobs.end()) *waiting = std::move(job);
        else m_jobs.push_back(std::move(job));
    }
    if (!m_thread.joinable()) m_thread = std::jthread([this](const std::stop_token& stop) { work(stop); });
    m_changed.notify_all();
}

void LandscapeService::work(const std::stop_token& stop) {
    std::unique_ptr<LandscapeRenderer> renderer;
    while (true) {
        auto job = std::make_shared<Job>();
        {
            std::unique_lock lock(m_mutex);
            if (!m_changed.wait(lock, stop, [this] { return !m_jobs.empty(); })) return;
            *job = std::move(m_jobs.front());
            m_jobs.pop_front();
        }
        auto answer = drawn(renderer, job->request);
        QMetaObject::invokeMethod(&m_home, [job, answer = std::move(answer)] {
            if (job->asker) job->answered(answer);
        }, Qt::QueuedConnection);
        if (stop.stop_requested()) return;
    }
}

std::optional<std::pair<qint64, qint64>> LandscapeService::pick(const LandscapeRequest& request, const QPointF& pixel) const {
    const auto cell = pickLandscape(sceneOf(request), static_cast<float>(pixel.x()), static_cast<float>(pixel.y()));
    if (!cell) return std::nullopt;
    return std::pair<qint64, qint64>(cell->first, cell->second);
}

std::optional<QPointF> LandscapeService::project(const LandscapeRequest& request, double row, double column, double height) const {
    const auto point = projectLandscape(sceneOf(request), static_cast<float>(row), static_cast<float>(column), static_cast<float>(height));
    if (!point) return std::nullopt;
    return QPointF(static_cast<double>(point->first), static_cast<double>(point->second));
}

}  // namespace ms
