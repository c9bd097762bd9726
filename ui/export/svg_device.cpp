#include "ui/export/svg_device.h"

#include <QBuffer>
#include <QHash>
#include <QImage>
#include <QPaintEngine>
#include <QPainter>
#include <QPainterPath>
#include <cmath>

namespace ms {

namespace {

constexpr int kDotsPerInch = 96;
constexpr double kPointsPerInch = 72;

/// Three decimals are a hundredth of a pixel even when a reader enlarges tenfold.
QByteArray number(double value) {
    QByteArray text = QByteArray::number(value, 'f', 3);
    while (text.endsWith('0')) text.chop(1);
    if (text.endsWith('.')) text.chop(1);
    return text == "-0" ? QByteArray("0") : text;
}

QByteArray attribute(const char* name, const QByteArray& value) { return QByteArray(" ") + name + "=\"" + value + '"'; }
QByteArray attribute(const char* name, double value) { return attribute(name, number(value)); }

QByteArray paint(const char* name, const QColor& colour) {
    QByteArray text = attribute(name, colour.name(QColor::HexRgb).toLatin1());
    if (colour.alpha() < 255) text += attribute((QByteArray(name) + "-opacity").constData(), colour.alphaF());
    return text;
}

QByteArray pathData(const QPainterPath& path) {
    QByteArray d;
    for (int i = 0; i < path.elementCount(); ++i) {
        const QPainterPath::Element& e = path.elementAt(i);
        if (e.type == QPainterPath::MoveToElement) d += 'M';
        else if (e.type == QPainterPath::LineToElement) d += 'L';
        else if (e.type == QPainterPath::CurveToElement) d += 'C';
        else d += ' ';
        d += number(e.x) + ' ' + number(e.y);
    }
    return d;
}

QByteArray matrix(const QTransform& t) {
    return "matrix(" + number(t.m11()) + ' ' + number(t.m12()) + ' ' + number(t.m21()) + ' ' + number(t.m22()) + ' ' + number(t.dx()) + ' ' +
           number(t.dy()) + ')';
}

}  // namespace

QByteArray xmlText(const QString& text) {
    QString known;
    for (const QChar c : text)
        if (c.unicode() >= 0x20 ? c.unicode() != 0xfffe && c.unicode() != 0xffff : c == QLatin1Char('\n') || c == QLatin1Char('\t')) known += c;
    return known.toHtmlEscaped().toUtf8();
}

class SvgEngine final : public QPaintEngine {
public:
    SvgEngine()
        : QPaintEngine(PrimitiveTransform | PatternTransform | PixmapTransform | PatternBrush | AlphaBlend | PainterPaths | Antialiasing |
                       BrushStroke | ConstantOpacity | PaintOutsidePaintEvent) {}

    bool begin(QPaintDevice*) override { return true; }
    bool end() override {
        closeGroup();
        return true;
    }
    [[nodiscard]] Type type() const override { return SVG; }
    void updateState(const QPaintEngineState& now) override;

    void drawPath(const QPainterPath& path) override { write("<path" + attribute("d", pathData(path)) + fill() + fillRule(path.fillRule()) + stroke() + "/>\n"); }
    void drawPolygon(const QPointF* points, int count, PolygonDrawMode mode) override;
    void drawPolygon(const QPoint* points, int count, PolygonDrawMode mode) override;
    void drawRects(const QRectF* rects, int count) override;
    void drawRects(const QRect* rects, int count) override;
    void drawLines(const QLineF* lines, int count) override;
    void drawLines(const QLine* lines, int count) override;
    void drawImage(const QRectF& target, const QImage& image, const QRectF& source, Qt::ImageConversionFlags) override;
    void drawPixmap(const QRectF& target, const QPixmap& pixmap, const QRectF& source) override {
        drawImage(target, pixmap.toImage(), source, Qt::AutoColor);
    }
    void drawTextItem(const QPointF& at, const QTextItem& item) override;

    [[nodiscard]] QByteArray content() const { return "<defs>\n" + m_definitions + "</defs>\n" + m_body; }

private:
    void write(const QByteArray& element);
    void closeGroup();
    [[nodiscard]] QByteArray fill();
    [[nodiscard]] QByteArray stroke();
    [[nodiscard]] static QByteArray fillRule(Qt::FillRule rule) { return rule == Qt::OddEvenFill ? attribute("fill-rule", "evenodd") : QByteArray(); }
    [[nodiscard]] QByteArray hatch(const QBrush& brush);
    [[nodiscard]] QByteArray clip(const QPainterPath& path);

    QByteArray m_definitions, m_body;
    QHash<QByteArray, QByteArray> m_ids;    // of definitions, by what they are
    QByteArray m_group, m_opened;           // wanted around the next element, and open now
    QByteArray m_clip;
    QTransform m_transform;
    QPen m_pen;
    QBrush m_brush;
    double m_opacity = 1;
    bool m_smooth = false, m_smoothImages = false;
};

void SvgEngine::updateState(const QPaintEngineState& now) {
    const DirtyFlags dirty = now.state();
    if (dirty & DirtyPen) m_pen = now.pen();
    if (dirty & DirtyBrush) m_brush = now.brush();
    if (dirty & DirtyOpacity) m_opacity = now.opacity();
    if (dirty & DirtyHints) {
        m_smooth = now.renderHints().testFlag(QPainter::Antialiasing);
        m_smoothImages = now.renderHints().testFlag(QPainter::SmoothPixmapTransform);
    }
    if (dirty & DirtyTransform) m_transform = now.transform();
    if (dirty & (DirtyClipPath | DirtyClipRegion | DirtyClipEnabled)) {
        const bool clips = painter()->hasClipping();
        m_clip = clips ? clip(m_transform.map(painter()->clipPath())) : QByteArray();
    }
    m_group = m_clip.isEmpty() ? QByteArray() : attribute("clip-path", "url(#" + m_clip + ')');
    if (m_group.isEmpty() && m_transform.isIdentity()) return;
    // A clip is in the file's coordinates: it goes around the transform.
    m_group = "<g" + m_group + "><g" + (m_transform.isIdentity() ? QByteArray() : attribute("transform", matrix(m_transform))) + '>';
}

void SvgEngine::write(const QByteArray& element) {
    if (m_group != m_opened) {
        closeGroup();
        m_body += m_group;
        m_opened = m_group;
        if (!m_opened.isEmpty()) m_body += '\n';
    }
    m_body += element;
}

void SvgEngine::closeGroup() {
    if (!m_opened.isEmpty()) m_body += "</g></g>\n";
    m_opened.clear();
}

QByteArray SvgEngine::clip(const QPainterPath& path) {
    const QByteArray d = pathData(path);
    QByteArray& id = m_ids[d];
    if (id.isEmpty()) {
        id = "clip" + QByteArray::number(m_ids.size());
        m_definitions += "<clipPath" + attribute("id", id) + "><path" + attribute("d", d) + "/></clipPath>\n";
    }
    return id;
}

/// Qt's hatchings are eight pixels wide.
QByteArray SvgEngine::hatch(const QBrush& brush) {
    const QByteArray colour = paint("stroke", brush.color());
    const char* lines = brush.style() == Qt::FDiagPattern   ? "M0 0L8 8M-1 7L1 9M7 -1L9 1"
                        : brush.style() == Qt::BDiagPattern ? "M0 8L8 0M-1 1L1 -1M7 9L9 7"
                        : brush.style() == Qt::HorPattern   ? "M0 4L8 4"
                        : brush.style() == Qt::VerPattern   ? "M4 0L4 8"
                                                            : "M0 4L8 4M4 0L4 8";
    QByteArray& id = m_ids[lines + colour];
    if (id.isEmpty()) {
        id = "hatch" + QByteArray::number(m_ids.size());
        m_definitions += "<pattern" + attribute("id", id) + attribute("width", "8") + attribute("height", "8") +
                         attribute("patternUnits", "userSpaceOnUse") + "><path" + attribute("d", lines) + colour + attribute("fill", "none") + "/></pattern>\n";
    }
    return id;
}

QByteArray SvgEngine::fill() {
    QColor colour = m_brush.color();
    if (m_brush.style() == Qt::NoBrush || colour.alpha() == 0) return attribute("fill", "none");
    if (m_brush.style() >= Qt::HorPattern && m_brush.style() <= Qt::DiagCrossPattern) return attribute("fill", "url(#" + hatch(m_brush) + ')');
    if (m_brush.style() >= Qt::Dense1Pattern && m_brush.style() <= Qt::Dense7Pattern)  // dots, as dense as the colour is opaque
        colour.setAlphaF(colour.alphaF() * (1 - 0.125f * static_cast<float>(m_brush.style() - Qt::Dense1Pattern + 1)));
    colour.setAlphaF(colour.alphaF() * static_cast<float>(m_opacity));
    return paint("fill", colour);
}

QByteArray SvgEngine::stroke() {
    QColor colour = m_pen.color();
    if (m_pen.style() == Qt::NoPen || colour.alpha() == 0) return {};
    colour.setAlphaF(colour.alphaF() * static_cast<float>(m_opacity));
    const double width = m_pen.widthF() > 0 ? m_pen.widthF() : 1;
    QByteArray text = paint("stroke", colour);
    if (width != 1) text += attribute("stroke-width", width);
    if (m_pen.isCosmetic()) text += attribute("vector-effect", "non-scaling-stroke");
    if (m_pen.capStyle() != Qt::FlatCap) text += attribute("stroke-linecap", m_pen.capStyle() == Qt::RoundCap ? "round" : "square");
    if (m_pen.joinStyle() != Qt::MiterJoin) text += attribute("stroke-linejoin", m_pen.joinStyle() == Qt::RoundJoin ? "round" : "bevel");
    if (m_pen.style() != Qt::SolidLine) {
        QByteArray dashes;
        for (const double dash : m_pen.dashPattern()) dashes += (dashes.isEmpty() ? "" : ",") + number(dash * width);
        text += attribute("stroke-dasharray", dashes);
    }
    return text;
}

void SvgEngine::drawPolygon(const QPointF* points, int count, PolygonDrawMode mode) {
    QByteArray list;
    for (int i = 0; i < count; ++i) list += (i > 0 ? " " : "") + number(points[i].x()) + ',' + number(points[i].y());
    if (mode == PolylineMode) return write("<polyline" + attribute("points", list) + attribute("fill", "none") + stroke() + "/>\n");
    write("<polygon" + attribute("points", list) + fill() + fillRule(mode == WindingMode ? Qt::WindingFill : Qt::OddEvenFill) + stroke() + "/>\n");
}

void SvgEngine::drawPolygon(const QPoint* points, int count, PolygonDrawMode mode) {
    const QList<QPointF> exact(points, points + count);
    drawPolygon(exact.constData(), count, mode);
}

/// Without antialiasing a pen one pixel wide fills the pixel whose corner it runs along: half a pixel on.
void SvgEngine::drawRects(const QRectF* rects, int count) {
    const double shift = !m_smooth && m_pen.style() != Qt::NoPen && m_pen.widthF() <= 1 ? 0.5 : 0;
    const QByteArray look = fill() + stroke() + (m_smooth ? QByteArray() : attribute("shape-rendering", "crispEdges"));
    for (int i = 0; i < count; ++i) {
        const QRectF r = rects[i].normalized();
        write("<rect" + attribute("x", r.x() + shift) + attribute("y", r.y() + shift) + attribute("width", r.width()) + attribute("height", r.height()) + look + "/>\n");
    }
}

void SvgEngine::drawRects(const QRect* rects, int count) {
    for (int i = 0; i < count; ++i) {
        const QRectF exact(rects[i]);
        drawRects(&exact, 1);
    }
}

void SvgEngine::drawLines(const QLineF* lines, int count) {
    if (m_pen.style() == Qt::NoPen) return;
    const double shift = !m_smooth && m_pen.widthF() <= 1 ? 0.5 : 0;
    const QByteArray look = stroke();
    for (int i = 0; i < count; ++i) {
        const QLineF& l = lines[i];
        write("<line" + attribute("x1", l.x1() + shift) + attribute("y1", l.y1() + shift) + attribute("x2", l.x2() + shift) + attribute("y2", l.y2() + shift) + look + "/>\n");
    }
}

void SvgEngine::drawLines(const QLine* lines, int count) {
    for (int i = 0; i < count; ++i) {
        const QLineF exact(lines[i]);
        drawLines(&exact, 1);
    }
}

void SvgEngine::drawImage(const QRectF& target, const QImage& image, const QRectF& source, Qt::ImageConversionFlags) {
    const QRect part = source.toAlignedRect().intersected(image.rect());
    if (part.isEmpty()) return;
    QByteArray png;
    QBuffer buffer(&png);
    buffer.open(QIODevice::WriteOnly);
    image.copy(part).save(&buffer, "PNG");
    QByteArray element = "<image" + attribute("x", target.x()) + attribute("y", target.y()) + attribute("width", target.width()) +
                         attribute("height", target.height()) + attribute("preserveAspectRatio", "none");
    // Cells have edges: a reader must not blur them into each other.
    if (!m_smoothImages) element += attribute("image-rendering", "optimizeSpeed") + attribute("style", "image-rendering:pixelated");
    if (m_opacity < 1) element += attribute("opacity", m_opacity);
    write(element + attribute("xlink:href", "data:image/png;base64," + png.toBase64()) + "/>\n");
}

void SvgEngine::drawTextItem(const QPointF& at, const QTextItem& item) {
    const QFont font = item.font();
    const double pixels = font.pixelSize() > 0 ? font.pixelSize() : font.pointSizeF() * kDotsPerInch / kPointsPerInch;
    QColor ink = m_pen.color();
    ink.setAlphaF(ink.alphaF() * static_cast<float>(m_opacity));
    QByteArray element = "<text" + attribute("x", at.x()) + attribute("y", at.y()) + attribute("font-family", "'" + xmlText(font.family()) + "', sans-serif") +
                         attribute("font-size", pixels) + paint("fill", ink) + attribute("xml:space", "preserve");
    if (font.weight() != QFont::Normal) element += attribute("font-weight", QByteArray::number(font.weight()));
    if (font.italic()) element += attribute("font-style", "italic");
    if (font.underline()) element += attribute("text-decoration", "underline");
    write(element + '>' + xmlText(item.text()) + "</text>\n");
}

SvgDevice::SvgDevice(QSizeF size) : m_size(size), m_engine(std::make_unique<SvgEngine>()) {}
SvgDevice::~SvgDevice() = default;
QByteArray SvgDevice::content() const { return m_engine->content(); }
QPaintEngine* SvgDevice::paintEngine() const { return m_engine.get(); }

int SvgDevice::metric(PaintDeviceMetric metric) const {
    switch (metric) {
        case PdmWidth: return static_cast<int>(std::ceil(m_size.width()));
        case PdmHeight: return static_cast<int>(std::ceil(m_size.height()));
        case PdmWidthMM: return static_cast<int>(m_size.width() * 25.4 / kDotsPerInch);
        case PdmHeightMM: return static_cast<int>(m_size.height() * 25.4 / kDotsPerInch);
        case PdmDpiX: case PdmDpiY: case PdmPhysicalDpiX: case PdmPhysicalDpiY: return kDotsPerInch;
        case PdmNumColors: return 1 << 24;
        case PdmDepth: return 32;
        case PdmDevicePixelRatio: return 1;
        case PdmDevicePixelRatioScaled: return static_cast<int>(devicePixelRatioFScale());
    }
    return 0;
}

}  // namespace ms
