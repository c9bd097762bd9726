// Layers × predictions of a logit lens as an item model, coloured by probability.
#pragma once

#include <QAbstractTableModel>
#include <memory>
#include <optional>

#include "ui/models/model_queries.h"
#include "ui/plot/heatmap_settings.h"

namespace ms {

/// What of each layer is shown.
enum class LensRows { Full, StateOnly, Both };

class LensTableModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { Entropy, NextProbability, NextRank, FirstGuess };
    enum Role {
        kReadoutRole = Qt::UserRole,  ///< the exact value in words
        kMarkRole,                    ///< the cell is the token that came next
    };

    using QAbstractTableModel::QAbstractTableModel;

    /// `next`: the token that really came next, none at the newest; of frames of sound the symbol that was heard in it.
    void setTable(std::shared_ptr<const LensTable> table, std::optional<TokenId> next);
    /// Rows are of a frame of sound: what is looked for is its own symbol, not a token that follows.
    void setOfFrames(bool frames);
    void setRows(LensRows rows);
    void setSettings(const HeatmapSettings& settings);
    [[nodiscard]] const std::shared_ptr<const LensTable>& table() const { return m_table; }
    [[nodiscard]] LensRows rows() const { return m_rows; }
    /// Of the colours.
    [[nodiscard]] const ValueScale& scale() const { return m_scale; }

    [[nodiscard]] qint64 layerOf(int row) const;
    /// The first row of a layer; -1: it has none.
    [[nodiscard]] int rowOf(qint64 layer) const;
    /// Everything, a row a line, tabs between: pastes into a spreadsheet.
    [[nodiscard]] QString text() const;

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    struct Cell {
        float value = 0;             ///< that colours it and that the read-out tells
        bool isProbability = false;
        QString text;
        const LensTable::Guess* guess = nullptr;
    };
    void rescale();
    void changeTo(std::shared_ptr<const LensTable> table, LensRows rows);
    [[nodiscard]] bool isStateOnly(int row) const;
    [[nodiscard]] const LensTable::Row& rowAt(int row) const;
    [[nodiscard]] Cell cell(int row, int column) const;
    [[nodiscard]] QString readout(int row, int column, const Cell& cell) const;

    std::shared_ptr<const LensTable> m_table;
    std::optional<TokenId> m_next;
    bool m_frames = false;
    LensRows m_rows = LensRows::Full;
    HeatmapSettings m_settings;
    ValueScale m_scale;
    int m_guesses = 0;
};

}  // namespace ms
