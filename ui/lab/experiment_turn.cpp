#include "ui/lab/experiment_turn.h"

#include "ui/bridge/lab_service.h"
#include "ui/lab/experiment_bar.h"

namespace ms {

ExperimentTurn::ExperimentTurn(LabService& service, ExperimentBar& bar, std::function<QString(const QString&)> nameOf, QObject* parent)
    : QObject(parent), m_service(service), m_bar(bar) {
    connect(&m_bar, &ExperimentBar::stopRequested, &m_service, &LabService::stop);
    connect(&m_service, &LabService::modelFailed, this, [this, nameOf = std::move(nameOf)](const QString& model, const QString& why) {
        if (m_mine) m_lost.append(nameOf(model) + QStringLiteral(": ") + why);
    });
    connect(&m_service, &LabService::progressed, this, [this](const QString& what) {
        if (m_mine) m_bar.tell(what);
    });
    connect(&m_service, &LabService::failed, this, [this](const QString& why) {
        if (m_mine) m_lost.append(why);
    });
    connect(&m_service, &LabService::runningChanged, this, &ExperimentTurn::changed);
}

void ExperimentTurn::begin() {
    m_lost.clear();
    m_mine = true;
}

bool ExperimentTurn::refresh(const QString& obstacle) {
    const bool running = m_service.isRunning();
    m_bar.setRunning(running && m_mine);
    m_bar.setObstacle(running && !m_mine ? tr("Another experiment is running") : obstacle);
    if (running) return true;
    if (m_mine && !m_lost.isEmpty()) m_bar.tell(m_lost.join(QLatin1Char('\n')));
    m_mine = false;
    return false;
}

}  // namespace ms
