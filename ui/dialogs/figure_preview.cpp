#include "ui/dialogs/figure_preview.h"

#include <QPainter>
#include <algorithm>

namespace ms {

namespace {
constexpr int kRest = 120;       // milliseconds that a choice must stand
constexpr int kSquare = 8;       // of the chequers behind a transparent figure
}  // namespace

FigurePreview::FigurePreview(QWidget* parent) : QLabel(parent) {
    setObjectName(QStringLiteral("export_preview"));
    setAccessibleName(tr("Preview of the figure"));
    setAlignment(Qt::AlignCenter);
    setWordWrap(true);
    setFrameShape(QFrame::StyledPanel);
    setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Ignored);
    m_due.setSingleShot(true);
    m_due.setInterval(kRest);
    connect(&m_due, &QTimer::timeout, this, &FigurePreview::layOut);
}

FigurePreview::~FigurePreview() = default;

void FigurePreview::setPanels(const FigureSource& source, const std::vector<FigurePanel>& panels) {
    m_page = panels.empty() ? nullptr : makePage(source, panels);
    if (!m_page) return say(tr("Choose a view."));
    connect(m_page.get(), &FigurePage::settled, this, &FigurePreview::showPicture);
    connect(m_page.get(), &FigurePage::failed, this, &FigurePreview::say);
    m_due.start();
}

void FigurePreview::setOptions(const FigureOptions& options) {
    if (options == m_options) return;
    m_options = options;
    m_due.start();
}

void FigurePreview::layOut() {
    if (!m_page) return;
    if (const QString problem = m_options.problem(); !problem.isEmpty()) return say(problem);
    if (pixmap().isNull()) say(tr("Drawing…"));
    m_page->layOut(m_options);
}

void FigurePreview::say(const QString& text) {
    setPixmap({});
    setText(text);
}

void FigurePreview::showPicture() {
    if (!page()) return;
    const QSizeF size = m_options.layoutSize();
    const QSizeF room = QSizeF(contentsRect().size()) * devicePixelRatioF();
    const double scale = std::min({room.width() / size.width(), room.height() / size.height(), m_options.pixelsPerUnit() * 2});
    if (scale <= 0) return;
    const QImage drawn = m_page->image(scale);
    QPixmap picture(drawn.size());
    picture.fill(Qt::white);
    QPainter painter(&picture);
    if (m_options.transparent)
        for (int y = 0; y < picture.height(); y += kSquare)
            for (int x = y / kSquare % 2 * kSquare; x < picture.width(); x += 2 * kSquare) painter.fillRect(x, y, kSquare, kSquare, QColor(0xdd, 0xdd, 0xdd));
    painter.drawImage(0, 0, drawn);
    painter.end();
    picture.setDevicePixelRatio(devicePixelRatioF());
    setPixmap(picture);
    Q_EMIT shown();
}

void FigurePreview::resizeEvent(QResizeEvent* event) {
    QLabel::resizeEvent(event);
    if (page()) showPicture();
}

}  // namespace ms
