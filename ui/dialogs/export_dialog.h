// A figure or the numbers of a view, or a figure of several: chosen, looked at, written.
#pragma once

#include <memory>

#include "ui/dialogs/write_dialog.h"

namespace ms {

class ExportForm;
class FigurePreview;

class ExportDialog : public WriteDialog {
    Q_OBJECT
public:
    /// `view`: the one that is chosen at first.
    ExportDialog(const ExportChoices& choices, const QString& view, QWidget* parent = nullptr);
    ~ExportDialog() override;

    [[nodiscard]] ExportForm* form() const { return m_form; }

Q_SIGNALS:
    /// Written; the dialog has closed itself.
    void written(const QString& path);

private:
    [[nodiscard]] QStringList endings() const override;
    void takeEnding(const QString& ending) override;
    void refresh() override;
    void start() override;
    void buildChoices();
    void showPanels();
    void tellSize(const NumberSource& source, const QString& note);
    void copy();

    ExportForm* m_form;
    FigurePreview* m_preview;
    QPushButton* m_copy;
    QStringList m_previewed;                   // views that the preview shows
    std::unique_ptr<ExportJob> m_job;
    BackgroundTask<std::uint64_t> m_estimate;  // bytes of a file of numbers
};

/// Puts a settled page on the clipboard, as pixels and as SVG.
void copyFigure(const FigurePage& page, const FigureInfo& info);

}  // namespace ms
