#include "ui/export/report_page.h"

#include <QCoreApplication>
#include <QLocale>
#include <QRegularExpression>

#include "engine/export/provenance.h"

namespace ms {

namespace {

QString tr(const char* text) { return QCoreApplication::translate("ms::ReportPage", text); }

const char* const kStyle = R"(
:root { color-scheme: light dark; --ink: #1c2030; --soft: #5c6478; --line: #d5d9e2; --paper: #ffffff; --box: #f4f6f9; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9f0; --soft: #a3abbd; --line: #3a4152; --paper: #171a22; --box: #212632; } }
body { max-width: 52rem; margin: 2rem auto; padding: 0 1rem; color: var(--ink); background: var(--paper); font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2.2rem; border-bottom: 1px solid var(--line); }
.text { white-space: pre-wrap; overflow-wrap: anywhere; background: var(--box); padding: .8rem 1rem; border-radius: 6px; max-height: 24rem; overflow: auto; }
.note { white-space: pre-wrap; overflow-wrap: anywhere; }
.text b { font-weight: 600; } .wide { overflow-x: auto; }
table { border-collapse: collapse; margin: .6rem 0; } caption { text-align: left; color: var(--soft); padding-bottom: .3rem; }
th, td { padding: .2rem .8rem .2rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; overflow-wrap: anywhere; }
thead th { vertical-align: bottom; overflow-wrap: normal; } td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
figure { margin: 1.6rem 0; } figure svg { display: block; max-width: 100%; height: auto; background: #ffffff; border-radius: 4px; }
figcaption { color: var(--soft); font-size: .9rem; margin-top: .4rem; }
@media print { :root { --ink: #000; --soft: #444; --line: #bbb; --paper: #fff; --box: #fff; } body { max-width: none; margin: 0; } .text { max-height: none; }
  figure, tr { break-inside: avoid; } h2 { break-after: avoid; } }
)";

QByteArray html(const QString& text) { return text.toHtmlEscaped().toUtf8(); }

/// Names of clips and patterns are the file's: every figure gets its own.
QByteArray inlined(const ReportFigure& figure, std::size_t number) {
    QString svg = QString::fromUtf8(figure.svg);
    svg.remove(0, svg.indexOf(QStringLiteral("<svg")));
    static const QRegularExpression metadata(QStringLiteral("<metadata>.*</metadata>"), QRegularExpression::DotMatchesEverythingOption);
    static const QRegularExpression names(QStringLiteral("( id=\"|url\\(#)"));
    svg.remove(metadata);
    svg.replace(names, QStringLiteral("\\1f%1-").arg(number));
    const QString label = QStringLiteral("<svg role=\"img\" aria-label=\"%1\"").arg((figure.title + QStringLiteral(". ") + figure.caption).toHtmlEscaped());
    return (label + svg.mid(4)).toUtf8();
}

QByteArray linesOf(const std::vector<ReportLine>& lines) {
    QByteArray out = "<table><tbody>\n";
    for (const ReportLine& line : lines) out += "<tr><th scope=\"row\">" + html(line.label) + "</th><td>" + html(line.value) + "</td></tr>\n";
    return out + "</tbody></table>\n";
}

QByteArray tableOf(const ReportTable& table) {
    const auto numeric = [&](qsizetype column) { return column >= table.textColumns ? QByteArray(" class=\"n\"") : QByteArray(); };
    QByteArray out = "<h2>" + html(table.title) + "</h2>\n<div class=\"wide\"><table><caption>" + html(table.explanation) + "</caption>\n<thead><tr>";
    for (qsizetype c = 0; c < table.columns.size(); ++c) out += "<th scope=\"col\"" + numeric(c) + '>' + html(table.columns[c]) + "</th>";
    out += "</tr></thead>\n<tbody>\n";
    for (const QStringList& row : table.rows) {
        out += "<tr>";
        for (qsizetype c = 0; c < row.size(); ++c) out += "<td" + numeric(c) + '>' + html(row[c]) + "</td>";
        out += "</tr>\n";
    }
    return out + "</tbody></table></div>\n";
}

}  // namespace

QByteArray htmlOf(const ReportContent& content) {
    QByteArray out = "<!DOCTYPE html>\n<html lang=\"" + QLocale().bcp47Name().toLatin1() + "\">\n<head>\n<meta charset=\"utf-8\">\n"
                     "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                     "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">\n"
                     "<link rel=\"icon\" href=\"data:,\">\n<title>" + html(content.title) + "</title>\n<style>" + kStyle + "</style>\n</head>\n<body>\n<main>\n<h1>" +
                     html(content.title) + "</h1>\n";
    if (!content.note.isEmpty()) out += "<p class=\"note\">" + html(content.note) + "</p>\n";
    if (!content.model.empty()) out += "<h2>" + html(tr("Model")) + "</h2>\n" + linesOf(content.model);
    if (!content.prompt.isEmpty() || !content.written.isEmpty())
        out += "<h2>" + html(tr("Text")) + "</h2>\n<p>" + html(tr("What was read is bold; the rest the model wrote or heard.")) + "</p>\n<div class=\"text\" tabindex=\"0\" role=\"region\" aria-label=\"" +
               html(tr("Text of the run")) + "\"><b>" + html(content.prompt) + "</b>" + html(content.written) + "</div>\n";
    out += "<h2>" + html(tr("Settings")) + "</h2>\n" + linesOf(content.settings);
    for (const ReportTable& table : content.tables) out += tableOf(table);
    if (!content.figures.empty()) out += "<h2>" + html(tr("Figures")) + "</h2>\n";
    for (std::size_t i = 0; i < content.figures.size(); ++i) {
        const ReportFigure& figure = content.figures[i];
        out += "<figure>\n" + inlined(figure, i) + "<figcaption><b>" + html(figure.title) + ".</b> " + html(figure.caption) + "</figcaption>\n</figure>\n";
    }
    // Nothing in it may look like the end of the script.
    QByteArray json = content.provenance;
    json.replace('<', "\\u003c");
    return out + "</main>\n<script type=\"application/json\" id=\"" + kProvenanceKey + "\">" + json + "</script>\n</body>\n</html>\n";
}

}  // namespace ms
