// Runs the architecture lab's experiments on a thread and a device of its own, so that the open model goes on meanwhile.
#pragma once

#include <QObject>
#include <functional>
#include <memory>
#include <stop_token>
#include <thread>

#include "ui/models/lab_values.h"

namespace ms {

class LabComparison;

/// Lives in the GUI thread. One experiment at a time: a new one ends the one before.
class LabService final : public QObject {
    Q_OBJECT
public:
    explicit LabService(QObject* parent = nullptr);
    ~LabService() override;  ///< stops, and waits for the measurement under way

    /// `device`: selector as the engine's; empty: the default one.
    void runTask(const QStringList& models, const LabTaskRequest& request, const QString& device);
    void runScaling(const QStringList& models, const LabScalingRequest& request, const QString& device);
    /// All models read the input in lock step. What they read stays with them when that has ended, or was stopped, so that
    /// `askInfluence` has an answer until another experiment begins.
    void runComparison(const QStringList& models, const LabInput& input, const QString& device);
    /// Asks for `influenced` at a piece that was read; an older question that has no answer yet is dropped.
    void askInfluence(qint64 piece);
    [[nodiscard]] bool canAskInfluence() const { return m_comparison != nullptr; }
    /// Ends the experiment, not what can be asked about it.
    void stop();
    [[nodiscard]] bool isRunning() const { return m_running; }

Q_SIGNALS:
    void runningChanged(bool running);
    /// One line about what is done now.
    void progressed(const QString& what);
    void scored(const ms::LabScore& score);
    void measured(const ms::LabCost& cost);
    /// A comparison's models are open; the readings follow in order, at most twenty times a second.
    void piecesCut(const ms::LabPieces& pieces);
    void piecesRead(const ms::LabReadings& readings);
    void influenced(const ms::LabInfluence& influence);
    /// A model could not take part: one line why. The others go on.
    void modelFailed(const QString& model, const QString& why);
    /// The experiment as a whole came to nothing.
    void failed(const QString& why);

private:
    class Run;
    void start(const std::function<void(Run& run)>& work);

    bool m_running = false;
    quint64 m_generation = 0;  // answers of an experiment that was ended are dropped
    std::stop_source m_ending;
    std::shared_ptr<LabComparison> m_comparison;  // shared with the thread; null after another experiment
    std::jthread m_thread;
};

}  // namespace ms
