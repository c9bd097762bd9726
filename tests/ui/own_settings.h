// Settings of a test's own, so that nothing of the user's is read or changed.
#pragma once

#include <QApplication>
#include <QSettings>
#include <QTemporaryDir>

#include "ui/style/appearance.h"

namespace ms::test {

inline constexpr int kPatience = 60'000;  ///< milliseconds until a test gives up waiting

/// `folder` outlives their use; they begin empty, and light.
inline void useOwnSettings(const QString& folder) {
    QCoreApplication::setOrganizationName(QStringLiteral("MambaScope tests"));
    QSettings::setDefaultFormat(QSettings::IniFormat);
    QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, folder);
    QSettings().clear();
    applyAppearance(*qApp, Appearance::Light);
}
inline void useOwnSettings(const QTemporaryDir& folder) { useOwnSettings(folder.path()); }

}  // namespace ms::test
