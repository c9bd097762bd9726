// A figure or the numbers of a view, or a figure of several: chosen, looked at, written.
#pragma once

#include <QDialog>
#include <functional>
#include <memory>

#include "ui/export/export_job.h"

class QDialogButtonBox;
class QLabel;
class QLineEdit;
class QListWidget;
class QProgressBar;
class QPushButton;

namespace ms {

class ExportForm;
class FigurePreview;

/// What the dialog knows of the window. The functions are called whenever the answer matters: the session goes on.
struct ExportChoices {
    struct View {
        QString id, title;
    };
    std::vector<View> views;
    std::function<FigureSource()> source;
    std::function<ViewSettings(const QString& id)> settings;
};

class ExportDialog : public QDialog {
    Q_OBJECT
public:
    /// `view`: the one that is chosen at first.
    ExportDialog(const ExportChoices& choices, const QString& view, QWidget* parent = nullptr);
    ~ExportDialog() override;

    [[nodiscard]] ExportForm* form() const { return m_form; }
    [[nodiscard]] QStringList chosenViews() const;

Q_SIGNALS:
    /// Written; the dialog has closed itself.
    void written(const QString& path);

private:
    void buildViews(const QString& view);
    void buildFile();
    void updatePanels();
    void updatePath();
    void updateWarning();
    void browse();
    void start();
    void copy();
    void setRunning(bool running);
    void showProgress(const JobProgress& progress);
    [[nodiscard]] std::vector<FigurePanel> panels() const;
    [[nodiscard]] QString suggestedName() const;

    ExportChoices m_choices;
    ExportForm* m_form;
    FigurePreview* m_preview;
    QListWidget* m_views;
    QLineEdit* m_path;
    QLabel* m_note;
    QProgressBar* m_bar;
    QPushButton *m_browse, *m_export, *m_copy, *m_cancel;
    std::unique_ptr<ExportJob> m_job;
    BackgroundTask<std::uint64_t> m_estimate;   // bytes of a file of numbers
    QString m_suggested;                  // the name that stands there unless the user wrote another
};

/// Puts a settled page on the clipboard, as pixels and as SVG.
void copyFigure(const FigurePage& page, const FigureInfo& info);

}  // namespace ms
