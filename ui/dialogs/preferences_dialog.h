// What the user can choose once and for all. Everything takes effect at once or says when it does.
#pragma once

#include <QDialog>

#include "ui/dialogs/shortcut_editor.h"
#include "ui/models/values.h"

namespace ms {

/// Kept in the settings under "preferences/…".
struct Preferences {
    int appearance = 0;              ///< 0 system, 1 light, 2 dark
    int captureMegabytes = 256;      ///< of captured values kept in memory; from the next start on
    QString device;                  ///< selector for the next start; empty: the default
    bool autorun = true;             ///< run the prompt as soon as a model is open at the start
    QString model;                   ///< opened at the start; empty: the embedded one
    bool rescoring = false;          ///< the embedded language model chooses among what a speech model may have heard
    QString speechModel;             ///< opened when sound comes and the open model reads text; empty: the embedded one

    [[nodiscard]] static Preferences load();
    void save() const;
    bool operator==(const Preferences&) const = default;
};

class PreferencesDialog : public QDialog {
    Q_OBJECT
public:
    PreferencesDialog(const std::vector<DeviceSummary>& devices, const QList<QAction*>& actions, ShortcutEditor::Keys keys,
                      QWidget* parent = nullptr);

Q_SIGNALS:
    void appearanceChosen(int appearance);
    /// Empty: the embedded one.
    void speechModelChosen(const QString& path);
    void rescoringChosen(bool on);

private:
    [[nodiscard]] QWidget* generalPage(const std::vector<DeviceSummary>& devices);
    void change(const std::function<void(Preferences&)>& apply);

    Preferences m_preferences = Preferences::load();
};

}  // namespace ms
