// Writes what a QPainter draws as SVG. QSvgGenerator of Qt 6.4 would do but for two things that figures need: it knows no
// clipping, so that curves run out of their axes, and turns patterns into pictures.
#pragma once

#include <QByteArray>
#include <QPaintDevice>
#include <QSizeF>
#include <memory>

namespace ms {

class SvgEngine;

/// Text becomes <text>, lines and areas paths, images embedded PNG. Opacity of pens and brushes, clipping, flat and hatched
/// brushes are kept; gradients and composition modes other than SourceOver are not known.
class SvgDevice final : public QPaintDevice {
public:
    /// In units of the drawing; lengths in the file are these, whatever the file says the drawing's size is.
    explicit SvgDevice(QSizeF size);
    ~SvgDevice() override;

    /// What was drawn so far: definitions and elements, without the <svg> around them. The painter has ended.
    [[nodiscard]] QByteArray content() const;

    [[nodiscard]] QPaintEngine* paintEngine() const override;

protected:
    int metric(PaintDeviceMetric metric) const override;

private:
    QSizeF m_size;
    std::unique_ptr<SvgEngine> m_engine;
};

/// Text and attributes of XML: escaped, without characters that XML does not know.
[[nodiscard]] QByteArray xmlText(const QString& text);

}  // namespace ms
