// The list of interventions as a table; every change of it can be undone.
#pragma once

#include <QAbstractTableModel>
#include <optional>

#include "ui/models/session_values.h"

class QUndoStack;

namespace ms {

class InterventionModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { Enabled, Kind, Layers, Channels, Value, ColumnCount };

    /// `history` hears of every change; null: changes cannot be undone.
    explicit InterventionModel(QUndoStack* history = nullptr, QObject* parent = nullptr);

    /// Sizes that layers and channels are checked against; the list is emptied and what could be undone is forgotten.
    void setDims(qint64 n_layer, qint64 d_inner);
    [[nodiscard]] qint64 layerCount() const { return m_layers; }
    [[nodiscard]] qint64 channelCount() const { return m_channels; }
    [[nodiscard]] const InterventionList& list() const { return m_list; }

    void add(const InterventionValue& value);
    void remove(int row);
    void clear();
    /// All of them at once, as one change.
    void replace(const InterventionList& list, const QString& what) { push(list, what); }
    void change(int row, const InterventionValue& value, const QString& what);
    /// The engine has this list already: shows it, what could be undone is forgotten.
    void show(const InterventionList& list);
    /// Replaces the list without a word to the history; for undo itself.
    void assign(const InterventionList& list);

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    [[nodiscard]] Qt::ItemFlags flags(const QModelIndex& index) const override;
    bool setData(const QModelIndex& index, const QVariant& value, int role) override;

Q_SIGNALS:
    /// The list is another one; the engine must be told.
    void changed(const ms::InterventionList& list);
    /// What was typed makes no sense: one line.
    void refused(const QString& message);

private:
    void push(InterventionList list, const QString& what);

    QUndoStack* m_history;
    InterventionList m_list;
    qint64 m_layers = 0, m_channels = 0;
};

/// "Scale Δ", "Freeze channels", …
[[nodiscard]] QString kindText(InterventionValue::Kind kind);
/// One sentence about what the kind does.
[[nodiscard]] QString kindDefinition(InterventionValue::Kind kind);
/// "× 0.5", "0 … 0.1"; empty for kinds without a value.
[[nodiscard]] QString valueText(const InterventionValue& value);
/// Those that are on, in words: "Scale Δ × 0.5 layers 0-3; …"; empty: none.
[[nodiscard]] QString interventionsText(const InterventionList& list);
/// Those that are on as JSON, for a file, and back. Nothing when it is no list of interventions.
[[nodiscard]] QByteArray interventionsJson(const InterventionList& list);
[[nodiscard]] std::optional<InterventionList> interventionsFromJson(const QByteArray& json);
/// The reverse of valueText: changes `value`; false when the text makes no sense for its kind.
bool parseValue(const QString& text, InterventionValue& value);

}  // namespace ms
