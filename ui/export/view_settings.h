// How a view is set and where the user looks, as values: what a second instance of the view needs to show the same.
#pragma once

#include <QMap>
#include <QString>
#include <QVariant>
#include <map>
#include <string>

#include "ui/models/selection.h"

namespace ms {

class ScopeView;

class ViewSettings {
public:
    ViewSettings() = default;
    /// Of a view as it is now.
    ViewSettings(const ScopeView& view, const Selection& selection);

    /// Keys as in the settings file; below "shown/" what ScopeView::saveShown keeps, below "selection/" the cursor.
    void set(const QString& key, const QVariant& value) { m_values.insert(key, value); }
    [[nodiscard]] const QMap<QString, QVariant>& values() const { return m_values; }

    void applyTo(Selection& selection) const;
    /// Before a model is open, so that nothing is computed twice.
    void applyTo(ScopeView& view) const;
    /// Once the model is open.
    void applyShownTo(ScopeView& view) const;
    /// How the view shares out its room, once it has its size.
    void shareOut(ScopeView& view) const;

    /// As text, for a file that tells what made it, and back. Values that no text stands for are left out.
    [[nodiscard]] std::map<std::string, std::string> toText() const;
    [[nodiscard]] static ViewSettings fromText(const std::map<std::string, std::string>& text);

private:
    QMap<QString, QVariant> m_values;
};

}  // namespace ms
