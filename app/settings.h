// What the command line and the environment say, before there is a window.
#pragma once

#include <QString>
#include <QStringList>
#include <cstdint>
#include <optional>

#include "ui/style/appearance.h"
#include "ui/window/main_window.h"

namespace ms {

struct CommandLine {
    WindowOptions window;
    std::optional<Appearance> appearance;  ///< for this start only
    QString screenshot;                    ///< file to write a picture of the window to, then quit
    std::int64_t afterTokens = 100;
    std::int64_t benchTokens = 0;
    QSize size;                            ///< of the window, when given
    std::int64_t token = -1, layer = -1, channel = -1;  ///< to be selected before the picture is taken
};

/// Parses the arguments. Prints help, version or what is wrong and ends the program (0 or 2) where that is asked for.
[[nodiscard]] CommandLine parseCommandLine(const QStringList& arguments);

/// Whether a window could be shown: Qt would abort otherwise.
[[nodiscard]] bool displayAvailable();

/// The model "language" or "speech" that comes with the program: beside it, in its installation, or in the source tree. Empty: none is
/// there.
[[nodiscard]] QString embeddedModel(const QString& kind);

}  // namespace ms
