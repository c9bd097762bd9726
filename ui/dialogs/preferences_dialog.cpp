#include "ui/dialogs/preferences_dialog.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QSettings>
#include <QSpinBox>
#include <QTabWidget>
#include <QVBoxLayout>
#include <algorithm>

namespace ms {

Preferences Preferences::load() {
    const QSettings settings;
    Preferences p;
    p.appearance = std::clamp(settings.value(QStringLiteral("appearance"), p.appearance).toInt(), 0, 2);
    p.captureMegabytes =
        std::clamp(settings.value(QStringLiteral("preferences/captureMegabytes"), p.captureMegabytes).toInt(), 16, 1 << 20);
    p.device = settings.value(QStringLiteral("preferences/device")).toString();
    p.autorun = settings.value(QStringLiteral("preferences/autorun"), p.autorun).toBool();
    p.model = settings.value(QStringLiteral("preferences/model")).toString();
    p.rescoring = settings.value(QStringLiteral("preferences/rescoring"), p.rescoring).toBool();
    p.speechModel = settings.value(QStringLiteral("preferences/speechModel")).toString();
    return p;
}

void Preferences::save() const {
    QSettings settings;
    settings.setValue(QStringLiteral("appearance"), appearance);
    settings.setValue(QStringLiteral("preferences/captureMegabytes"), captureMegabytes);
    settings.setValue(QStringLiteral("preferences/device"), device);
    settings.setValue(QStringLiteral("preferences/autorun"), autorun);
    settings.setValue(QStringLiteral("preferences/model"), model);
    settings.setValue(QStringLiteral("preferences/rescoring"), rescoring);
    settings.setValue(QStringLiteral("preferences/speechModel"), speechModel);
}

PreferencesDialog::PreferencesDialog(const std::vector<DeviceSummary>& devices, const QList<QAction*>& actions,
                                     ShortcutEditor::Keys keys, QWidget* parent)
    : QDialog(parent) {
    setObjectName(QStringLiteral("preferencesDialog"));
    setWindowTitle(tr("Preferences"));
    setAttribute(Qt::WA_DeleteOnClose);
    auto* tabs = new QTabWidget;
    tabs->setObjectName(QStringLiteral("preferencesTabs"));
    tabs->tabBar()->setAccessibleName(tr("Pages of preferences"));
    tabs->addTab(generalPage(devices), tr("&General"));
    tabs->addTab(new ShortcutEditor(actions, std::move(keys)), tr("&Shortcuts"));
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto* layout = new QVBoxLayout(this);
    layout->addWidget(tabs);
    layout->addWidget(buttons);
    resize(640, 520);
}

void PreferencesDialog::change(const std::function<void(Preferences&)>& apply) {
    Preferences changed = m_preferences;
    apply(changed);
    if (changed == m_preferences) return;
    if (changed.appearance != m_preferences.appearance) Q_EMIT appearanceChosen(changed.appearance);
    const bool speech = changed.speechModel != m_preferences.speechModel, rescoring = changed.rescoring != m_preferences.rescoring;
    m_preferences = changed;
    m_preferences.save();
    if (speech) Q_EMIT speechModelChosen(changed.speechModel);
    if (rescoring) Q_EMIT rescoringChosen(changed.rescoring);
}

QWidget* PreferencesDialog::generalPage(const std::vector<DeviceSummary>& devices) {
    auto* page = new QWidget;
    auto* form = new QFormLayout(page);
    const auto name = [](QWidget* widget, const QString& objectName, const QString& accessibleName) {
        widget->setObjectName(objectName);
        widget->setAccessibleName(accessibleName);
    };
    const auto hint = [](const QString& text) {
        auto* label = new QLabel(text);
        label->setWordWrap(true);
        label->setForegroundRole(QPalette::PlaceholderText);
        return label;
    };
    auto* appearance = new QComboBox;
    name(appearance, QStringLiteral("preferenceAppearance"), tr("Light or dark"));
    appearance->addItems({tr("Like the system"), tr("Light"), tr("Dark")});
    appearance->setCurrentIndex(m_preferences.appearance);
    connect(appearance, &QComboBox::activated, this, [this](int index) { change([index](Preferences& p) { p.appearance = index; }); });
    form->addRow(tr("&Appearance"), appearance);

    auto* device = new QComboBox;
    name(device, QStringLiteral("preferenceDevice"), tr("Device at the next start"));
    device->addItem(tr("The fastest there is"), QString());
    for (const DeviceSummary& d : devices) device->addItem(d.name, d.selector);
    device->setCurrentIndex(std::max(0, device->findData(m_preferences.device)));
    connect(device, &QComboBox::activated, this,
            [this, device] { change([device](Preferences& p) { p.device = device->currentData().toString(); }); });
    form->addRow(tr("&Device"), device);
    form->addRow(QString(), hint(tr("From the next start on; the model panel changes it at once.")));

    auto* model = new QLineEdit(m_preferences.model);
    name(model, QStringLiteral("preferenceModel"), tr("Model to open at the start"));
    model->setPlaceholderText(tr("the model that comes with the program"));
    connect(model, &QLineEdit::editingFinished, this,
            [this, model] { change([model](Preferences& p) { p.model = model->text().trimmed(); }); });
    form->addRow(tr("&Model at the start"), model);
    auto* speech = new QLineEdit(m_preferences.speechModel);
    name(speech, QStringLiteral("preferenceSpeechModel"), tr("Model that listens when sound comes and the open model reads text"));
    speech->setPlaceholderText(tr("the speech model that comes with the program"));
    connect(speech, &QLineEdit::editingFinished, this,
            [this, speech] { change([speech](Preferences& p) { p.speechModel = speech->text().trimmed(); }); });
    form->addRow(tr("S&peech model"), speech);
    form->addRow(QString(), hint(tr("From the next recording or sound file on, unless you opened another speech model yourself.")));

    auto* rescoring = new QCheckBox(tr("&Language model helps to hear"));
    name(rescoring, QStringLiteral("preferenceRescoring"), tr("The language model chooses among what may have been said"));
    rescoring->setChecked(m_preferences.rescoring);
    connect(rescoring, &QCheckBox::toggled, this, [this](bool on) { change([on](Preferences& p) { p.rescoring = on; }); });
    form->addRow(QString(), rescoring);
    form->addRow(QString(), hint(tr("Better on sentences, slower. The last words of an utterance may change when it ends. From the next recording on.")));

    auto* autorun = new QCheckBox(tr("&Run the prompt at once"));
    name(autorun, QStringLiteral("preferenceAutorun"), tr("Run the prompt at the start"));
    autorun->setChecked(m_preferences.autorun);
    connect(autorun, &QCheckBox::toggled, this, [this](bool on) { change([on](Preferences& p) { p.autorun = on; }); });
    form->addRow(QString(), autorun);

    auto* memory = new QSpinBox;
    name(memory, QStringLiteral("preferenceCaptureMemory"), tr("Memory for captured values, in megabytes"));
    memory->setRange(16, 1 << 20);
    memory->setSingleStep(64);
    memory->setSuffix(tr(" MB"));
    memory->setValue(m_preferences.captureMegabytes);
    connect(memory, &QSpinBox::valueChanged, this, [this](int mb) { change([mb](Preferences& p) { p.captureMegabytes = mb; }); });
    form->addRow(tr("&Captured values"), memory);
    form->addRow(QString(), hint(tr("Kept in memory; what is more goes to a temporary file. From the next start on.")));
    return page;
}

}  // namespace ms
