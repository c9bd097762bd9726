// A film of one view or several: chosen, drawn and written.
#pragma once

#include <memory>

#include "ui/dialogs/write_dialog.h"
#include "ui/export/film_job.h"

namespace ms {

class FilmForm;

class FilmDialog : public WriteDialog {
    Q_OBJECT
public:
    /// `view`: the one that is chosen at first.
    FilmDialog(const ExportChoices& choices, const QString& view, QWidget* parent = nullptr);
    ~FilmDialog() override;

    [[nodiscard]] FilmForm* form() const { return m_form; }

Q_SIGNALS:
    /// Written; the dialog has closed itself.
    void written(const ms::FilmResult& result);

private:
    [[nodiscard]] QStringList endings() const override;
    void takeEnding(const QString& ending) override;
    void refresh() override;
    void start() override;

    FilmForm* m_form;
    std::unique_ptr<FilmJob> m_job;
};

}  // namespace ms
