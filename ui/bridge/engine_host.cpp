#include "ui/bridge/engine_host.h"

#include "ui/bridge/engine_queries.h"
#include "ui/bridge/engine_worker.h"
#include "ui/bridge/landscape_service.h"

namespace ms {

EngineHost::EngineHost(const EngineOptions& options, QObject* parent)
    : QObject(parent),
      m_feed(options.captureMemory),
      m_queries(std::make_unique<EngineQueries>(*this)),
      m_landscape(std::make_unique<LandscapeService>()),
      m_worker(std::make_unique<EngineWorker>(*this, options.device.toStdString())) {
    connect(&m_feed, &CaptureFeed::requestsChanged, this, [this] {
        m_worker->enqueue([requests = m_feed.requests(), number = ++m_asked](EngineWorker& w) { w.setRequests(requests, number); });
    });
}

EngineHost::~EngineHost() {
    m_loadStop.request_stop();
    m_readStop.request_stop();
    m_worker.reset();
}

ModelQueries& EngineHost::queries() { return *m_queries; }

LandscapeDrawer& EngineHost::landscape() { return *m_landscape; }

void EngineHost::open(const QString& path) {
    m_loadStop.request_stop();  // the newest wish counts
    m_loadStop = {};
    m_worker->enqueue([path, stop = m_loadStop.get_token()](EngineWorker& w) { w.open(path, stop); });
}

void EngineHost::setDevice(const QString& selector) {
    m_loadStop.request_stop();
    m_loadStop = {};
    m_worker->enqueue([selector, stop = m_loadStop.get_token()](EngineWorker& w) { w.changeDevice(selector, stop); });
}

void EngineHost::cancel() {
    m_loadStop.request_stop();
    m_readStop.request_stop();
    m_saveStop.request_stop();
    m_worker->enqueue([](EngineWorker& w) { w.dropBackfills(); });
}

void EngineHost::run(const RunRequest& request) {
    m_sampling = request.sampling;
    m_readStop.request_stop();
    m_readStop = {};
    m_worker->enqueue([request, stop = m_readStop.get_token()](EngineWorker& w) { w.run(request, stop); });
}

void EngineHost::step(const RunRequest& request) {
    m_sampling = request.sampling;
    m_worker->enqueue([request, stop = joinReading()](EngineWorker& w) { w.step(request, stop); });
}

std::stop_token EngineHost::joinReading() {
    if (m_readStop.stop_requested()) m_readStop = {};
    return m_readStop.get_token();
}

void EngineHost::resume(const RunRequest& request) {
    m_worker->enqueue([request](EngineWorker& w) { w.resume(request); });
}

void EngineHost::pause() {
    m_worker->enqueue([](EngineWorker& w) { w.pause(); });
}

void EngineHost::stop() {
    m_readStop.request_stop();
    m_worker->enqueue([](EngineWorker& w) { w.stop(); });
}

void EngineHost::setSampling(const SamplingSettings& sampling) {
    m_sampling = sampling;
    m_worker->enqueue([sampling](EngineWorker& w) { w.setSampling(sampling); });
}

void EngineHost::setRescorer(const QString& languageModel) {
    m_worker->enqueue([languageModel](EngineWorker& w) { w.setRescorer(languageModel); });
}

void EngineHost::beginListening() {
    m_readStop.request_stop();
    m_readStop = {};
    m_worker->enqueue([path = m_speechModel, stop = m_readStop.get_token()](EngineWorker& w) { w.beginListening(path, stop); });
}

void EngineHost::hear(const AudioBlock& block) {
    m_worker->enqueue([block](EngineWorker& w) { w.hear(block); });
}

void EngineHost::endListening() {
    m_worker->enqueue([](EngineWorker& w) { w.endListening(); });
}

void EngineHost::transcribe(const QString& path) {
    m_readStop.request_stop();
    m_readStop = {};
    m_worker->enqueue([path, model = m_speechModel, stop = m_readStop.get_token()](EngineWorker& w) { w.transcribe(path, model, stop); });
}

void EngineHost::listDevices() {
    m_worker->enqueue([](EngineWorker& w) { w.listDevices(); });
}

void EngineHost::setInterventions(const InterventionList& list) {
    // A text that is being read begins anew; so does a sound, but it would not go on if it were stopped.
    if (!m_model || !m_model->speech) m_readStop.request_stop();
    m_worker->enqueue([list, stop = joinReading()](EngineWorker& w) { w.setInterventions(list, stop); });
}

void EngineHost::takeSnapshot(const QString& name, qint64 token) {
    m_worker->enqueue([name, token](EngineWorker& w) { w.takeSnapshot(name, token); });
}

void EngineHost::renameSnapshot(qint64 id, const QString& name) {
    m_worker->enqueue([id, name](EngineWorker& w) { w.renameSnapshot(id, name); });
}

void EngineHost::removeSnapshot(qint64 id) {
    m_worker->enqueue([id](EngineWorker& w) { w.removeSnapshot(id); });
}

void EngineHost::goToSnapshot(qint64 id, bool remember) {
    m_worker->enqueue([id, remember, stop = joinReading()](EngineWorker& w) { w.goToSnapshot(id, remember, stop); });
}

void EngineHost::goToToken(qint64 token) {
    m_worker->enqueue([token, stop = joinReading()](EngineWorker& w) { w.goToToken(token, stop); });
}

void EngineHost::swapState(qint64 id, const std::vector<qint64>& layers) {
    m_worker->enqueue([id, layers](EngineWorker& w) { w.swapState(id, layers); });
}

void EngineHost::saveSnapshot(qint64 id, const QString& path) {
    m_worker->enqueue([id, path](EngineWorker& w) { w.saveSnapshot(id, path); });
}

void EngineHost::loadSnapshot(const QString& path) {
    m_worker->enqueue([path](EngineWorker& w) { w.loadSnapshot(path); });
}

void EngineHost::compareSnapshots(qint64 first, qint64 second) {
    m_worker->enqueue([first, second](EngineWorker& w) { w.compareSnapshots(first, second); });
}

void EngineHost::saveSession(const SessionSave& save) {
    m_saveStop = {};
    m_worker->enqueue([save, stop = m_saveStop.get_token()](EngineWorker& w) { w.saveSession(save, stop); });
}

void EngineHost::keepRecord(const SessionSave& save) {
    m_worker->wishRecord(save);
}

void EngineHost::openSession(const SessionOpen& wish) {
    m_loadStop.request_stop();
    m_loadStop = {};
    m_worker->enqueue([wish, stop = m_loadStop.get_token()](EngineWorker& w) { w.openSession(wish, stop); });
}

void EngineHost::setSoundFolder(const QString& folder) {
    m_worker->enqueue([folder = std::filesystem::path(folder.toStdString())](EngineWorker& w) { w.setSoundFolder(folder); });
}

void EngineHost::setCheckpoint(const Checkpoint& checkpoint) { m_queries->setCheckpoint(checkpoint); }

void EngineHost::closeCheckpoint() { m_queries->setCheckpoint(std::nullopt); }

void EngineHost::setState(EngineState state) {
    if (state == m_state) return;
    m_state = state;
    Q_EMIT stateChanged(state);
}

void EngineHost::setModel(const ModelSummaryPtr& model) {
    m_model = model;
    Q_EMIT modelChanged(model);
}

void EngineHost::setProgress(const JobProgress& progress) {
    m_progress = progress;
    Q_EMIT progressChanged(progress);
}

void EngineHost::setStatistics(const RunStatistics& statistics) {
    m_statistics = statistics;
    Q_EMIT statisticsChanged(statistics);
}

}  // namespace ms
