#include "ui/export/figure_page.h"

#include <QApplication>
#include <QFontMetricsF>
#include <QPainter>
#include <algorithm>
#include <cmath>

#include "ui/style/number_text.h"
#include "ui/views/base/scope_view.h"

namespace ms {

namespace {

constexpr double kGap = 6, kPanelGap = 14;      // units of the layout
constexpr double kMostCaption = 0.4;            // of the page's height
constexpr int kMostRounds = 3;                  // of layouts, until the caption says what the views have come to show
constexpr Qt::Alignment kCaptionFlags = Qt::AlignLeft | Qt::AlignTop;

QString letter(std::size_t panel) { return QString(QChar(static_cast<char16_t>(u'a' + panel % 26))); }

}  // namespace

FigurePage::FigurePage(std::vector<std::unique_ptr<FigureView>> panels, QObject* parent) : QObject(parent), m_panels(std::move(panels)) {
    for (const auto& panel : m_panels) {
        connect(panel.get(), &FigureView::settled, this, &FigurePage::onSettled);
        connect(panel.get(), &FigureView::failed, this, &FigurePage::failed);
    }
}

QFont FigurePage::plainFont() const {
    QFont font = QApplication::font();
    font.setPixelSize(std::max(1, static_cast<int>(std::lround(m_options.fontPixels()))));
    return font;
}

QFont FigurePage::boldFont() const {
    QFont font = plainFont();
    font.setBold(true);
    return font;
}

void FigurePage::layOut(const FigureOptions& options) {
    m_options = options;
    m_rounds = 0;
    place();
}

void FigurePage::place() {
    ++m_rounds;
    m_isSettled = false;
    const QSizeF size = m_options.layoutSize();
    const bool bare = !m_options.title && !m_options.axisTitles && !m_options.caption && m_panels.size() == 1;
    QRectF page = QRectF({0, 0}, size);
    if (!bare) page.adjust(kGap, kGap, -kGap, -kGap);
    m_caption = m_options.caption ? captionText(page.width(), kMostCaption * page.height()) : QString();
    m_captionPlace = {};
    if (!m_caption.isEmpty()) {
        const double height = captionHeight(m_caption, page.width());
        m_captionPlace = QRectF(page.left(), page.bottom() - height, page.width(), height);
        page.setBottom(m_captionPlace.top() - kGap);
    }
    const int columns = std::clamp(m_options.columns, 1, std::max(1, static_cast<int>(m_panels.size())));
    const int rows = (static_cast<int>(m_panels.size()) + columns - 1) / columns;
    const double width = (page.width() - (columns - 1) * kPanelGap) / columns, height = (page.height() - (rows - 1) * kPanelGap) / rows;
    m_places.clear();
    for (std::size_t i = 0; i < m_panels.size(); ++i) {
        const int column = static_cast<int>(i) % columns, row = static_cast<int>(i) / columns;
        m_places.push_back(placesOf(*m_panels[i], {page.left() + column * (width + kPanelGap), page.top() + row * (height + kPanelGap), width, height}));
    }
    for (std::size_t i = 0; i < m_panels.size(); ++i) m_panels[i]->layOut(m_options, m_places[i].content.size().expandedTo({20, 20}));
}

FigurePage::Places FigurePage::placesOf(const FigureView& view, const QRectF& panel) const {
    Places places;
    places.content = panel;
    const double line = QFontMetricsF(plainFont()).height();
    if (m_options.title || m_panels.size() > 1) {
        places.title = QRectF(panel.left(), panel.top(), panel.width(), QFontMetricsF(boldFont()).height());
        places.content.setTop(places.title.bottom() + kGap / 2);
    }
    if (!m_options.axisTitles) return places;
    const FigureTitles titles = view.view().figureTitles();
    if (!titles.y.isEmpty()) places.content.setLeft(panel.left() + line);
    if (!titles.value.isEmpty() && m_options.colourBar) places.content.setRight(panel.right() - line);
    if (!titles.x.isEmpty()) places.content.setBottom(panel.bottom() - line);
    const QRectF& c = places.content;
    if (!titles.y.isEmpty()) places.y = QRectF(panel.left(), c.top(), line, c.height());
    if (c.right() < panel.right()) places.value = QRectF(c.right(), c.top(), line, c.height());
    const auto [left, right] = view.plotEdges();
    if (!titles.x.isEmpty()) places.x = QRectF(c.left() + left * c.width(), c.bottom(), (right - left) * c.width(), line);
    return places;
}

/// What the views come to show may say other things, of another length, than before.
void FigurePage::onSettled() {
    if (m_isSettled || !std::all_of(m_panels.begin(), m_panels.end(), [](const auto& panel) { return panel->isSettled(); })) return;
    const QSizeF inside = m_options.layoutSize() - QSizeF(2 * kGap, 2 * kGap);
    const QString caption = m_options.caption ? captionText(inside.width(), kMostCaption * inside.height()) : QString();
    const bool fits = caption.isEmpty() || captionHeight(caption, inside.width()) <= m_captionPlace.height() + 0.5;
    const bool edges = m_rounds > 1;  // the axis title stands below the plot, whose margins are known now
    if ((!fits || !edges) && m_rounds < kMostRounds) return place();
    m_caption = caption;
    m_isSettled = true;
    Q_EMIT settled();
}

QString FigurePage::panelText(const FigureView& view, bool withDefinition) const {
    const ScopeView& v = view.view();
    QStringList parts;
    const QString definition = v.definition().section(QStringLiteral(". "), 0, 0);
    if (withDefinition && !definition.isEmpty()) parts << (definition.endsWith(QLatin1Char('.')) ? definition : definition + QLatin1Char('.'));
    QStringList shown;
    if (!v.shownText().isEmpty()) shown << v.shownText();
    if (!v.settingsText().isEmpty()) shown << v.settingsText();
    if (const TokenRange tokens = view.shownTokens(); !tokens.empty())
        shown << (v.model() && v.model()->speech ? tr("frames %1 to %2") : tr("tokens %1 to %2")).arg(groupedText(tokens.first), groupedText(tokens.end - 1));
    if (QString text = shown.join(QStringLiteral("; ")); !text.isEmpty()) {
        if (!text.section(QLatin1Char(' '), 0, 0).contains(QLatin1Char('.'))) text[0] = text[0].toUpper();  // but for names of tensors
        parts << text + QLatin1Char('.');
    }
    return parts.join(QLatin1Char(' '));
}

QString FigurePage::captionText(double width, double most) const {
    if (!m_options.captionText.isEmpty()) return m_options.captionText;
    const auto text = [&](bool withDefinition) {
        QStringList parts;
        for (std::size_t i = 0; i < m_panels.size(); ++i) {
            const QString own = panelText(*m_panels[i], withDefinition);
            if (!own.isEmpty()) parts << (m_panels.size() > 1 ? QStringLiteral("(%1) ").arg(letter(i)) + own : own);
        }
        if (!m_panels.empty() && m_panels.front()->model()) parts << tr("Model: %1.").arg(m_panels.front()->model()->name);
        return parts.join(QLatin1Char(' '));
    };
    const QString full = text(true);
    return captionHeight(full, width) <= most ? full : text(false);
}

double FigurePage::captionHeight(const QString& text, double width) const {
    return std::ceil(QFontMetricsF(plainFont()).boundingRect(QRectF(0, 0, width, 1e5), static_cast<int>(kCaptionFlags) | Qt::TextWordWrap, text).height());
}

void FigurePage::drawAround(QPainter& painter) const {
    const QPalette palette = m_options.palette();
    const QColor ink = palette.color(QPalette::Text);
    painter.setPen(ink);
    const auto upright = [&](const QRectF& place, const QString& text) {
        if (place.isEmpty()) return;
        painter.save();
        painter.translate(place.bottomLeft());
        painter.rotate(-90);
        const QString shown = QFontMetricsF(painter.font()).elidedText(text, Qt::ElideRight, place.height());
        painter.drawText(QRectF(0, 0, place.height(), place.width()), Qt::AlignCenter, shown);
        painter.restore();
    };
    for (std::size_t i = 0; i < m_panels.size(); ++i) {
        const Places& p = m_places[i];
        const FigureTitles titles = m_panels[i]->view().figureTitles();
        painter.setFont(boldFont());
        QString title = m_options.title ? m_panels[i]->view().title() : QString();
        if (m_panels.size() > 1) title = letter(i) + (title.isEmpty() ? QString() : QStringLiteral("   ") + title);
        if (!p.title.isEmpty())
            painter.drawText(p.title, Qt::AlignLeft | Qt::AlignVCenter, QFontMetricsF(painter.font()).elidedText(title, Qt::ElideRight, p.title.width()));
        painter.setFont(plainFont());
        upright(p.y, titles.y);
        upright(p.value, titles.value);
        if (!p.x.isEmpty()) painter.drawText(p.x, Qt::AlignCenter, titles.x);
    }
    if (m_captionPlace.isEmpty()) return;
    painter.setFont(plainFont());
    painter.setPen(palette.color(QPalette::PlaceholderText));
    painter.drawText(m_captionPlace, static_cast<int>(kCaptionFlags) | Qt::TextWordWrap, m_caption);
}

QImage FigurePage::image(double pixelsPerUnit) const {
    const QSizeF pixels = m_options.layoutSize() * pixelsPerUnit;
    QImage page(static_cast<int>(std::lround(pixels.width())), static_cast<int>(std::lround(pixels.height())), QImage::Format_ARGB32_Premultiplied);
    page.fill(m_options.palette().color(QPalette::Window));
    QPainter painter(&page);
    for (std::size_t i = 0; i < m_panels.size(); ++i)
        painter.drawImage((m_places[i].content.topLeft() * pixelsPerUnit).toPoint(), m_panels[i]->image(pixelsPerUnit));
    painter.end();
    page.setDevicePixelRatio(pixelsPerUnit);
    painter.begin(&page);
    drawAround(painter);
    painter.end();
    page.setDevicePixelRatio(1);
    return page;
}

void FigurePage::draw(QPainter& painter) const {
    const QColor background = m_options.palette().color(QPalette::Window);
    if (background.alpha() > 0) painter.fillRect(QRectF({0, 0}, m_options.layoutSize()), background);
    for (std::size_t i = 0; i < m_panels.size(); ++i) m_panels[i]->draw(painter, m_places[i].content);
    drawAround(painter);
}

void FigurePage::keepScale() {
    for (const auto& panel : m_panels) panel->keepScale();
}

void FigurePage::setTokensUpTo(qint64 end) {
    for (const auto& panel : m_panels) panel->setTokensUpTo(end);
}

bool FigurePage::look() {
    bool shows = true;
    for (const auto& panel : m_panels) shows = panel->look() && shows;
    return shows;
}

QString FigurePage::title() const {
    QStringList titles;
    for (const auto& panel : m_panels) titles << panel->view().title();
    return titles.join(QStringLiteral("; "));
}

}  // namespace ms
