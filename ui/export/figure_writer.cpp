#include "ui/export/figure_writer.h"

#include <QBuffer>
#include <QFile>
#include <QImageReader>
#include <QImageWriter>
#include <QPainter>
#include <QPdfWriter>
#include <QSaveFile>
#include <QXmlStreamReader>
#include <cmath>

#include "ui/export/figure_page.h"
#include "ui/export/svg_device.h"

namespace ms {

namespace {

constexpr double kPointsPerInch = 72, kCentimetresPerInch = 2.54, kMetresPerInch = 0.0254;
constexpr int kPdfDotsPerInch = 1200;
constexpr qint64 kMostSvg = 256 << 20;  // bytes of a file that is looked into
const QString kNamespace = QStringLiteral("https://mambascope.org/ns/provenance");
const QString kProvenance = QString::fromLatin1(kProvenanceKey);

QString jsonOf(const FigureInfo& info) { return QString::fromStdString(toJson(info.provenance)); }
QString programOf(const FigureInfo& info) { return QString::fromStdString(info.provenance.program); }

QByteArray length(double units, FigureUnit unit, double scale) {
    return unit == FigureUnit::Pixels ? QByteArray::number(units * scale, 'f', 2) + "px"
                                      : QByteArray::number(units * kCentimetresPerInch / kFigureUnitsPerInch, 'f', 3) + "cm";
}

/// ISO 16684: what tools for images and documents read.
QByteArray xmpOf(const FigureInfo& info) {
    const auto text = [](const char* tag, const QString& value) {
        return QByteArray("<dc:") + tag + "><rdf:Alt><rdf:li xml:lang=\"x-default\">" + xmlText(value) + "</rdf:li></rdf:Alt></dc:" + tag + ">\n";
    };
    return QByteArray("<?xpacket begin=\"\xEF\xBB\xBF\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n"
                      "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n<rdf:Description rdf:about=\"\" "
                      "xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\" xmlns:mambascope=\"") +
           kNamespace.toLatin1() + "\">\n" + text("title", info.title) + text("description", info.description) + "<xmp:CreatorTool>" + xmlText(programOf(info)) +
           "</xmp:CreatorTool>\n<mambascope:provenance>" + xmlText(jsonOf(info)) +
           "</mambascope:provenance>\n</rdf:Description>\n</rdf:RDF>\n</x:xmpmeta>\n<?xpacket end=\"w\"?>\n";
}

Result<Provenance> provenanceOfSvg(QFile& file) {
    QXmlStreamReader xml(&file);
    while (!xml.atEnd())
        if (xml.readNext() == QXmlStreamReader::StartElement && xml.name() == QStringLiteral("provenance") && xml.namespaceUri() == kNamespace)
            return provenanceFromJson(xml.readElementText().toStdString(), file.fileName().toStdString());
    return Error{ErrorCode::Format, file.fileName().toStdString() + ": says nothing about what made it; only figures that MambaScope exported do"};
}

FigureDrawing drawingOf(const FigurePage& page) {
    return {page.options(), [&page](QPainter& painter) { page.draw(painter); }};
}

}  // namespace

QByteArray pngOf(QImage image, double dotsPerInch, const FigureInfo& info) {
    const int perMetre = static_cast<int>(std::lround(dotsPerInch / kMetresPerInch));
    image.setDotsPerMeterX(perMetre);
    image.setDotsPerMeterY(perMetre);
    if (!image.hasAlphaChannel() || image.pixelColor(0, 0).alpha() == 255) image = image.convertToFormat(QImage::Format_RGB32);
    QByteArray bytes;
    QBuffer buffer(&bytes);
    buffer.open(QIODevice::WriteOnly);
    QImageWriter writer(&buffer, "png");
    writer.setText(QStringLiteral("Title"), info.title);
    writer.setText(QStringLiteral("Description"), info.description);
    writer.setText(QStringLiteral("Software"), programOf(info));
    writer.setText(kProvenance, jsonOf(info));
    return writer.write(image) ? bytes : QByteArray();
}

QByteArray svgOf(const FigurePage& page, const FigureInfo& info) { return svgOf(drawingOf(page), info); }
QByteArray pdfOf(const FigurePage& page, const FigureInfo& info) { return pdfOf(drawingOf(page), info); }

QByteArray svgOf(const FigureDrawing& drawing, const FigureInfo& info) {
    const FigureOptions& options = drawing.options;
    const QSizeF size = options.layoutSize();
    SvgDevice device(size);
    QPainter painter(&device);
    drawing.draw(painter);
    painter.end();
    const auto number = [](double value) { return QByteArray::number(value, 'f', 3); };
    return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" version=\"1.1\" width=\"" +
           length(size.width(), options.unit, options.scale) + "\" height=\"" + length(size.height(), options.unit, options.scale) + "\" viewBox=\"0 0 " +
           number(size.width()) + ' ' + number(size.height()) + "\">\n<title>" + xmlText(info.title) + "</title>\n<desc>" + xmlText(info.description) +
           "</desc>\n<metadata><mambascope:provenance xmlns:mambascope=\"" + kNamespace.toLatin1() + "\">" + xmlText(jsonOf(info)) +
           "</mambascope:provenance></metadata>\n" + device.content() + "</svg>\n";
}

QByteArray pdfOf(const FigureDrawing& drawing, const FigureInfo& info) {
    QByteArray bytes;
    QBuffer buffer(&bytes);
    buffer.open(QIODevice::WriteOnly);
    const QSizeF size = drawing.options.layoutSize();
    QPdfWriter writer(&buffer);
    writer.setPageSize(QPageSize(size * (kPointsPerInch / kFigureUnitsPerInch), QPageSize::Point, {}, QPageSize::ExactMatch));
    writer.setPageMargins({});
    writer.setResolution(kPdfDotsPerInch);
    writer.setTitle(info.title);
    writer.setCreator(programOf(info));
    writer.setDocumentXmpMetadata(xmpOf(info));
    writer.addFileAttachment(QStringLiteral("provenance.json"), jsonOf(info).toUtf8(), QStringLiteral("application/json"));
    QPainter painter(&writer);
    painter.scale(kPdfDotsPerInch / kFigureUnitsPerInch, kPdfDotsPerInch / kFigureUnitsPerInch);
    drawing.draw(painter);
    painter.end();
    return bytes;
}

Result<void> writeFile(const QString& path, const QByteArray& bytes) {
    QSaveFile file(path);
    if (file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size() && file.commit()) return {};
    return Error{ErrorCode::Io, "cannot write " + path.toStdString() + ": " + file.errorString().toStdString() +
                                    "; choose a folder that you may write to, on a disk with room"};
}

Result<Provenance> provenanceOfFigure(const QString& path) {
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly)) return Error{ErrorCode::Io, "cannot read " + path.toStdString() + ": " + file.errorString().toStdString()};
    if (file.peek(4) != "\x89PNG") {
        if (file.size() <= kMostSvg) return provenanceOfSvg(file);
        return Error{ErrorCode::Format, path.toStdString() + ": is too large to be a figure of this program"};
    }
    const QString json = QImageReader(&file, "png").text(kProvenance);
    if (!json.isEmpty()) return provenanceFromJson(json.toStdString(), path.toStdString());
    return Error{ErrorCode::Format, path.toStdString() + ": says nothing about what made it; only figures that MambaScope exported do"};
}

}  // namespace ms
