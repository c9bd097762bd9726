#include "ui/bridge/lab_service.h"

#include <QMetaObject>
#include <chrono>
#include <utility>

#include "engine/lab/scaling.h"
#include "engine/lab/task_run.h"
#include "engine/runtime/devices.h"
#include "ui/bridge/lab_comparison.h"
#include "ui/bridge/summaries.h"

namespace ms {

/// An experiment on its thread: what it is told goes to the service's thread, unless another has begun.
class LabService::Run {
public:
    Run(LabService& service, quint64 generation, std::stop_token stop, std::stop_token closing)
        : m_service(&service), m_generation(generation), m_stop(std::move(stop)), m_closing(std::move(closing)) {}

    /// Of the experiment.
    [[nodiscard]] const std::stop_token& stop() const { return m_stop; }
    /// Of the thread, which may outlast the experiment to answer questions about it.
    [[nodiscard]] const std::stop_token& closing() const { return m_closing; }

    void tell(std::function<void(LabService&)> what) {
        QMetaObject::invokeMethod(m_service, [service = m_service, generation = m_generation, what = std::move(what)] {
            if (service->m_generation == generation) what(*service);
        }, Qt::QueuedConnection);
    }
    /// A model that fails is told; being stopped is no failure.
    void report(const QString& model, const Error& error) {
        if (error.code == ErrorCode::Cancelled) return;
        tell([model, why = messageOf(error)](LabService& s) { Q_EMIT s.modelFailed(model, why); });
    }
    void progress(const QString& what) {
        tell([what](LabService& s) { Q_EMIT s.progressed(what); });
    }
    void finish() {
        if (std::exchange(m_finished, true)) return;
        tell([](LabService& s) {
            s.m_running = false;
            Q_EMIT s.runningChanged(false);
        });
    }
    std::shared_ptr<Backend> device(const QString& selector) {
        auto backend = openDevice(selector.toStdString());
        if (backend) return std::move(*backend);
        tell([why = messageOf(backend.error())](LabService& s) { Q_EMIT s.failed(why); });
        return nullptr;
    }

private:
    LabService* m_service;  // outlives the thread
    quint64 m_generation;
    std::stop_token m_stop, m_closing;
    bool m_finished = false;
};

namespace {

constexpr std::chrono::milliseconds kBetweenScores{50};  // short sequences come faster than anybody can look

QString shortName(const QString& path) { return path.section(QLatin1Char('/'), -1, -1, QString::SectionSkipEmpty); }

std::vector<std::int64_t> lengthsOf(const std::vector<qint64>& lengths) { return {lengths.begin(), lengths.end()}; }

}  // namespace

LabService::LabService(QObject* parent) : QObject(parent) {}

LabService::~LabService() {
    ++m_generation;
    m_ending.request_stop();
    m_thread.request_stop();
}

void LabService::stop() { m_ending.request_stop(); }

void LabService::start(const std::function<void(Run& run)>& work) {
    m_ending.request_stop();
    m_thread = {};  // stops the one before and waits for it
    m_ending = {};
    m_comparison.reset();
    const quint64 generation = ++m_generation;
    m_running = true;
    Q_EMIT runningChanged(true);
    m_thread = std::jthread([this, generation, work, stop = m_ending.get_token()](const std::stop_token& closing) {
        Run run(*this, generation, stop, closing);
        work(run);
        run.finish();
    });
}

void LabService::askInfluence(qint64 piece) {
    if (m_comparison) m_comparison->ask(piece);
}

void LabService::runTask(const QStringList& models, const LabTaskRequest& request, const QString& device) {
    start([models, request, device](Run& run) {
        const auto kind = taskNamed(request.task.toStdString());
        const auto backend = run.device(device);
        if (!kind || !backend) return;
        struct Participant {
            QString path;
            TaskRun task;
        };
        const auto opened = [&](const QString& path) -> Result<Participant> {
            run.progress(tr("Opening %1").arg(shortName(path)));
            MS_TRY(auto model, Model::load(path.toStdString(), backend, {}, run.stop()));
            MS_TRY(TaskRun task, TaskRun::create(std::move(model)));
            return Participant{path, std::move(task)};
        };
        std::vector<Participant> participants;
        QStringList crowdedOut;  // there was no memory for them beside the others
        for (const QString& path : models) {
            auto participant = opened(path);
            if (participant) participants.push_back(std::move(*participant));
            else if (participant.error().code == ErrorCode::OutOfMemory && !participants.empty()) crowdedOut.append(path);
            else run.report(path, participant.error());
        }
        const auto measure = [&](Participant& p, qint64 length) -> Result<void> {
            run.progress(tr("%1 at %2 symbols").arg(shortName(p.path)).arg(length));
            std::mt19937_64 random(request.seed);
            TaskScore score;
            std::chrono::steady_clock::time_point lastTold;
            for (int i = 0; i < request.sequences; ++i) {
                MS_TRY(const TaskSequence sequence, makeTask(*kind, length, random));
                MS_CHECK(p.task.score(sequence, score, run.stop()));
                if (const auto now = std::chrono::steady_clock::now(); now - lastTold >= kBetweenScores || i + 1 == request.sequences) {
                    lastTold = now;
                    run.tell([told = LabScore{p.path, length, score.sequences, score.asked, score.right}](LabService& s) { Q_EMIT s.scored(told); });
                }
            }
            return {};
        };
        // The curves grow side by side, and what takes long comes last.
        const auto measureAll = [&] {
            for (const qint64 length : request.lengths)
                for (auto p = participants.begin(); p != participants.end() && !run.stop().stop_requested();) {
                    const auto done = measure(*p, length);
                    if (!done) run.report(p->path, done.error());
                    p = done ? std::next(p) : participants.erase(p);
                }
            participants.clear();
        };
        measureAll();
        for (const QString& path : crowdedOut) {
            if (run.stop().stop_requested()) return;
            auto participant = opened(path);
            if (!participant) run.report(path, participant.error());
            else participants.push_back(std::move(*participant));
            measureAll();
        }
    });
}

void LabService::runScaling(const QStringList& models, const LabScalingRequest& request, const QString& device) {
    start([models, request, device](Run& run) {
        const auto backend = run.device(device);
        if (!backend) return;
        const auto lengths = lengthsOf(request.lengths);
        const ScalingOptions options{request.repeats, request.mostSeconds, run.stop()};
        const auto measure = [&](const QString& path) -> Result<void> {
            run.progress(tr("Opening %1").arg(shortName(path)));
            MS_TRY(auto model, Model::load(path.toStdString(), backend, {}, run.stop()));
            run.progress(tr("Measuring %1").arg(shortName(path)));
            MS_CHECK(measureScaling(std::move(model), lengths, options, [&](const ScalingPoint& p) {
                run.tell([told = LabCost{path, false, p.length, p.prefillSeconds, p.decodeSeconds, p.stateBytes}](LabService& s) { Q_EMIT s.measured(told); });
            }));
            return {};
        };
        for (const QString& path : models) {
            if (run.stop().stop_requested()) return;
            if (const auto done = measure(path); !done) run.report(path, done.error());
        }
        if (!request.kernels) return;
        for (const ScalingKernel kernel : kScalingKernels) {
            if (run.stop().stop_requested()) return;
            const QString name = QString::fromUtf8(kernelName(kernel).data(), static_cast<qsizetype>(kernelName(kernel).size()));
            run.progress(tr("Measuring %1").arg(name));
            const auto done = measureKernel(*backend, kernel, lengths, options, [&](const KernelPoint& p) {
                run.tell([told = LabCost{name, true, p.length, p.seconds, 0, 0}](LabService& s) { Q_EMIT s.measured(told); });
            });
            if (!done) run.report(name, done.error());
        }
    });
}

void LabService::runComparison(const QStringList& models, const LabInput& input, const QString& device) {
    const auto comparison = std::make_shared<LabComparison>(models, input);
    start([comparison, device](Run& run) {
        const auto backend = run.device(device);
        if (!backend) return;
        const LabComparison::Listener listener{
            [&run](const QString& what) { run.progress(what); },
            [&run](const QString& model, const Error& error) { run.report(model, error); },
            [&run](const LabPieces& pieces) { run.tell([pieces](LabService& s) { Q_EMIT s.piecesCut(pieces); }); },
            [&run](const LabReadings& readings) { run.tell([readings](LabService& s) { Q_EMIT s.piecesRead(readings); }); },
            [&run](const LabInfluence& influence) { run.tell([influence](LabService& s) { Q_EMIT s.influenced(influence); }); }};
        const auto done = comparison->read(backend, listener, run.stop());
        if (!done && done.error().code != ErrorCode::Cancelled) run.tell([why = messageOf(done.error())](LabService& s) { Q_EMIT s.failed(why); });
        run.finish();
        comparison->answer(listener, run.closing());
    });
    m_comparison = comparison;
}

}  // namespace ms
