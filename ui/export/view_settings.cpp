#include "ui/export/view_settings.h"

#include <QRectF>
#include <QSettings>
#include <QSplitter>
#include <QTemporaryDir>

#include "ui/views/base/scope_view.h"

namespace ms {

namespace {

const QString kShown = QStringLiteral("shown/"), kSelection = QStringLiteral("selection/"), kSplitter = QStringLiteral("shown/splitter");

/// QSettings speaks to files only.
class Scratch {
public:
    Scratch() : m_settings(m_folder.filePath(QStringLiteral("view.ini")), QSettings::IniFormat) {}
    [[nodiscard]] QSettings& settings() { return m_settings; }
    [[nodiscard]] QMap<QString, QVariant> values(const QString& prefix) const {
        QMap<QString, QVariant> all;
        for (const QString& key : m_settings.allKeys()) all.insert(prefix + key, m_settings.value(key));
        return all;
    }

private:
    QTemporaryDir m_folder;
    QSettings m_settings;
};

// Types that a plain text does not show are named in front of it.
const QString kBytes = QStringLiteral("base64:"), kList = QStringLiteral("list:"), kRect = QStringLiteral("rect:");

QString joined(const QVariantList& list) {
    QStringList parts;
    for (const QVariant& part : list) parts << part.toString();
    return parts.join(QLatin1Char(' '));
}

QString textOf(const QVariant& value) {
    switch (value.typeId()) {
        case QMetaType::QByteArray: return kBytes + QString::fromLatin1(value.toByteArray().toBase64());
        case QMetaType::QVariantList: return kList + joined(value.toList());
        case QMetaType::QRectF: {
            const QRectF r = value.toRectF();
            return kRect + joined({r.x(), r.y(), r.width(), r.height()});
        }
        default: return value.toString();
    }
}

QVariant valueOf(const QString& text) {
    if (text.startsWith(kBytes)) return QByteArray::fromBase64(text.mid(kBytes.size()).toLatin1());
    const auto numbers = [&](const QString& kind) {
        QVariantList list;
        for (const QString& part : text.mid(kind.size()).split(QLatin1Char(' '), Qt::SkipEmptyParts)) list << part;
        return list;
    };
    if (text.startsWith(kList)) return numbers(kList);
    if (text.startsWith(kRect)) {
        const QVariantList n = numbers(kRect);
        return n.size() == 4 ? QVariant(QRectF(n[0].toDouble(), n[1].toDouble(), n[2].toDouble(), n[3].toDouble())) : QVariant();
    }
    return text;
}

}  // namespace

ViewSettings::ViewSettings(const ScopeView& view, const Selection& selection) {
    Scratch kept, shown;
    view.save(kept.settings());
    view.saveShown(shown.settings());
    m_values = kept.values({});
    m_values.insert(shown.values(kShown));
    const QList<QSplitter*> splitters = view.findChildren<QSplitter*>();
    for (qsizetype i = 0; i < splitters.size(); ++i) {
        if (!splitters[i]->isVisible()) continue;  // it never had a size to share out
        QVariantList sizes;
        for (const int size : splitters[i]->sizes()) sizes << size;
        m_values.insert(kSplitter + QString::number(i), sizes);
    }
    const auto add = [this](const char* key, const QVariant& value) { m_values.insert(kSelection + QLatin1String(key), value); };
    if (selection.token() >= 0) add("token", selection.token());
    if (selection.layer() >= 0) add("layer", selection.layer());
    if (selection.channel() >= 0) add("channel", selection.channel());
    if (!selection.tensor().isEmpty()) add("tensor", selection.tensor());
    if (selection.range().empty()) return;
    add("rangeFirst", selection.range().first);
    add("rangeEnd", selection.range().end);
}

void ViewSettings::applyTo(Selection& selection) const {
    const auto number = [this](const char* key) { return m_values.value(kSelection + QLatin1String(key), -1).toLongLong(); };
    selection.setRange({number("rangeFirst"), number("rangeEnd")});
    selection.setToken(number("token"));
    selection.setLayer(number("layer"));
    selection.setChannel(number("channel"));
    selection.setTensor(m_values.value(kSelection + QStringLiteral("tensor")).toString());
}

void ViewSettings::applyTo(ScopeView& view) const {
    Scratch scratch;
    for (auto it = m_values.constBegin(); it != m_values.constEnd(); ++it)
        if (!it.key().startsWith(kShown) && !it.key().startsWith(kSelection)) scratch.settings().setValue(it.key(), it.value());
    if (!scratch.settings().allKeys().isEmpty()) view.load(scratch.settings());
}

void ViewSettings::applyShownTo(ScopeView& view) const {
    Scratch scratch;
    for (auto it = m_values.constBegin(); it != m_values.constEnd(); ++it)
        if (it.key().startsWith(kShown)) scratch.settings().setValue(it.key().mid(kShown.size()), it.value());
    view.loadShown(scratch.settings());
}

void ViewSettings::shareOut(ScopeView& view) const {
    const QList<QSplitter*> splitters = view.findChildren<QSplitter*>();
    for (qsizetype i = 0; i < splitters.size(); ++i) {
        QList<int> sizes;
        for (const QVariant& size : m_values.value(kSplitter + QString::number(i)).toList()) sizes << size.toInt();
        if (sizes.size() == splitters[i]->count()) splitters[i]->setSizes(sizes);
    }
}

std::map<std::string, std::string> ViewSettings::toText() const {
    std::map<std::string, std::string> text;
    for (auto it = m_values.constBegin(); it != m_values.constEnd(); ++it) {
        const QString value = textOf(it.value());
        if (!value.isEmpty() || it.value().typeId() == QMetaType::QString) text[it.key().toStdString()] = value.toStdString();
    }
    return text;
}

ViewSettings ViewSettings::fromText(const std::map<std::string, std::string>& text) {
    ViewSettings settings;
    for (const auto& [key, value] : text) settings.set(QString::fromStdString(key), valueOf(QString::fromStdString(value)));
    return settings;
}

}  // namespace ms
