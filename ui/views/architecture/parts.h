// What the boxes of the architecture say: the weights behind each, their shapes and counts, and what it does.
#pragma once

#include <QString>
#include <QStringList>

#include "ui/models/values.h"

namespace ms {

/// A box's content. Without tensors it is a function that has no weights.
struct Part {
    QString title;
    QString detail;            ///< shapes: "[256, 64] + [256]"
    QString definition;        ///< one sentence
    QStringList tensors;       ///< full names, the weight first
    QString shapes;            ///< "weight [256, 64] F32, bias [256] F32"
    std::int64_t parameters = 0;
};

enum class BlockPart { Norm, InProj, Conv, XProj, DtProj, A, D, OutProj };
enum class ModelPart { Embedding, FinalNorm, Head };

[[nodiscard]] Part partOf(const ModelSummary& model, ModelPart part);
[[nodiscard]] Part partOf(const ModelSummary& model, qint64 layer, BlockPart part);
/// A layer as a whole: how many tensors and parameters.
[[nodiscard]] Part layerPart(const ModelSummary& model, qint64 layer);

}  // namespace ms
