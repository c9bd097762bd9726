#include "render.h"

#include <QApplication>
#include <QFileInfo>
#include <QTimer>
#include <cstdio>
#include <memory>

#include "end_signals.h"
#include "render_view.h"
#include "settings.h"
#include "ui/bridge/engine_host.h"
#include "ui/export/film_job.h"
#include "ui/window/session_files.h"
#include "ui/window/view_registry.h"

namespace ms {

namespace {

constexpr int kLook = 20;        // milliseconds between two looks whether all tokens have come
constexpr int kStillLooks = 3;   // that must see the same

void say(std::FILE* where, const QString& line) { std::fprintf(where, "mambascope render: %s\n", qUtf8Printable(line)); }

/// Opens, reads, exports, quits.
class Renderer : public QObject {
public:
    explicit Renderer(const RenderOptions& options) : m_options(options), m_engine(EngineOptions{CaptureStore::kDefaultCap, options.device}) {
        connect(&m_engine, &EngineHost::failed, this, &Renderer::fail);
        connect(&m_engine, &EngineHost::modelChanged, this, &Renderer::onModel);
        connect(&m_engine, &EngineHost::sessionOpened, this, &Renderer::onSession);
        connect(&m_engine, &EngineHost::sessionModelWanted, this, [this](const SessionModelQuestion& question) {
            fail(QStringLiteral("%1; --model PATH tells where it is").arg(question.reason));
        });
        connect(&m_ends, &EndSignals::received, this, [this](int signal) {
            say(stderr, QStringLiteral("stopped; %1 is as it was").arg(m_options.out));
            QCoreApplication::exit(128 + signal);
        });
        m_timer.setInterval(kLook);
        connect(&m_timer, &QTimer::timeout, this, &Renderer::look);
    }

    void start() {
        if (SessionFiles::isSession(m_options.input)) {
            SessionOpen wish;
            wish.path = m_options.input;
            wish.model = m_options.model;
            return m_engine.openSession(wish);
        }
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
        if (!model || m_figure || m_film || SessionFiles::isSession(m_options.input)) return;
        FigureSource source = sourceOf(model);
        if (isSoundFile(m_options.input)) source.soundPath = QFileInfo(m_options.input).absoluteFilePath();
        if (!prepare(source, {})) return;
        if (!model->speech) read();
    }

    /// Tokens and captures are there; of speech they are filled in from the sound, while look() waits.
    void onSession(const OpenedSession& session) {
        for (const QString& lost : session.lost) say(stderr, QStringLiteral("%1 is damaged; lost: %2").arg(m_options.input, lost));
        m_engine.feed().showNow();
        showWordsOf(session, m_engine);
        const qint64 count = m_engine.feed().tokens().size();
        m_axis.setTokenCount(count);
        if (m_options.asSaved && showTokensOf(session, m_axis)) m_options.figure.tokens = FigureTokens::Shown;
        FigureSource source = sourceOf(m_engine.model());
        source.compare = compareOf(session);
        source.interventions = session.interventions;
        if (!prepare(source, viewSettingsOf(session, m_options.view))) return;
        if (count == 0) return write();  // views of weights need no tokens
        m_timer.start();
    }

    [[nodiscard]] FigureSource sourceOf(const ModelSummaryPtr& model) {
        FigureSource source{{m_engine.feed().store(), m_engine.feed().baseline(), m_engine.feed().tokens(), m_axis, m_selection, m_engine.queries(),
                             &m_engine.landscape(), &m_engine.speech()},
                            model};
        source.create = createView;
        source.request = [this](const QObject* view, std::vector<CaptureRequest> requests) { m_engine.feed().setRequests(view, std::move(requests)); };
        source.isWorking = [this] { return m_engine.progress().active || m_engine.isCapturing() || m_engine.state() == EngineState::Reading; };
        return source;
    }

    [[nodiscard]] bool prepare(const FigureSource& source, const std::optional<ViewSettings>& saved) {
        const Result<ViewSettings> settings = settingsOf(m_options, source.context, *source.model, saved);
        if (!settings) {
            fail(QString::fromStdString(settings.error().message));
            return false;
        }
        const std::vector<FigurePanel> panels{{m_options.view, *settings}};
        if (m_options.film) {
            m_film = std::make_unique<FilmJob>(source, panels);
            connect(m_film.get(), &FilmJob::failed, this, &Renderer::fail);
            connect(m_film.get(), &FilmJob::written, this, [](const FilmResult& film) {
                std::printf("%s: %d x %d pixels, %lld frames. %s\n", qUtf8Printable(film.path), film.size.width(), film.size.height(),
                            static_cast<long long>(film.frames), qUtf8Printable(film.codec));
                QCoreApplication::exit(0);
            });
        } else {
            m_figure = std::make_unique<ExportJob>(source, panels);
            connect(m_figure.get(), &ExportJob::failed, this, &Renderer::fail);
            connect(m_figure.get(), &ExportJob::written, this, [] { QCoreApplication::exit(0); });
        }
        return true;
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

    /// Tokens come to the feed a little later than the engine rests.
    void look() {
        const qint64 count = m_engine.feed().tokens().size();
        const EngineState state = m_engine.state();
        const bool rests = (state == EngineState::Idle || state == EngineState::Paused) && count > 0 && (m_figure || m_film);
        m_still = rests && count == m_count ? m_still + 1 : 0;
        m_count = count;
        if (m_still < kStillLooks) return;
        m_timer.stop();
        write();
    }

    void write() {
        const qint64 count = m_engine.feed().tokens().size();
        if (m_options.token >= std::max<qint64>(count, 1)) return fail(QStringLiteral("%1 tokens were read, numbered from 0: there is no token %2").arg(count).arg(m_options.token));
        FigureOptions& figure = m_options.film ? m_options.film->figure : m_options.figure;
        if (figure.tokens == FigureTokens::Range && figure.range.first >= count)
            return fail(QStringLiteral("%1 tokens were read, numbered from 0: there is none from %2 on").arg(count).arg(figure.range.first));
        if (figure.tokens != FigureTokens::Shown) m_axis.setFollow(false);
        m_axis.setTokenCount(count);
        if (!m_options.film) return m_figure->write(figure, m_options.format, m_options.out);
        const qint64 shown = figure.tokens == FigureTokens::Range ? std::min(figure.range.end, count) - figure.range.first : count;
        if (m_options.seconds) m_options.film->setSeconds(*m_options.seconds, shown);
        m_film->write(*m_options.film, m_options.out);
    }

    void fail(const QString& problem) {
        say(stderr, problem);
        QCoreApplication::exit(1);
    }

    RenderOptions m_options;
    EngineHost m_engine;
    TimeAxis m_axis;
    Selection m_selection;
    std::unique_ptr<ExportJob> m_figure;  // this one or the next
    std::unique_ptr<FilmJob> m_film;
    EndSignals m_ends;
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
        else say(stderr, QStringLiteral("%1; see mambascope render --help").arg(command.text));
        return command.code;
    }
    Renderer renderer(*command.options);
    QTimer::singleShot(0, &renderer, [&renderer] { renderer.start(); });
    return QApplication::exec();
}

}  // namespace ms
