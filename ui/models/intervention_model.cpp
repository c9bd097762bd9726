#include "ui/models/intervention_model.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QUndoStack>
#include <cmath>

namespace ms {

namespace {

QString tr(const char* text) { return QCoreApplication::translate("ms::InterventionModel", text); }

class ChangeList final : public QUndoCommand {
public:
    ChangeList(InterventionModel& model, InterventionList before, InterventionList after, const QString& what)
        : QUndoCommand(what), m_model(model), m_before(std::move(before)), m_after(std::move(after)) {}
    void undo() override { m_model.assign(m_before); }
    void redo() override { m_model.assign(m_after); }

private:
    InterventionModel& m_model;
    InterventionList m_before, m_after;
};

}  // namespace

QString kindText(InterventionValue::Kind kind) {
    switch (kind) {
        case InterventionValue::Kind::ScaleDt: return tr("Scale Δ");
        case InterventionValue::Kind::ClampDt: return tr("Clamp Δ");
        case InterventionValue::Kind::ZeroChannels: return tr("Zero channels");
        case InterventionValue::Kind::FreezeChannels: return tr("Freeze channels");
        case InterventionValue::Kind::AblateLayer: return tr("Ablate layer");
    }
    return {};
}

QString kindDefinition(InterventionValue::Kind kind) {
    switch (kind) {
        case InterventionValue::Kind::ScaleDt: return tr("Δ is multiplied by a factor: below one the channels keep more and write less.");
        case InterventionValue::Kind::ClampDt: return tr("Δ is kept between two limits.");
        case InterventionValue::Kind::ZeroChannels: return tr("What the channels give to the output projection is zero.");
        case InterventionValue::Kind::FreezeChannels: return tr("Δ is zero: the channels' states neither decay nor are written.");
        case InterventionValue::Kind::AblateLayer: return tr("The layer adds nothing to the residual stream.");
    }
    return {};
}

QString valueText(const InterventionValue& v) {
    const auto number = [](float x) { return std::isinf(x) ? QStringLiteral("∞") : QString::number(static_cast<double>(x)); };
    if (v.kind == InterventionValue::Kind::ScaleDt) return QStringLiteral("× ") + number(v.factor);
    if (v.kind == InterventionValue::Kind::ClampDt) return QStringLiteral("%1 … %2").arg(number(v.low), number(v.high));
    return {};
}

QString interventionsText(const InterventionList& list) {
    QStringList parts;
    for (const InterventionValue& value : list) {
        if (!value.enabled) continue;
        const auto places = [](const QString& what, const std::vector<qint64>& indices) {
            return indices.empty() ? QString() : what.arg(indicesText(indices));
        };
        QStringList part{kindText(value.kind), valueText(value), places(tr("layers %1"), value.layers),
                         places(tr("channels %1"), value.channels)};
        part.removeAll(QString());
        parts << part.join(QLatin1Char(' '));
    }
    return parts.join(QStringLiteral("; "));
}

QByteArray interventionsJson(const InterventionList& list) {
    const auto numbers = [](const std::vector<qint64>& values) {
        QJsonArray array;
        for (const qint64 value : values) array.append(value);
        return array;
    };
    QJsonArray all;
    for (const InterventionValue& v : list) {
        if (!v.enabled) continue;
        QJsonObject object{{QStringLiteral("kind"), static_cast<int>(v.kind)}, {QStringLiteral("layers"), numbers(v.layers)}, {QStringLiteral("channels"), numbers(v.channels)},
                           {QStringLiteral("factor"), static_cast<double>(v.factor)}, {QStringLiteral("low"), static_cast<double>(v.low)}};
        if (std::isfinite(v.high)) object.insert(QStringLiteral("high"), static_cast<double>(v.high));  // JSON has no infinity
        all.append(object);
    }
    return all.isEmpty() ? QByteArray() : QJsonDocument(all).toJson(QJsonDocument::Compact);
}

std::optional<InterventionList> interventionsFromJson(const QByteArray& json) {
    const QJsonDocument document = QJsonDocument::fromJson(json);
    if (!document.isArray()) return {};
    const auto numbers = [](const QJsonValue& value) {
        std::vector<qint64> all;
        for (const QJsonValue& number : value.toArray()) all.push_back(number.toInteger(-1));
        return all;
    };
    InterventionList list;
    for (const QJsonValue& each : document.array()) {
        const QJsonObject object = each.toObject();
        const int kind = object.value(QStringLiteral("kind")).toInt(-1);
        if (kind < 0 || kind > static_cast<int>(InterventionValue::Kind::AblateLayer)) return {};
        InterventionValue v;
        v.kind = static_cast<InterventionValue::Kind>(kind);
        v.layers = numbers(object.value(QStringLiteral("layers")));
        v.channels = numbers(object.value(QStringLiteral("channels")));
        v.factor = static_cast<float>(object.value(QStringLiteral("factor")).toDouble());
        v.low = static_cast<float>(object.value(QStringLiteral("low")).toDouble());
        if (object.contains(QStringLiteral("high"))) v.high = static_cast<float>(object.value(QStringLiteral("high")).toDouble());
        list.push_back(std::move(v));
    }
    return list;
}

bool parseValue(const QString& text, InterventionValue& v) {
    const auto number = [](QString t, float& out) {
        t = t.trimmed();
        if (t == QStringLiteral("∞") || t.compare(QStringLiteral("inf"), Qt::CaseInsensitive) == 0) {
            out = std::numeric_limits<float>::infinity();
            return true;
        }
        bool ok = false;
        const float parsed = t.toFloat(&ok);
        if (ok && std::isfinite(parsed)) out = parsed;
        return ok && std::isfinite(parsed);
    };
    if (v.kind == InterventionValue::Kind::ScaleDt) {
        QString plain = text;
        plain.remove(QChar(0x00D7));
        float factor = 0;
        if (!number(plain, factor) || factor < 0 || std::isinf(factor)) return false;
        v.factor = factor;
        return true;
    }
    if (v.kind == InterventionValue::Kind::ClampDt) {
        QString plain = text;
        plain.replace(QStringLiteral("..."), QStringLiteral("…")).replace(QStringLiteral(".."), QStringLiteral("…")).replace(QLatin1Char(','), QStringLiteral("…"));
        const QStringList ends = plain.split(QChar(0x2026));
        float low = 0, high = 0;
        if (ends.size() != 2 || !number(ends[0], low) || !number(ends[1], high) || low < 0 || !(low <= high)) return false;
        v.low = low;
        v.high = high;
        return true;
    }
    return text.trimmed().isEmpty();
}

InterventionModel::InterventionModel(QUndoStack* history, QObject* parent) : QAbstractTableModel(parent), m_history(history) {}

void InterventionModel::setDims(qint64 n_layer, qint64 d_inner) {
    m_layers = n_layer;
    m_channels = d_inner;
    show({});
}

void InterventionModel::show(const InterventionList& list) {
    beginResetModel();
    m_list = list;
    endResetModel();
    if (m_history != nullptr) m_history->clear();
}

void InterventionModel::push(InterventionList list, const QString& what) {
    if (list == m_list) return;
    if (m_history != nullptr) m_history->push(new ChangeList(*this, m_list, std::move(list), what));
    else assign(list);
}

void InterventionModel::assign(const InterventionList& list) {
    if (list == m_list) return;
    if (list.size() == m_list.size()) {  // keeps the view's selection
        m_list = list;
        Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
    } else {
        beginResetModel();
        m_list = list;
        endResetModel();
    }
    Q_EMIT changed(m_list);
}

void InterventionModel::add(const InterventionValue& value) {
    InterventionList list = m_list;
    list.push_back(value);
    push(std::move(list), tr("add “%1”").arg(kindText(value.kind)));
}

void InterventionModel::remove(int row) {
    if (row < 0 || row >= rowCount()) return;
    InterventionList list = m_list;
    const QString what = tr("remove “%1”").arg(kindText(list[static_cast<std::size_t>(row)].kind));
    list.erase(list.begin() + row);
    push(std::move(list), what);
}

void InterventionModel::clear() { push({}, tr("remove all interventions")); }

void InterventionModel::change(int row, const InterventionValue& value, const QString& what) {
    InterventionList list = m_list;
    list[static_cast<std::size_t>(row)] = value;
    push(std::move(list), what);
}

int InterventionModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : static_cast<int>(m_list.size()); }
int InterventionModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : ColumnCount; }

QVariant InterventionModel::data(const QModelIndex& at, int role) const {
    if (!at.isValid()) return {};
    const InterventionValue& v = m_list[static_cast<std::size_t>(at.row())];
    if (at.column() == Enabled && role == Qt::CheckStateRole) return v.enabled ? Qt::Checked : Qt::Unchecked;
    if (role == Qt::ToolTipRole) return kindDefinition(v.kind);
    if (role != Qt::DisplayRole && role != Qt::EditRole) return {};
    switch (at.column()) {
        case Kind: return kindText(v.kind);
        case Layers: return indicesText(v.layers);
        case Channels: return v.kind == InterventionValue::Kind::AblateLayer ? QString() : indicesText(v.channels);
        case Value: return valueText(v);
        default: return {};
    }
}

QVariant InterventionModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole) return {};
    switch (section) {
        case Enabled: return tr("On");
        case Kind: return tr("What");
        case Layers: return tr("Layers");
        case Channels: return tr("Channels");
        case Value: return tr("Value");
        default: return {};
    }
}

Qt::ItemFlags InterventionModel::flags(const QModelIndex& at) const {
    Qt::ItemFlags flags = QAbstractTableModel::flags(at);
    if (!at.isValid()) return flags;
    const InterventionValue::Kind kind = m_list[static_cast<std::size_t>(at.row())].kind;
    if (at.column() == Enabled) flags |= Qt::ItemIsUserCheckable;
    const bool hasValue = kind == InterventionValue::Kind::ScaleDt || kind == InterventionValue::Kind::ClampDt;
    if (at.column() == Layers || (at.column() == Channels && kind != InterventionValue::Kind::AblateLayer) || (at.column() == Value && hasValue))
        flags |= Qt::ItemIsEditable;
    return flags;
}

bool InterventionModel::setData(const QModelIndex& at, const QVariant& value, int role) {
    if (!at.isValid()) return false;
    InterventionValue v = m_list[static_cast<std::size_t>(at.row())];
    const QString text = value.toString();
    const auto indices = [&](qint64 count, std::vector<qint64>& target, const QString& what) {
        const auto parsed = parseIndices(text, count);
        if (!parsed) Q_EMIT refused(tr("“%1” are no %2 of this model; write numbers from 0 to %3 like 0-3, 7, or all").arg(text, what).arg(count - 1));
        else target = *parsed;
        return parsed.has_value();
    };
    if (at.column() == Enabled && role == Qt::CheckStateRole) {
        v.enabled = value.toInt() == Qt::Checked;
        change(at.row(), v, v.enabled ? tr("switch “%1” on").arg(kindText(v.kind)) : tr("switch “%1” off").arg(kindText(v.kind)));
        return true;
    }
    if (role != Qt::EditRole) return false;
    if (at.column() == Layers && !indices(m_layers, v.layers, tr("layers"))) return false;
    if (at.column() == Channels && !indices(m_channels, v.channels, tr("channels"))) return false;
    if (at.column() == Value && !parseValue(text, v)) {
        Q_EMIT refused(v.kind == InterventionValue::Kind::ScaleDt ? tr("“%1” is no factor; write a number from 0 on").arg(text)
                                                                   : tr("“%1” are no limits; write two numbers like 0 … 0.1").arg(text));
        return false;
    }
    change(at.row(), v, tr("change “%1”").arg(kindText(v.kind)));
    return true;
}

}  // namespace ms
