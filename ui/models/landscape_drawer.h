// Pictures of height fields as views ask for them: drawn beside the GUI thread, answered there.
#pragma once

#include <QPointF>
#include <limits>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "ui/models/model_queries.h"

namespace ms {

struct LandscapeField {
    qint64 rows = 0, columns = 0;
    std::vector<float> heights;          // [rows, columns], 0 … 1; NaN: a hole
    std::vector<std::uint32_t> colours;  // [rows, columns], 0xAARRGGBB
};

/// Where the camera is: angles in radians, yaw 0 looks across the columns with the first row at the left.
struct LandscapeOrbit {
    float yaw = 0.35f, pitch = 0.55f, distance = 2.6f;
    float targetX = 0, targetY = 0, targetZ = 0;
    float fov = 0.6f;

    bool operator==(const LandscapeOrbit&) const = default;
};

struct LandscapeRequest {
    std::shared_ptr<const LandscapeField> field;
    int width = 0, height = 0;                     ///< pixels
    LandscapeOrbit orbit;
    float heightScale = 0.6f;                      ///< of the box, beside its extents along rows and columns
    float rowSpan = 2.0f, columnSpan = 1.2f;
    float zeroLevel = std::numeric_limits<float>::quiet_NaN();  ///< height of zero; NaN: none
    qint64 markedRow = -1;
    std::uint32_t background = 0xffffffffu, grid = 0xff808080u, mark = 0xff000000u;
    qint64 maxCells = 4096 * 128;                  ///< larger fields are drawn coarser
};

struct LandscapePicture {
    int width = 0, height = 0;
    std::vector<std::uint32_t> pixels;  // [height, width], 0xffRRGGBB
};

class LandscapeDrawer {
public:
    virtual ~LandscapeDrawer() = default;

    /// Returns at once. An asker's newer request replaces an older one that is not being drawn yet; every picture drawn is
    /// answered, in order, until the asker is gone. From the GUI thread.
    virtual void draw(QObject* asker, const LandscapeRequest& request, const Answered<LandscapePicture>& answered) = 0;
    /// Row and column of the cell seen at a pixel of the picture.
    [[nodiscard]] virtual std::optional<std::pair<qint64, qint64>> pick(const LandscapeRequest& request, const QPointF& pixel) const = 0;
    /// Where a point of the field appears; the middle of cell r, c is r + ½, c + ½. Nothing behind the camera.
    [[nodiscard]] virtual std::optional<QPointF> project(const LandscapeRequest& request, double row, double column, double height) const = 0;
};

}  // namespace ms
