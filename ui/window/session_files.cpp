#include "ui/window/session_files.h"

#include <QAction>
#include <QDir>
#include <QFileInfo>
#include <QMainWindow>
#include <QPlainTextEdit>
#include <QScopedValueRollback>
#include <QTimer>

#include "ui/dialogs/open_dialog.h"
#include "ui/models/without_model.h"
#include "ui/views/prompt_panel/prompt_panel.h"
#include "ui/widgets/message_bar.h"
#include "ui/window/recent_files.h"
#include "ui/window/session_recovery.h"

namespace ms {

namespace {
/// Closing does not wait longer for the last record: the one before is there.
constexpr int kPatience = 2000;
}  // namespace

SessionFiles::SessionFiles(const SessionParts& parts, MessageBar& messages, RecentFiles& recent, const QString& recoveryFolder)
    : QObject(&parts.window), m_parts(parts), m_messages(messages), m_recent(recent),
      m_recovery(std::make_unique<SessionRecovery>(parts.engine, messages, recoveryFolder, [this] { return collectWindowPart(m_parts, m_path); }, this)) {
    createActions();
    connectChanges();
    EngineHost& engine = m_parts.engine;
    connect(&engine, &EngineHost::sessionCollected, this, [this](const QString&, qint64 tokens) {
        CaptureFeed& feed = m_parts.engine.feed();
        feed.showNow();  // tokens that are in the file, and what came since
        m_saving = feed.tokens().size() == tokens ? m_changes : m_changes - 1;
    });
    connect(&engine, &EngineHost::sessionSaved, this, &SessionFiles::onSaved);
    connect(&engine, &EngineHost::sessionOpened, this, &SessionFiles::onOpened);
    connect(&engine, &EngineHost::sessionModelWanted, this, &SessionFiles::ask);
    const auto ended = [this] {
        m_saving = -1;
        m_opening = m_closing = false;
    };
    connect(&engine, &EngineHost::failed, this, ended);
    connect(&engine, &EngineHost::cancelled, this, ended);
    connect(m_recovery.get(), &SessionRecovery::openRequested, this, [this](const QString& record) {
        SessionOpen wish;
        wish.path = record;
        wish.recovered = true;
        openWith(wish);
    });
    updateActions();
}

SessionFiles::~SessionFiles() = default;

void SessionFiles::createActions() {
    const auto create = [this](const char* name, const QString& text, const char* keys, auto slot) {
        auto* action = new QAction(text, &m_parts.window);
        action->setObjectName(QStringLiteral("action_") + QLatin1String(name));
        action->setShortcut(QKeySequence(QLatin1String(keys)));
        m_parts.window.addAction(action);
        connect(action, &QAction::triggered, this, slot);
        return action;
    };
    m_open = create("openSession", tr("Open &session…"), "Ctrl+Alt+L", [this] {
        askForSession(&m_parts.window, QFileInfo(startName()).path(), [this](const QString& path) { open(path); });
    });
    m_save = create("saveSession", tr("&Save session"), "Ctrl+S", [this] { save(); });
    m_saveAs = create("saveSessionAs", tr("Save session &as…"), "Ctrl+Alt+S", [this] { askForFile(); });
    m_find = create("findSessionModel", tr("&Find the session’s model…"), "", [this] { findModel(); });
    m_last = create("openLastSession", tr("Open the &last session"), "", [this] { m_recovery->openLast(); });
    m_last->setToolTip(tr("What was not saved when MambaScope was closed"));
}

void SessionFiles::addTo(QMenu& menu) {
    QAction* recent = m_recent.menuAction();
    menu.insertActions(recent, {m_open, m_find, m_last});
    QAction* behind = menu.actions().value(menu.actions().indexOf(recent) + 1);
    menu.insertSeparator(behind);
    menu.insertActions(behind, {m_save, m_saveAs});
}

void SessionFiles::connectChanges() {
    EngineHost& engine = m_parts.engine;
    const auto changed = [this] { touch(); };
    connect(&engine.feed().tokens(), &TokenLog::appended, this, changed);
    connect(&engine.feed(), &CaptureFeed::truncated, this, changed);
    connect(&engine, &EngineHost::snapshotsChanged, this, changed);
    connect(&engine, &EngineHost::interventionsApplied, this, changed);
    connect(&engine.speech(), &SpeechLog::wordsChanged, this, changed);
    connect(&m_parts.prompt, &PromptPanel::samplingChanged, this, changed);
    if (auto* prompt = m_parts.prompt.findChild<QPlainTextEdit*>()) connect(prompt, &QPlainTextEdit::textChanged, this, changed);
    connect(&engine, &EngineHost::stateChanged, this, [this] { updateActions(); });
}

void SessionFiles::touch() {
    if (m_applying || !m_parts.engine.model() || isWithoutWeights(m_parts.engine.model())) return;  // it cannot be changed
    ++m_changes;
    m_hasTokens = m_hasTokens || m_parts.engine.feed().tokens().size() > 0;
    m_recovery->touch();
    m_parts.window.setWindowModified(isModified());
}

void SessionFiles::updateActions() {
    const bool hasModel = m_parts.engine.model() != nullptr;
    const bool shown = isWithoutWeights(m_parts.engine.model());
    for (QAction* action : {m_save, m_saveAs}) {
        action->setEnabled(hasModel && !shown);
        action->setToolTip(shown ? withoutModelText() + tr(" Copy the file to keep it elsewhere.") : QString());
    }
    m_find->setVisible(shown);
    m_last->setVisible(m_recovery->hasLast());
}

void SessionFiles::updateTitle() {
    const ModelSummaryPtr& model = m_parts.engine.model();
    const QString of = isWithoutWeights(model) ? tr("%1 (without model)[*] – MambaScope").arg(model->name)
                       : model                 ? QStringLiteral("%1[*] – MambaScope").arg(model->name) : QStringLiteral("MambaScope");
    m_parts.window.setWindowTitle(m_path.isEmpty() ? of : QStringLiteral("%1[*] – %2").arg(QFileInfo(m_path).fileName(), QString(of).remove(QStringLiteral("[*]"))));
    m_parts.window.setWindowFilePath(m_path);
    m_parts.window.setWindowModified(isModified());
}

void SessionFiles::setModel(const ModelSummaryPtr& model) {
    if (!m_opening && model) {
        setAside();
        m_path.clear();
        m_saved = m_changes;  // nothing was done with it yet
        m_hasTokens = false;
    }
    updateTitle();
    updateActions();
}

void SessionFiles::open(const QString& path) {
    SessionOpen wish;
    wish.path = path;
    openWith(wish);
}

/// Nobody is asked before another session comes, and nothing is lost.
void SessionFiles::setAside() {
    if (isModified() && m_hasTokens) m_recovery->setAside();
}

void SessionFiles::openWith(SessionOpen wish) {
    setAside();
    for (const QString& model : m_recent.paths())
        if (!isSession(model)) wish.elsewhere.append(model);
    m_opening = true;
    m_parts.engine.openSession(wish);
}

void SessionFiles::onOpened(const OpenedSession& session) {
    {
        const QScopedValueRollback applying(m_applying, true);
        applyWindowPart(m_parts, session);
    }
    m_opening = false;
    m_hasTokens = m_parts.engine.feed().tokens().size() > 0;
    m_path = session.wish.recovered ? fileOfRecord(session) : session.wish.path;
    m_saved = m_changes;
    const bool shown = isWithoutWeights(m_parts.engine.model());
    if (!shown && (session.wish.recovered || session.wish.anyModel || !session.lost.isEmpty())) ++m_changes;  // the file does not hold what is here
    if (session.wish.recovered) m_recovery->tookOver(session.wish.path);
    else m_recent.add(session.wish.path);
    if (isModified()) m_recovery->touch();
    updateTitle();
    updateActions();
    if (!session.lost.isEmpty()) {
        m_messages.show(MessageBar::Kind::Error, tr("%1 is damaged; what could be read is here. Lost: %2")
                                                     .arg(QFileInfo(session.wish.path).fileName(), session.lost.join(QStringLiteral("; "))));
    } else if (session.wish.recovered) {
        m_messages.show(MessageBar::Kind::Note, tr("The session is back as it was kept; save it to keep it."));
    } else if (shown) {
        m_messages.offer(withoutModelText(), tr("Find model…"), [this] { findModel(); });
    }
}

void SessionFiles::ask(const SessionModelQuestion& question) {
    m_opening = false;
    const auto with = [this, question](const QString& model, bool any) {
        SessionOpen wish = question.wish;
        wish.model = model;
        wish.anyModel = any;
        openWith(wish);
    };
    QList<MessageBar::Choice> choices;
    if (!question.found.isEmpty())
        choices.append({QStringLiteral("openWithFound"), tr("Open with it, read all values again"), [with, question] { with(question.found, true); }});
    const QString folder = QFileInfo(question.modelPath).path();
    const auto chosen = [with](const QString& path) { with(path, false); };
    choices.append({QStringLiteral("chooseModelFolder"), tr("Choose a folder…"), [this, folder, chosen] { askForModelFolder(&m_parts.window, folder, chosen); }});
    choices.append({QStringLiteral("chooseModelFile"), tr("Choose a file…"), [this, folder, chosen] { askForModelFile(&m_parts.window, folder, chosen); }});
    if (question.canShow)
        choices.append({QStringLiteral("showWithoutModel"), tr("Show without the model"), [this, question] {
                            SessionOpen wish = question.wish;
                            wish.withoutModel = true;
                            openWith(wish);
                        }});
    m_messages.ask(question.canShow ? question.reason : question.reason + tr(" The file holds too little to be shown without it."), choices);
}

void SessionFiles::findModel() {
    const ModelSummaryPtr& model = m_parts.engine.model();
    if (!isWithoutWeights(model)) return;
    SessionModelQuestion question{{}, model->name, model->path, {}, tr("Where is the model of this session, %1?").arg(model->name), true};
    question.wish.path = m_path;
    ask(question);
}

QString SessionFiles::startName() const {
    if (!m_path.isEmpty()) return m_path;
    const ModelSummaryPtr& model = m_parts.engine.model();
    for (const QString& path : m_recent.paths())
        if (isSession(path)) return QFileInfo(path).dir().filePath((model ? model->name : tr("session")) + QStringLiteral(".mscope"));
    return QDir::home().filePath((model ? model->name : tr("session")) + QStringLiteral(".mscope"));
}

void SessionFiles::askForFile() {
    askWhereToSave(&m_parts.window, startName(), [this](const QString& path) { saveAs(path); });
}

void SessionFiles::save() {
    if (m_path.isEmpty()) askForFile();
    else saveAs(m_path);
}

void SessionFiles::saveAs(const QString& path) {
    if (!m_parts.engine.model()) return;
    m_saving = m_changes;
    m_parts.engine.saveSession({path, collectWindowPart(m_parts, path), false});
}

void SessionFiles::onSaved(const QString& path) {
    m_path = path;
    m_saved = std::exchange(m_saving, -1);
    m_recent.add(path);
    m_recovery->touch();  // its record says of which file it is
    updateTitle();
    if (m_closing) m_parts.window.close();
    else m_messages.show(MessageBar::Kind::Note, tr("Saved as %1").arg(QDir::toNativeSeparators(path)));
}

void SessionFiles::offerRecovery() { m_recovery->offerLeftovers(); }

bool SessionFiles::mayClose() {
    if (m_mayClose) return true;
    if (m_saving >= 0) {
        m_closing = true;
        return false;
    }
    const bool keep = isModified() && m_parts.engine.feed().tokens().size() > 0;
    if (keep && !m_recovery->isUpToDate()) {
        const auto close = [this] {
            if (std::exchange(m_mayClose, true)) return;
            m_recovery->finish(true);
            m_parts.window.close();
        };
        connect(m_recovery.get(), &SessionRecovery::recorded, this, close);
        QTimer::singleShot(kPatience, this, close);
        return false;
    }
    m_mayClose = true;
    m_recovery->finish(keep);
    return true;
}

}  // namespace ms
