// A report as one HTML file that needs nothing else: values in, text out.
#pragma once

#include <QByteArray>
#include <QString>
#include <QStringList>
#include <vector>

namespace ms {

struct ReportFigure {
    QString title, caption;
    QByteArray svg;  ///< as svgOf makes it
};

struct ReportTable {
    QString title, explanation;
    QStringList columns;
    std::vector<QStringList> rows;
    int textColumns = 0;  ///< the first so many are text, the others numbers
};

struct ReportLine {
    QString label, value;
};

struct ReportContent {
    QString title, note;      ///< plain text; lines of the note stay lines
    std::vector<ReportLine> model, settings;  ///< the model's may be left out
    QString prompt, written;  ///< what was read, what the model wrote or heard
    std::vector<ReportTable> tables;
    std::vector<ReportFigure> figures;
    QByteArray provenance;    ///< JSON
};

/// UTF-8, HTML 5. Figures stand in the text, nothing is loaded from anywhere; follows the reader's light or dark, prints on
/// white. The provenance is the content of <script type="application/json" id="mambascope-provenance">.
[[nodiscard]] QByteArray htmlOf(const ReportContent& content);

}  // namespace ms
