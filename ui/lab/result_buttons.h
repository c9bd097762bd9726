// What can be taken from a page of the lab: its numbers and its figure.
#pragma once

#include <QWidget>
#include <functional>

#include "engine/base/result.h"
#include "engine/export/provenance.h"

class QLabel;
class QPushButton;

namespace ms {

class CurvePlot;

/// A page's results. `fill` puts on any plot what the page's shows; `csv` are its numbers, with a header.
struct LabResults {
    QString title;
    std::function<void(CurvePlot& plot)> fill;
    std::function<QString()> csv;
    std::function<Provenance()> provenance;
};

/// Writes the figure as the path's ending says (.png, .svg, .pdf), with the size, letters and colours last chosen for
/// figures; without title and caption.
/// Errors: InvalidArgument for another ending; Io.
Result<void> saveLabFigure(const LabResults& results, const QString& path);

class ResultButtons final : public QWidget {
    Q_OBJECT
public:
    /// `key` begins the object names.
    ResultButtons(const QString& key, LabResults results, QWidget* parent = nullptr);

    /// There is something to take, or there is nothing.
    void setReady(bool ready);

private:
    void copy();
    void save();

    LabResults m_results;
    QPushButton *m_copy, *m_save;
    QLabel* m_outcome;
};

}  // namespace ms
