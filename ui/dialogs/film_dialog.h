// A film of one view or several: chosen, drawn and written.
#pragma once

#include <QDialog>
#include <memory>

#include "ui/dialogs/export_dialog.h"
#include "ui/export/film_job.h"

namespace ms {

class FilmForm;

class FilmDialog : public QDialog {
    Q_OBJECT
public:
    /// `view`: the one that is chosen at first.
    FilmDialog(const ExportChoices& choices, const QString& view, QWidget* parent = nullptr);
    ~FilmDialog() override;

    [[nodiscard]] FilmForm* form() const { return m_form; }
    /// Ends the film that is being made, if any.
    void reject() override;

Q_SIGNALS:
    /// Written; the dialog has closed itself.
    void written(const ms::FilmResult& result);

private:
    void buildViews(const QString& view);
    void buildFile();
    [[nodiscard]] QStringList chosenViews() const;
    void updatePath();
    void updateNote();
    void browse();
    void start();
    void setRunning(bool running);
    void showProgress(const JobProgress& progress);

    ExportChoices m_choices;
    FilmForm* m_form;
    QListWidget* m_views;
    QLineEdit* m_path;
    QLabel* m_note;
    QProgressBar* m_bar;
    QPushButton *m_browse, *m_make, *m_cancel;
    std::unique_ptr<FilmJob> m_job;
    QString m_suggested;  // the name that stands there unless the user wrote another
};

}  // namespace ms
