// Line icons in the text's colour: they follow light and dark.
#pragma once

#include <QIcon>
#include <QString>

namespace ms {

/// `name` without folder and ending: "play". Colours are taken from the palette at the moment of painting.
[[nodiscard]] QIcon icon(const QString& name);

}  // namespace ms
