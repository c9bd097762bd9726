// What dialogs that write views into a file have in common: which views, which file, what to know before, progress.
#pragma once

#include <QDialog>
#include <functional>
#include <vector>

#include "ui/export/export_job.h"

class QHBoxLayout;
class QLabel;
class QLineEdit;
class QListWidget;
class QProgressBar;
class QPushButton;
class QVBoxLayout;

namespace ms {

/// What a dialog knows of the window. The functions are called whenever the answer matters: the session goes on.
struct ExportChoices {
    struct View {
        QString id, title;
    };
    std::vector<View> views;
    std::function<FigureSource()> source;
    std::function<ViewSettings(const QString& id)> settings;
};

/// The words of one dialog.
struct WriteWords {
    QString key;                       ///< of settings and object names: "film" makes "film_views", "film_path", …
    QString title;                     ///< of the window
    QString views, viewsHint;          ///< accessible name and tooltip of the list of views
    QString write, writeHint, cancelHint;
    QString note, progress;            ///< accessible names
    QString browse;                    ///< title of the dialog that asks for the file
};

class WriteDialog : public QDialog {
    Q_OBJECT
public:
    [[nodiscard]] QStringList chosenViews() const;
    /// Ends what is being written, if anything.
    void reject() override;

protected:
    /// `chosen`: the views that are ticked at first. What derived classes put into body() stands above the file.
    WriteDialog(const ExportChoices& choices, const QStringList& chosen, const WriteWords& words, QWidget* parent);

    [[nodiscard]] const ExportChoices& choices() const { return m_choices; }
    [[nodiscard]] QVBoxLayout* body() const { return m_body; }
    /// The list of views below its label; a derived class places it.
    [[nodiscard]] QVBoxLayout* takeViews();
    /// Another button, before the one that writes.
    QPushButton* addButton(const QString& text, const char* name, const QString& hint);
    /// Off while something is written.
    void addInput(QWidget* widget) { m_inputs.push_back(widget); }

    [[nodiscard]] std::vector<FigurePanel> panels() const;
    /// As typed, without blanks around it.
    [[nodiscard]] QString path() const;
    /// A name made of model and views, in the folder of last time; one that the user wrote keeps all but its ending.
    void updatePath();
    /// The folder is where the next dialog begins.
    void keepFolder() const;
    void setNote(const QString& text);
    void setWritable(bool writable);
    /// "The file is there already: …"; empty: it is not.
    [[nodiscard]] QString replacementNote() const;

    /// Shows what becomes of a job, which the derived class holds; its written() is the derived class's as well.
    template <class Job>
    void follow(Job& job) {
        connect(&job, &Job::progressChanged, this, &WriteDialog::showProgress);
        connect(&job, &Job::failed, this, &WriteDialog::end);
        connect(&job, &Job::cancelled, this, [this] { end(tr("Cancelled: nothing was written.")); });
        m_cancelJob = [&job] { job.cancel(); };
        setRunning(true);
    }

    /// Endings that the file may have, the one that is chosen first; without a dot.
    [[nodiscard]] virtual QStringList endings() const = 0;
    /// The user chose a file with this ending, one of endings().
    virtual void takeEnding(const QString&) {}
    /// Something changed: views or path.
    virtual void refresh() = 0;
    virtual void start() = 0;

private:
    void buildViews(const QStringList& chosen);
    void buildFile();
    void name(QWidget* widget, const char* objectName, const QString& accessibleName, const QString& hint = {}) const;
    QPushButton* makeButton(const QString& text, const char* objectName, const QString& hint) const;
    void browse();
    void setRunning(bool running);
    void showProgress(const JobProgress& progress);
    void end(const QString& note);

    ExportChoices m_choices;
    WriteWords m_words;
    QVBoxLayout* m_body;
    QHBoxLayout* m_buttons;
    QListWidget* m_views;
    QLineEdit* m_path;
    QLabel* m_note;
    QProgressBar* m_bar;
    QPushButton *m_browse, *m_write, *m_cancel;
    std::vector<QWidget*> m_inputs;
    std::function<void()> m_cancelJob;  // empty: nothing is being written
    QString m_suggested;                // the name that stands there unless the user wrote another
};

}  // namespace ms
