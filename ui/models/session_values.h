// Interventions and snapshots as the window shows them: plain values that cross to the engine and back.
#pragma once

#include <QMetaType>
#include <QString>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

namespace ms {

/// One change to the running model; see engine/runtime/interventions.h for what each kind does.
struct InterventionValue {
    enum class Kind { ScaleDt, ClampDt, ZeroChannels, FreezeChannels, AblateLayer };
    Kind kind = Kind::ScaleDt;
    std::vector<qint64> layers;    ///< empty: all
    std::vector<qint64> channels;  ///< empty: all
    float factor = 0.5f;           ///< ScaleDt
    float low = 0, high = std::numeric_limits<float>::infinity();  ///< ClampDt
    bool enabled = true;

    bool operator==(const InterventionValue&) const = default;
};
using InterventionList = std::vector<InterventionValue>;

struct SnapshotSummary {
    qint64 id = 0;
    QString name;
    qint64 tokens = 0;   ///< read up to and including the snapshot's last token
    QString lastText;    ///< of that token
    quint64 bytes = 0;
};

struct SnapshotLayerDistance {
    qint64 layer = 0;
    double distance = 0, relative = 0, cosine = 0;
    std::vector<std::pair<qint64, double>> topChannels;  ///< channel, distance
};

struct SnapshotComparison {
    QString first, second;
    std::vector<SnapshotLayerDistance> layers;
};

/// "0-3, 7" to numbers below `count`, ascending, each once; empty or "all": an empty list. Nothing when malformed.
[[nodiscard]] std::optional<std::vector<qint64>> parseIndices(const QString& text, qint64 count);
[[nodiscard]] QString indicesText(const std::vector<qint64>& indices);

}  // namespace ms
