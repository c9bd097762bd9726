#include "ui/models/session_values.h"

#include <QCoreApplication>
#include <QStringList>
#include <algorithm>

namespace ms {

std::optional<std::vector<qint64>> parseIndices(const QString& text, qint64 count) {
    std::vector<qint64> indices;
    const QString trimmed = text.trimmed();
    const QString all = QCoreApplication::translate("ms::Indices", "all");
    if (trimmed.isEmpty() || trimmed.compare(all, Qt::CaseInsensitive) == 0) return indices;
    for (const QString& part : trimmed.split(QLatin1Char(','))) {
        const QStringList ends = part.trimmed().split(QLatin1Char('-'));
        bool fromOk = false, toOk = false;
        const qint64 from = ends.first().trimmed().toLongLong(&fromOk), to = ends.last().trimmed().toLongLong(&toOk);
        if (!fromOk || !toOk || ends.size() > 2 || from < 0 || to < from || to >= count) return std::nullopt;
        for (qint64 i = from; i <= to; ++i) indices.push_back(i);
    }
    std::sort(indices.begin(), indices.end());
    indices.erase(std::unique(indices.begin(), indices.end()), indices.end());
    return indices;
}

QString indicesText(const std::vector<qint64>& indices) {
    if (indices.empty()) return QCoreApplication::translate("ms::Indices", "all");
    QStringList parts;
    for (std::size_t i = 0; i < indices.size();) {
        std::size_t last = i;
        while (last + 1 < indices.size() && indices[last + 1] == indices[last] + 1) ++last;
        parts << (last == i ? QString::number(indices[i]) : QStringLiteral("%1-%2").arg(indices[i]).arg(indices[last]));
        i = last + 1;
    }
    return parts.join(QStringLiteral(", "));
}

}  // namespace ms
