#include "ui/window/main_window.h"

#include <QApplication>
#include <QClipboard>
#include <QCloseEvent>
#include <QDir>
#include <QDockWidget>
#include <QDragEnterEvent>
#include <QFileInfo>
#include <QMimeData>
#include <QSettings>
#include <QTabBar>
#include <QTimer>
#include <QToolBar>
#include <algorithm>
#include <utility>

#include "ui/dialogs/open_dialog.h"
#include "ui/lab/lab_window.h"
#include "ui/models/token_search.h"
#include "ui/models/without_model.h"
#include "ui/style/appearance.h"
#include "ui/style/icons.h"
#include "ui/views/audio_panel/audio_panel.h"
#include "ui/views/heatmap/heatmap_view.h"
#include "ui/views/model_panel/model_panel.h"
#include "ui/views/prompt_panel/prompt_panel.h"
#include "ui/views/prompt_panel/sampling_form.h"
#include "ui/widgets/find_bar.h"
#include "ui/widgets/message_bar.h"
#include "ui/window/dock_layout.h"
#include "ui/window/export_controls.h"
#include "ui/window/layout_menu.h"
#include "ui/window/recent_files.h"
#include "ui/window/run_exports.h"
#include "ui/window/session_controls.h"
#include "ui/window/session_files.h"
#include "ui/window/shortcuts.h"
#include "ui/window/speech_controls.h"
#include "ui/window/status_strip.h"
#include "ui/window/view_host.h"
#include "ui/window/window_help.h"

namespace ms {

MainWindow::MainWindow(const WindowOptions& options, QWidget* parent)
    : QMainWindow(parent),
      m_options(options),
      m_autorunPending(options.autorun),
      m_engine(options.engine),
      m_actions(this) {
    setObjectName(QStringLiteral("mainWindow"));
    setWindowTitle(QStringLiteral("MambaScope"));
    setWindowIcon(QIcon(icon(QStringLiteral("mambascope"))));
    setAcceptDrops(true);
    buildMessageBar();
    buildViews();
    buildFindBar();
    m_help = new WindowHelp(*this, m_actions, m_engine);
    auto* layouts = new LayoutMenu(*m_docks, this);
    m_actions.viewMenu->insertMenu(m_actions.docksMenu->menuAction(), layouts);
    connectEngine();
    connectViews();
    connectActions();
    loadShortcuts(m_actions.all());
    resize(1440, 900);
    m_docks->arrange(DockLayout::arrangements().front());
    restoreSettings();
    if (const Arrangement* wanted = DockLayout::arrangement(options.layout)) {
        m_docks->arrange(*wanted);
        if (!options.sound.isEmpty()) m_speech->keepDocksOnce();
    }
    m_engine.listDevices();
    m_engine.setSpeechModel(options.speechModel);
    m_engine.setRescorer(options.rescoring ? options.standardLanguageModel : QString());
    if (!options.session.isEmpty()) open(options.session);
    else if (!options.sound.isEmpty()) open(options.sound);
    else if (!options.model.isEmpty()) open(options.model);
    m_files->offerRecovery();
    if (options.firstRunTour) QTimer::singleShot(400, m_help, &WindowHelp::firstRun);
}

MainWindow::~MainWindow() {
    // Views refer to the engine, the axis and the selection, which are members: views go first, unseen.
    setUpdatesEnabled(false);
    qDeleteAll(findChildren<QDockWidget*>(Qt::FindDirectChildrenOnly));
}

void MainWindow::buildMessageBar() {
    m_messages = new MessageBar;
    addToolBarBreak();
    auto* bar = new QToolBar(tr("Messages"));
    bar->setObjectName(QStringLiteral("messageToolBar"));
    bar->setMovable(false);
    bar->addWidget(m_messages);
    bar->toggleViewAction()->setVisible(false);
    addToolBar(bar);
    bar->hide();
    connect(m_messages, &MessageBar::showingChanged, bar, &QWidget::setVisible);
    m_status = new StatusStrip;
    setStatusBar(m_status);
}

void MainWindow::buildViews() {
    m_docks = std::make_unique<DockLayout>(this, m_actions.docksMenu);
    m_modelPanel = new ModelPanel;
    m_docks->add(QStringLiteral("model"), tr("Model"), m_modelPanel);
    m_views = new ViewHost(m_engine, m_axis, m_selection, *m_docks, this);
    m_prompt = new PromptPanel(m_engine.feed().tokens(), m_axis, m_selection);
    m_docks->add(QStringLiteral("prompt"), tr("Prompt and tokens"), m_prompt);
    m_speech = new SpeechControls(*this, m_engine, m_axis, m_selection, *m_docks, *m_messages, *m_status);
    m_speech->connectViews(*m_views);
    m_session = new SessionControls(*this, m_engine, m_selection, *m_actions.history, *m_docks, *m_views, *m_messages);
    m_export = new ExportControls(*this, m_engine, m_selection, *m_views, *m_messages, *m_status, *m_actions.fileMenu, m_actions.closeWindow);
    new RunExports(*this, m_engine, m_selection, *m_views, *m_export, *m_messages, *m_actions.fileMenu, m_actions.closeWindow);
    m_files = new SessionFiles({*this, m_engine, m_axis, m_selection, *m_views, *m_prompt, *m_session, *m_docks}, *m_messages, *m_actions.recent, m_options.recoveryFolder);
    m_files->addTo(*m_actions.fileMenu);
    m_prompt->setPrompt(m_options.prompt);
    m_prompt->sampling()->setMaxNew(m_options.maxNew);
    SamplingSettings sampling;
    sampling.seed = m_options.seed;
    m_prompt->sampling()->setSampling(sampling);
}

void MainWindow::buildFindBar() {
    m_search = new TokenSearch(m_engine.feed().tokens(), this);
    m_find = new FindBar(*m_search);
    addToolBarBreak();
    auto* bar = new QToolBar(tr("Find"));
    bar->setObjectName(QStringLiteral("findToolBar"));
    bar->setMovable(false);
    bar->addWidget(m_find);
    bar->toggleViewAction()->setVisible(false);
    addToolBar(bar);
    bar->hide();
    connect(m_find, &FindBar::openChanged, bar, &QWidget::setVisible);
    connect(m_find, &FindBar::found, this, [this](qint64 token) {
        m_selection.setToken(token);
        m_axis.ensureVisible(token);
    });
    connect(&m_selection, &Selection::tokenChanged, m_find, &FindBar::setCurrent);
}

std::vector<HeatmapView*> MainWindow::heatmaps() const {
    std::vector<HeatmapView*> found;
    for (ScopeView* view : m_views->views())
        if (auto* heatmap = qobject_cast<HeatmapView*>(view)) found.push_back(heatmap);
    return found;
}

void MainWindow::connectEngine() {
    CaptureFeed& feed = m_engine.feed();
    connect(&m_engine, &EngineHost::modelChanged, this, &MainWindow::onModelChanged);
    connect(&m_engine, &EngineHost::stateChanged, this, &MainWindow::onStateChanged);
    connect(&m_engine, &EngineHost::statisticsChanged, m_status, &StatusStrip::setStatistics);
    connect(&m_engine, &EngineHost::statisticsChanged, m_prompt, &PromptPanel::setStatistics);
    connect(&m_engine, &EngineHost::progressChanged, m_status, &StatusStrip::setProgress);
    connect(&m_engine, &EngineHost::devicesListed, m_modelPanel, &ModelPanel::setDevices);
    connect(&m_engine, &EngineHost::deviceStays, m_modelPanel, &ModelPanel::showDevice);
    connect(&m_engine, &EngineHost::failed, this, [this](const QString& message) {
        m_example = {};
        m_messages->show(MessageBar::Kind::Error, message);
    });
    connect(&m_engine, &EngineHost::cancelled, this,
            [this](const QString& what) { m_messages->show(MessageBar::Kind::Note, tr("Cancelled: %1").arg(what)); });
    connect(&m_engine, &EngineHost::ended, this,
            [this] { m_messages->show(MessageBar::Kind::Note, tr("The model ended its text.")); });
    connect(&feed.tokens(), &TokenLog::appended, this,
            [this] { m_axis.setTokenCount(m_engine.feed().tokens().size()); });
    connect(&feed, &CaptureFeed::truncated, this, [this](qint64 count) {
        m_axis.setTokenCount(count);
        if (m_selection.token() >= count) m_selection.setToken(-1);
    });
    connect(&feed, &CaptureFeed::restarted, this, [this] {
        m_selection.clear();
        m_axis.setTokenCount(0);
        m_axis.setFollow(true);
    });
    connect(m_status, &StatusStrip::cancelRequested, &m_engine, &EngineHost::cancel);
}

void MainWindow::connectViews() {
    connect(m_views, &ViewHost::runPauseRequested, m_prompt, &PromptPanel::runOrPause);
    connect(m_export, &ExportControls::openRequested, this, &MainWindow::open);
    connect(m_export, &ExportControls::interventionsRequested, this,
            [this](const InterventionList& list) { m_session->interventions().replace(list, tr("interventions of a figure")); });
    connect(&m_speech->panel(), &AudioPanel::fileChosen, m_export, &ExportControls::setSoundPath);
    connect(&m_speech->panel(), &AudioPanel::recordRequested, m_export, [this] { m_export->setSoundPath({}); });
    connect(m_prompt, &PromptPanel::runRequested, &m_engine, &EngineHost::run);
    connect(m_prompt, &PromptPanel::resumeRequested, &m_engine, &EngineHost::resume);
    connect(m_prompt, &PromptPanel::stepRequested, &m_engine, &EngineHost::step);
    connect(m_prompt, &PromptPanel::pauseRequested, &m_engine, &EngineHost::pause);
    connect(m_prompt, &PromptPanel::stopRequested, &m_engine, &EngineHost::stop);
    connect(m_prompt, &PromptPanel::samplingChanged, &m_engine, &EngineHost::setSampling);
    connect(m_modelPanel, &ModelPanel::deviceChosen, &m_engine, &EngineHost::setDevice);
    connect(m_modelPanel, &ModelPanel::layerChosen, &m_selection, &Selection::setLayer);
    connect(m_modelPanel, &ModelPanel::tensorChosen, &m_selection, &Selection::setTensor);
    connect(m_modelPanel, &ModelPanel::tensorActivated, this, [this] { m_views->show(QStringLiteral("tensor")); });
    connect(&m_selection, &Selection::layerChanged, m_modelPanel, &ModelPanel::showLayer);
}

void MainWindow::connectActions() {
    const MainActions& a = m_actions;
    const auto on = [this](QAction* action, auto&& slot) { connect(action, &QAction::triggered, this, slot); };
    const auto startFolder = [this] {
        const QStringList recent = m_actions.recent->paths();
        return recent.isEmpty() ? QDir::homePath() : QFileInfo(recent.first()).absolutePath();
    };
    on(a.openFolder,
       [this, startFolder] { askForModelFolder(this, startFolder(), [this](const QString& path) { open(path); }); });
    on(a.openFile,
       [this, startFolder] { askForModelFile(this, startFolder(), [this](const QString& path) { open(path); }); });
    connect(a.recent, &RecentFiles::chosen, this, &MainWindow::open);
    on(a.closeWindow, [this] { close(); });
    on(a.quit, [] { QApplication::closeAllWindows(); });
    on(a.run, [this] { m_prompt->run(); });
    on(a.pause, [this] { m_prompt->runOrPause(); });
    on(a.step, [this] { m_engine.step(m_prompt->request()); });
    on(a.stop, [this] { m_engine.stop(); });
    on(a.lab, [this] { openLab(); });
    on(a.copyText, [this] { copyText(); });
    on(a.follow, [this](bool checked) { m_axis.setFollow(checked); });
    a.follow->setChecked(m_axis.follows());
    connect(&m_axis, &TimeAxis::followChanged, a.follow, &QAction::setChecked);
    on(a.zoomIn, [this] { m_axis.zoom(1, m_selection.token()); });
    on(a.zoomOut, [this] { m_axis.zoom(-1, m_selection.token()); });
    on(a.zoomFit, [this] { m_axis.fitAll(); });
    on(a.fullScreen, [this](bool full) { full ? showFullScreen() : showNormal(); });
    on(a.find, [this] { m_find->open(); });
    on(a.findNext, [this] { m_find->findNext(); });
    on(a.findPrevious, [this] { m_find->findPrevious(); });
    connect(m_help, &WindowHelp::appearanceChosen, this, &MainWindow::setAppearance);
    connect(m_help, &WindowHelp::speechModelChosen, this,
            [this](const QString& path) { m_engine.setSpeechModel(path.isEmpty() ? m_options.standardSpeechModel : path); });
    connect(m_help, &WindowHelp::rescoringChosen, this,
            [this](bool wanted) { m_engine.setRescorer(wanted ? m_options.standardLanguageModel : QString()); });
    on(a.appearanceSystem, [this] { setAppearance(static_cast<int>(Appearance::System)); });
    on(a.appearanceLight, [this] { setAppearance(static_cast<int>(Appearance::Light)); });
    on(a.appearanceDark, [this] { setAppearance(static_cast<int>(Appearance::Dark)); });
    onStateChanged(EngineState::NoModel);
}

void MainWindow::openLab() {
    auto* lab = findChild<LabWindow*>();
    if (lab == nullptr) {
        const QString open = m_engine.model() && !isWithoutWeights(m_engine.model()) ? m_engine.model()->path : QString();
        lab = new LabWindow({open}, m_options.taskModels, [device = m_options.engine.device] { return device; }, this);
        connect(lab, &LabWindow::exampleWanted, this, &MainWindow::showExample);
    }
    lab->show();
    lab->raise();
    lab->activateWindow();
}

void MainWindow::showExample(const QString& model, const QString& ids) {
    RunRequest request = m_prompt->request();
    request.text = ids;
    request.onlyRead = true;
    for (const QString& id : ids.split(QLatin1Char(' '))) request.ids.push_back(id.toInt());
    m_example = {model, request};
    open(model);
}

void MainWindow::open(const QString& path) {
    m_messages->dismiss();
    if (m_export->takesFigure(path)) return;
    if (SessionFiles::isSession(path)) m_files->open(path);
    else if (isSoundFile(path)) m_speech->panel().openFile(path);  // which ends a recording first
    else m_engine.open(path);
}

void MainWindow::onModelChanged(const ModelSummaryPtr& model) {
    m_modelPanel->setModel(model);
    m_prompt->setModel(model);
    m_status->setModel(model);
    m_files->setModel(model);
    if (!model) return;
    const bool shown = isWithoutWeights(model);
    if (!shown) m_actions.recent->add(model->path);
    const QString words = tr("It was a dark evening in November when"), ids = QStringLiteral("1 2 3 4 5 6 7 8");
    const QString typed = m_prompt->prompt();
    if (typed.isEmpty() || typed == words || typed == ids)
        m_prompt->setPrompt(model->hasTokenizer ? words : ids);
    // The weight view shows something from the first look on.
    const auto first = std::find_if(model->tensors.begin(), model->tensors.end(),
                                    [](const TensorSummary& t) { return t.layer == 0 && t.name.endsWith(QStringLiteral("in_proj.weight")); });
    if (!shown) m_selection.setTensor(first != model->tensors.end() ? first->name : model->tensors.front().name);
    m_views->setModel(model);
    m_session->setModel(model);
    const Example example = std::exchange(m_example, {});
    if (!example.model.isEmpty() && QFileInfo(example.model) == QFileInfo(model->path) && !model->speech) {
        if (!model->hasTokenizer) m_prompt->setPrompt(example.request.text);
        return m_engine.run(example.request);
    }
    if (std::exchange(m_autorunPending, false) && !model->speech && !m_files->isOpening()) m_engine.run(m_prompt->request());
}

void MainWindow::onStateChanged(EngineState state) {
    m_prompt->setState(state);
    m_status->setState(state);
    const bool hasModel = state != EngineState::NoModel && state != EngineState::Loading;
    const bool busy = state == EngineState::Reading || state == EngineState::Generating || state == EngineState::Listening;
    const bool writes = hasModel && m_engine.model() && !m_engine.model()->speech;
    m_actions.run->setEnabled(writes);
    m_actions.pause->setEnabled(writes);
    m_actions.step->setEnabled(writes && !busy);
    m_actions.stop->setEnabled(busy || state == EngineState::Paused);
    const QString reason = isWithoutWeights(m_engine.model()) ? withoutModelText() : QString();  // none: Qt shows the action's own text
    for (QAction* action : {m_actions.run, m_actions.pause, m_actions.step, m_actions.stop}) action->setToolTip(reason);
}

void MainWindow::copyText() {
    const TokenLog& tokens = m_engine.feed().tokens();
    QString text;
    for (qint64 t = 0; t < tokens.size(); ++t) text += tokens.textAt(t);
    QApplication::clipboard()->setText(text);
}

void MainWindow::setAppearance(int appearance) {
    QSettings().setValue(QStringLiteral("appearance"), appearance);
    applyAppearance(*qApp, static_cast<Appearance>(appearance));
}

void MainWindow::restoreSettings() {
    QSettings settings;
    restoreGeometry(settings.value(QStringLiteral("window/geometry")).toByteArray());
    m_docks->restoreState(settings.value(QStringLiteral("window/state")).toByteArray());
    for (const char* passing : {"messageToolBar", "findToolBar"}) findChild<QToolBar*>(QLatin1String(passing))->hide();
    m_views->load(settings);
    const int appearance = settings.value(QStringLiteral("appearance"), 0).toInt();
    (appearance == 1   ? m_actions.appearanceLight
     : appearance == 2 ? m_actions.appearanceDark
                       : m_actions.appearanceSystem)
        ->setChecked(true);
}

void MainWindow::saveSettings() {
    QSettings settings;
    settings.setValue(QStringLiteral("window/geometry"), saveGeometry());
    settings.setValue(QStringLiteral("window/state"), saveState(kLayoutVersion));
    m_views->save(settings);
}

void MainWindow::closeEvent(QCloseEvent* event) {
    if (!m_files->mayClose()) return event->ignore();
    saveSettings();
    QMainWindow::closeEvent(event);
}

void MainWindow::changeEvent(QEvent* event) {
    if (event->type() == QEvent::WindowStateChange) m_actions.fullScreen->setChecked(isFullScreen());
    QMainWindow::changeEvent(event);
}

void MainWindow::childEvent(QChildEvent* event) {
    if (auto* tabs = qobject_cast<QTabBar*>(event->child())) DockLayout::nameTabs(tabs);
    QMainWindow::childEvent(event);
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
    const QList<QUrl> urls = event->mimeData()->urls();
    if (urls.size() == 1 && urls.first().isLocalFile()) event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent* event) {
    const QList<QUrl> urls = event->mimeData()->urls();
    if (urls.size() != 1 || !urls.first().isLocalFile()) return;
    event->acceptProposedAction();
    open(urls.first().toLocalFile());
}

}  // namespace ms
