// "mambascope render": a figure, the numbers or a film of one view, without a display.
#pragma once

#include <QStringList>

namespace ms {

/// `arguments`: the program's, "render" among them at [1]. Needs no QApplication yet; chooses the platform that needs no
/// display. 0: written; 1: failed; 2: the arguments make no sense. Errors go to standard error, one line each.
[[nodiscard]] int render(int argc, char* argv[], const QStringList& arguments);

}  // namespace ms
