#include "ui/views/logit_lens/lens_table_model.h"

#include <QColor>
#include <algorithm>
#include <cmath>

#include "ui/models/token_log.h"
#include "ui/style/colour_map.h"
#include "ui/style/number_text.h"

namespace ms {

void LensTableModel::setTable(std::shared_ptr<const LensTable> table, std::optional<TokenId> next) {
    m_next = next;
    changeTo(std::move(table), m_rows);
}

void LensTableModel::setOfFrames(bool frames) {
    if (frames == m_frames) return;
    m_frames = frames;
    Q_EMIT headerDataChanged(Qt::Horizontal, 0, std::max(0, columnCount() - 1));
}

void LensTableModel::setRows(LensRows rows) { changeTo(m_table, rows); }

void LensTableModel::setSettings(const HeatmapSettings& settings) {
    m_settings = settings;
    rescale();
    if (rowCount() > 0) Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, columnCount() - 1));
}

/// While tokens stream the shape stays: only then do the cursor and the scroll position stay too.
void LensTableModel::changeTo(std::shared_ptr<const LensTable> table, LensRows rows) {
    int guesses = 0;
    if (table)
        for (const LensTable::Layer& layer : table->layers) guesses = std::max(guesses, static_cast<int>(layer.full.guesses.size()));
    const bool sameShape = m_table && table && rows == m_rows && guesses == m_guesses && table->layers.size() == m_table->layers.size();
    if (!sameShape) beginResetModel();
    m_table = std::move(table);
    m_rows = rows;
    m_guesses = guesses;
    rescale();
    if (!sameShape) endResetModel();
    else if (rowCount() > 0) Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, columnCount() - 1));
}

void LensTableModel::rescale() {
    std::vector<float> values;
    for (int row = 0; row < rowCount(); ++row)
        for (const LensTable::Guess& guess : rowAt(row).guesses) values.push_back(guess.probability);
    m_scale = rangeFor(m_settings, values);
}

bool LensTableModel::isStateOnly(int row) const {
    return m_rows == LensRows::StateOnly || (m_rows == LensRows::Both && row % 2 == 1);
}

const LensTable::Row& LensTableModel::rowAt(int row) const {
    const LensTable::Layer& layer = m_table->layers[static_cast<std::size_t>(m_rows == LensRows::Both ? row / 2 : row)];
    return isStateOnly(row) ? layer.stateOnly : layer.full;
}

qint64 LensTableModel::layerOf(int row) const {
    if (row < 0 || row >= rowCount()) return -1;
    return m_table->layers[static_cast<std::size_t>(m_rows == LensRows::Both ? row / 2 : row)].layer;
}

int LensTableModel::rowOf(qint64 layer) const {
    for (int row = 0; row < rowCount(); ++row)
        if (layerOf(row) == layer) return row;
    return -1;
}

int LensTableModel::rowCount(const QModelIndex& parent) const {
    if (parent.isValid() || !m_table) return 0;
    return static_cast<int>(m_table->layers.size()) * (m_rows == LensRows::Both ? 2 : 1);
}

int LensTableModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() || !m_table ? 0 : FirstGuess + m_guesses;
}

LensTableModel::Cell LensTableModel::cell(int row, int column) const {
    const LensTable::Row& r = rowAt(row);
    const bool nextKnown = r.nextRank > 0;
    switch (column) {
        case Entropy: return {r.entropyBits, false, QString::number(static_cast<double>(r.entropyBits), 'f', 2), nullptr};
        case NextProbability:
            return {r.nextProbability, nextKnown, nextKnown ? shortText(static_cast<double>(r.nextProbability)) : QStringLiteral("–"), nullptr};
        case NextRank: return {static_cast<float>(r.nextRank), false, nextKnown ? groupedText(r.nextRank) : QStringLiteral("–"), nullptr};
        default: break;
    }
    const auto at = static_cast<std::size_t>(column - FirstGuess);
    if (at >= r.guesses.size()) return {};
    return {r.guesses[at].probability, true, visibleText(r.guesses[at].text), &r.guesses[at]};
}

QString LensTableModel::readout(int row, int column, const Cell& cell) const {
    const QString where = isStateOnly(row) ? tr("after layer %1, state only").arg(layerOf(row)) : tr("after layer %1").arg(layerOf(row));
    if (cell.guess != nullptr)
        return tr("p = %1   “%2” (%3), guess %4 %5")
            .arg(exactText(cell.value), cell.text).arg(cell.guess->id).arg(column - FirstGuess + 1).arg(where);
    if (column == Entropy) return tr("entropy = %1 bits   %2").arg(exactText(cell.value), where);
    if (rowAt(row).nextRank <= 0) return tr("The next token is not known yet");
    if (column == NextProbability) return (m_frames ? tr("p(heard) = %1   %2") : tr("p(next) = %1   %2")).arg(exactText(cell.value), where);
    return (m_frames ? tr("The symbol heard is guess %1   %2") : tr("The next token is guess %1   %2")).arg(cell.text, where);
}

QVariant LensTableModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid() || index.row() >= rowCount() || index.column() >= columnCount()) return {};
    const Cell c = cell(index.row(), index.column());
    const bool broken = !c.text.isEmpty() && c.text != QStringLiteral("–") && !std::isfinite(c.value);
    const auto colour = [&] {
        return broken ? kNanColour : ColourMap::get(m_settings.colourMap).at(m_scale.position(c.value));
    };
    const bool coloured = broken || (c.isProbability && !c.text.isEmpty());
    switch (role) {
        case Qt::DisplayRole: return c.text;
        case Qt::BackgroundRole: return coloured ? QVariant(QColor(colour())) : QVariant();
        case Qt::ForegroundRole: return coloured ? QVariant(QColor(legibleOn(colour()))) : QVariant();
        case Qt::TextAlignmentRole: return QVariant(index.column() < FirstGuess ? Qt::AlignRight | Qt::AlignVCenter : Qt::AlignLeft | Qt::AlignVCenter);
        case Qt::ToolTipRole: case Qt::AccessibleTextRole: case kReadoutRole: return readout(index.row(), index.column(), c);
        case kMarkRole: return m_next && c.guess != nullptr && c.guess->id == *m_next;
        default: return {};
    }
}

QVariant LensTableModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation == Qt::Vertical) {
        if (section >= rowCount() || (role != Qt::DisplayRole && role != Qt::ToolTipRole)) return {};
        if (role == Qt::ToolTipRole) return isStateOnly(section) ? tr("Layer %1 without its D skip").arg(layerOf(section)) : tr("Layer %1").arg(layerOf(section));
        return isStateOnly(section) && m_rows == LensRows::Both ? tr("state") : QString::number(layerOf(section));
    }
    if (role == Qt::ToolTipRole) {
        switch (section) {
            case Entropy: return tr("How undecided the distribution is: −Σ p·log₂ p, in bits");
            case NextProbability: return m_frames ? tr("Probability of the symbol that was heard in this frame") : tr("Probability of the token that really came next");
            case NextRank: return m_frames ? tr("Its place among all symbols: 1 is the best guess") : tr("Its place among all tokens: 1 is the best guess");
            default: return (m_frames ? tr("Guess %1: its cell is coloured by its probability; underlined if it was heard")
                                      : tr("Guess %1: its cell is coloured by its probability; underlined if it came next")).arg(section - FirstGuess + 1);
        }
    }
    if (role == Qt::TextAlignmentRole) return QVariant(section < FirstGuess ? Qt::AlignRight | Qt::AlignVCenter : Qt::AlignLeft | Qt::AlignVCenter);
    if (role != Qt::DisplayRole) return {};
    switch (section) {
        case Entropy: return tr("bits");
        case NextProbability: return m_frames ? tr("p(heard)") : tr("p(next)");
        case NextRank: return tr("rank");
        default: return QString::number(section - FirstGuess + 1);
    }
}

QString LensTableModel::text() const {
    QStringList lines, header{tr("layer"), tr("of"), tr("entropy_bits"), m_frames ? tr("p_heard") : tr("p_next"), m_frames ? tr("rank_heard") : tr("rank_next")};
    for (int g = 1; g <= m_guesses; ++g) header << tr("guess_%1").arg(g) << tr("p_%1").arg(g);
    lines << header.join(QLatin1Char('\t'));
    const auto number = [](float v) { return exactText(v).replace(QChar(0x2212), QLatin1Char('-')); };  // programs read this
    for (int row = 0; row < rowCount(); ++row) {
        const LensTable::Row& r = rowAt(row);
        const bool known = r.nextRank > 0;
        QStringList fields{QString::number(layerOf(row)), isStateOnly(row) ? tr("state only") : tr("full"), number(r.entropyBits),
                           known ? number(r.nextProbability) : QString(), known ? QString::number(r.nextRank) : QString()};
        for (const LensTable::Guess& guess : r.guesses) fields << visibleText(guess.text) << number(guess.probability);
        lines << fields.join(QLatin1Char('\t'));
    }
    return lines.join(QLatin1Char('\n')) + QLatin1Char('\n');
}

}  // namespace ms
