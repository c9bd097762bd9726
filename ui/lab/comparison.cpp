#include "ui/lab/comparison.h"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>

#include "ui/models/token_log.h"
#include "ui/style/number_text.h"

namespace ms {

void Comparison::begin(LabPieces pieces, QStringList names) {
    m_pieces = std::move(pieces);
    m_names = std::move(names);
    m_readings.clear();
}

void Comparison::add(const LabReadings& readings) { m_readings.insert(m_readings.end(), readings.readings.begin(), readings.readings.end()); }

const LabReading* Comparison::at(std::size_t model, qint64 piece) const {
    return piece < 0 || piece >= piecesRead() ? nullptr : &m_readings[static_cast<std::size_t>(piece)][model];
}

QString Comparison::text(qint64 piece) const { return visibleText(rawText(piece)); }

QString Comparison::name(qint64 piece) const { return QStringLiteral("%1 “%2”").arg(groupedText(piece), text(piece)); }

QString Comparison::tokens(qint64 piece) const {
    const std::vector<qint64>& counts = m_pieces.pieces[static_cast<std::size_t>(piece)].tokens;
    const bool same = std::all_of(counts.begin(), counts.end(), [&](qint64 count) { return count == counts.front(); });
    QStringList each;
    for (std::size_t i = 0; i < (same ? 1 : counts.size()); ++i) each.append(groupedText(counts[i]));
    return QCoreApplication::translate("ms::Comparison", "tokens: %1").arg(each.join(QStringLiteral(", ")));
}

bool Comparison::readsIds() const { return !m_pieces.pieces.empty() && m_pieces.pieces.front().bytes == 0; }

Comparison::Totals Comparison::totals(std::size_t model, TokenRange range) const {
    const qint64 end = range.empty() ? piecesRead() : std::min(range.end, piecesRead());
    Totals totals;
    for (qint64 piece = range.empty() ? 0 : range.first; piece < end; ++piece) {
        const std::vector<LabReading>& readings = m_readings[static_cast<std::size_t>(piece)];
        if (!std::all_of(readings.begin(), readings.end(), [](const LabReading& r) { return std::isfinite(r.surprisalBits); })) continue;
        const LabPiece& read = m_pieces.pieces[static_cast<std::size_t>(piece)];
        totals.bits += readings[model].surprisalBits;
        totals.tokens += read.tokens[model];
        totals.bytes += read.bytes;
    }
    return totals;
}

}  // namespace ms
