// A report of the run: what goes into it, how it is called, and the file.
#pragma once

#include <memory>

#include "ui/dialogs/write_dialog.h"
#include "ui/export/report_job.h"

class QCheckBox;
class QPlainTextEdit;

namespace ms {

class ReportDialog : public WriteDialog {
    Q_OBJECT
public:
    /// `views`: those that are ticked at first; `title`: of the report, until the user writes another.
    ReportDialog(const ExportChoices& choices, const QStringList& views, const QString& title, QWidget* parent = nullptr);
    ~ReportDialog() override;

Q_SIGNALS:
    /// Written; the dialog has closed itself.
    void written(const QString& path);

private:
    [[nodiscard]] QStringList endings() const override { return {QStringLiteral("html")}; }
    void refresh() override;
    void start() override;
    void buildContent(const QString& title);
    [[nodiscard]] ReportPlan plan() const;

    QLineEdit* m_title;
    QPlainTextEdit* m_text;
    QCheckBox *m_model, *m_run, *m_sampling;
    std::unique_ptr<ReportJob> m_job;
};

}  // namespace ms
