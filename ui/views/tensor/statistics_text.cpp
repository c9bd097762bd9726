#include "ui/views/tensor/statistics_text.h"

#include <QColor>
#include <QCoreApplication>
#include <array>

#include "ui/models/layer_tree_model.h"
#include "ui/style/colour_map.h"
#include "ui/style/number_text.h"

namespace ms {

namespace {

QString tr(const char* text) { return QCoreApplication::translate("ms::TensorView", text); }

struct Row {
    QString name, value;
    bool warns = false;
};

/// Left and right column of the table, row by row.
std::array<Row, 8> rowsOf(const TensorStatistics& s) {
    const bool finite = s.elements > s.nan + s.infinite;
    const QString none = QStringLiteral("–");
    const auto number = [&](const QString& text) { return finite ? text : none; };
    const auto counted = [&](std::int64_t n) {
        return n == 0 ? QStringLiteral("0") : QStringLiteral("%1 (%2)").arg(groupedText(n), shareText(n, s.elements));
    };
    return {Row{tr("min"), number(exactText(static_cast<float>(s.min)))}, Row{tr("max"), number(exactText(static_cast<float>(s.max)))},
            Row{tr("mean"), number(shortText(s.mean))}, Row{tr("std"), number(shortText(s.std))},
            Row{tr("zeros"), counted(s.zeros)}, Row{tr("values"), groupedText(s.elements)},
            Row{tr("NaN"), counted(s.nan), s.nan > 0}, Row{tr("Inf"), counted(s.infinite), s.infinite > 0}};
}

}  // namespace

QString shareText(std::int64_t count, std::int64_t all) {
    const double percent = all > 0 ? 100.0 * static_cast<double>(count) / static_cast<double>(all) : 0;
    if (count > 0 && percent < 0.01) return QStringLiteral("< 0.01 %");
    if (count < all && percent > 99.99) return QStringLiteral("> 99.99 %");
    return QString::number(percent, 'f', percent < 10 ? 2 : 1) + QStringLiteral(" %");
}

QString statisticsHtml(const TensorStatistics& statistics) {
    const QString warning = QStringLiteral(" style='background-color:%1; color:%2; font-weight:600'")
                                .arg(QColor(kNanColour).name(), QColor(legibleOn(kNanColour)).name());
    QString html = QStringLiteral("<table cellspacing='0' cellpadding='1'>");
    bool left = true;
    for (const Row& row : rowsOf(statistics)) {
        if (left) html += QStringLiteral("<tr>");
        html += QStringLiteral("<td style='padding-right:6px; color:#7d8793'>%1</td><td style='padding-right:14px'><span%2>%3</span></td>")
                    .arg(row.name, row.warns ? warning : QString(), row.value.toHtmlEscaped().replace(QLatin1Char(' '), QChar(0x00A0)));
        if (!left) html += QStringLiteral("</tr>");
        left = !left;
    }
    return html + QStringLiteral("</table>");
}

QString statisticsText(const TensorSummary& tensor, const TensorStatistics& statistics) {
    QStringList lines{tr("tensor") + QLatin1Char('\t') + tensor.name, tr("shape") + QLatin1Char('\t') + tensor.shape,
                      tr("type") + QLatin1Char('\t') + tensor.type, tr("bytes") + QLatin1Char('\t') + QString::number(tensor.bytes)};
    for (const Row& row : rowsOf(statistics)) {
        QString value = row.value;
        // Plain signs and no thin spaces: programs read this.
        lines << row.name + QLatin1Char('\t') + value.remove(QChar(0x202F)).replace(QChar(0x2212), QLatin1Char('-'));
    }
    return lines.join(QLatin1Char('\n')) + QLatin1Char('\n');
}

QString tensorText(const TensorSummary& tensor) {
    return QStringList{tensor.shape, tensor.type, formatBytes(tensor.bytes)}.join(QStringLiteral(" · "));
}

}  // namespace ms
