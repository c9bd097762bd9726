#include "render.h"

#include <QApplication>
#include <QFileInfo>
#include <QTimer>
#include <cstdio>
#include <memory>

#include "render_options.h"
#include "settings.h"
#include "ui/bridge/engine_host.h"
#include "ui/export/export_job.h"
#include "ui/window/view_registry.h"

namespace ms {

namespace {

constexpr int kLook = 20;        // milliseconds between two looks whether all tokens have come
constexpr int kStillLooks = 3;   // that must see the same

/// Numbers may be written in more than one way.
bool isSame(const QVariant& taken, const QString& wanted) {
    bool isNumber = false;
    const double number = wanted.toDouble(&isNumber);
    return taken.toString() == wanted || (isNumber && taken.toDouble() == number);
}

/// Opens, reads, exports, quits.
class Renderer : public QObject {
public:
    explicit Renderer(const RenderOptions& options) : m_options(options), m_engine(EngineOptions{CaptureStore::kDefaultCap, options.device}) {
        connect(&m_engine, &EngineHost::failed, this, &Renderer::fail);
        connect(&m_engine, &EngineHost::modelChanged, this, &Renderer::onModel);
        m_timer.setInterval(kLook);
        connect(&m_timer, &QTimer::timeout, this, &Renderer::look);
    }

    void start() {
        const bool hears = isSoundFile(m_options.input);
        if (hears && !QFileInfo::exists(m_options.input)) return fail(QStringLiteral("%1: there is no such file").arg(m_options.input));
        if (!hears) return m_engine.open(m_options.input.isEmpty() ? embeddedModel(QStringLiteral("language")) : m_options.input);
        m_engine.setSpeechModel(m_options.speechModel.isEmpty() ? embeddedModel(QStringLiteral("speech")) : m_options.speechModel);
        m_engine.transcribe(m_options.input);
        m_timer.start();
    }

private:
    /// The view is made before anything is read, so that what it needs is captured on the way.
    void onModel(const ModelSummaryPtr& model) {
        if (!model || m_job) return;
        FigureSource source{{m_engine.feed().store(), m_engine.feed().baseline(), m_engine.feed().tokens(), m_axis, m_selection, m_engine.queries(),
                             &m_engine.landscape(), &m_engine.speech()},
                            model};
        source.create = createView;
        source.request = [this](const QObject* view, std::vector<CaptureRequest> requests) { m_engine.feed().setRequests(view, std::move(requests)); };
        source.isWorking = [this] { return m_engine.progress().active || m_engine.state() == EngineState::Reading; };
        if (isSoundFile(m_options.input)) source.soundPath = QFileInfo(m_options.input).absoluteFilePath();
        if (!choose(*model)) return;
        const std::optional<ViewSettings> settings = settingsFor(source.context);
        if (!settings) return;
        m_job = std::make_unique<ExportJob>(source, std::vector<FigurePanel>{{m_options.view, *settings}});
        connect(m_job.get(), &ExportJob::failed, this, &Renderer::fail);
        connect(m_job.get(), &ExportJob::written, this, [] { QCoreApplication::exit(0); });
        if (!model->speech) read();
    }

    void read() {
        RunRequest request;
        request.text = m_options.prompt;
        request.ids = m_options.ids;
        request.maxNew = m_options.maxNew;
        request.onlyRead = m_options.maxNew == 0;
        request.sampling.seed = m_options.seed;
        if (request.text.isEmpty() && request.ids.empty()) return write();  // views of weights need no run
        m_engine.run(request);
        m_timer.start();
    }

    [[nodiscard]] bool choose(const ModelSummary& model) {
        const auto beyond = [this](const char* what, qint64 index, qint64 count) {
            if (index < count) return false;
            fail(QStringLiteral("the model has %1 %2s, numbered from 0: there is no %2 %3").arg(count).arg(QLatin1String(what)).arg(index));
            return true;
        };
        if (beyond("layer", m_options.layer, model.dims.n_layer) || beyond("channel", m_options.channel, model.dims.d_inner)) return false;
        m_selection.setLayer(m_options.layer);
        m_selection.setChannel(m_options.channel);
        m_selection.setToken(m_options.token);
        const bool known = std::any_of(model.tensors.begin(), model.tensors.end(), [this](const TensorSummary& t) { return t.name == m_options.tensor; });
        if (!m_options.tensor.isEmpty() && !known) {
            fail(QStringLiteral("the model has no tensor \"%1\"; mambascope-cli inspect lists them").arg(m_options.tensor));
            return false;
        }
        m_selection.setTensor(m_options.tensor.isEmpty() ? model.tensors.front().name : m_options.tensor);
        return true;
    }

    [[nodiscard]] std::optional<ViewSettings> settingsFor(const ViewContext& context) {
        const std::unique_ptr<ScopeView> view(createView(m_options.view, context));
        ViewSettings settings(*view, m_selection);
        for (const auto& [key, value] : m_options.settings) {
            if (!settings.values().contains(key)) {
                fail(QStringLiteral("the view %1 has no setting \"%2\"; it has: %3").arg(m_options.view, key, settings.values().keys().join(QStringLiteral(", "))));
                return {};
            }
            settings.set(key, value);
        }
        settings.applyTo(*view);
        const ViewSettings taken(*view, m_selection);
        for (const auto& [key, value] : m_options.settings)
            if (!isSame(taken.values().value(key), value)) {
                fail(QStringLiteral("the view %1 does not take %2=%3").arg(m_options.view, key, value));
                return {};
            }
        if (m_options.layer >= 0) settings.set(QStringLiteral("shown/layer"), m_options.layer);
        return settings;
    }

    /// Tokens come to the feed a little later than the engine rests.
    void look() {
        const qint64 count = m_engine.feed().tokens().size();
        const bool rests = m_engine.state() == EngineState::Idle && count > 0 && m_job;
        m_still = rests && count == m_count ? m_still + 1 : 0;
        m_count = count;
        if (m_still < kStillLooks) return;
        m_timer.stop();
        write();
    }

    void write() {
        const qint64 count = m_engine.feed().tokens().size();
        if (m_options.token >= std::max<qint64>(count, 1)) return fail(QStringLiteral("%1 tokens were read, numbered from 0: there is no token %2").arg(count).arg(m_options.token));
        if (m_options.figure.tokens == FigureTokens::Range && m_options.figure.range.first >= count)
            return fail(QStringLiteral("%1 tokens were read, numbered from 0: there is none from %2 on").arg(count).arg(m_options.figure.range.first));
        m_axis.setFollow(false);
        m_axis.setTokenCount(count);
        m_job->write(m_options.figure, m_options.format, m_options.out);
    }

    void fail(const QString& problem) {
        std::fprintf(stderr, "mambascope render: %s\n", qUtf8Printable(problem));
        QCoreApplication::exit(1);
    }

    RenderOptions m_options;
    EngineHost m_engine;
    TimeAxis m_axis;
    Selection m_selection;
    std::unique_ptr<ExportJob> m_job;
    QTimer m_timer;
    qint64 m_count = -1;
    int m_still = 0;
};

}  // namespace

int render(int argc, char* argv[], const QStringList& arguments) {
    qputenv("QT_QPA_PLATFORM", "offscreen");
    QApplication application(argc, argv);
    applyAppearance(application, Appearance::Light);
    const RenderCommand command = parseRender(arguments);
    if (!command.options) {
        if (command.code == 0) std::fputs(qUtf8Printable(command.text), stdout);
        else std::fprintf(stderr, "mambascope render: %s; see mambascope render --help\n", qUtf8Printable(command.text));
        return command.code;
    }
    Renderer renderer(*command.options);
    QTimer::singleShot(0, &renderer, [&renderer] { renderer.start(); });
    return QApplication::exec();
}

}  // namespace ms
