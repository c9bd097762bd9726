// What a view says of itself for a figure of it, and for those who find the file later.
#pragma once

#include <QString>
#include <optional>

#include "engine/base/typed_index.h"

namespace ms {

/// Axis titles that a figure writes around the view; empty where its plots have their own, or none.
struct FigureTitles {
    QString x, y;
    QString value;      ///< beside the colour bar
};

/// What is shown, in the words of the tables of probe points and measures.
struct ShownValues {
    QString probe;               ///< "dt.mean"; several separated by commas
    std::optional<LayerIndex> layer;
    QString normalisation;       ///< "per row"; empty: none
    QString scale;               ///< "log, 0.001 to 0.1"
};

}  // namespace ms
