#include "ui/export/figure_view.h"

#include <QApplication>
#include <QImage>
#include <QLayout>
#include <QPainter>
#include <QSplitterHandle>
#include <algorithm>
#include <cmath>

#include "ui/plot/heatmap_painter.h"
#include "ui/views/base/captured_run.h"
#include "ui/views/base/scope_view.h"

namespace ms {

namespace {

constexpr int kLook = 8;              // milliseconds between two looks whether the view is settled
constexpr int kQuietLooks = 3;        // looks that must find nothing to do: what is due at once has begun between them
constexpr int kIdle = 1500;           // milliseconds after which an idle engine is taken at its word
constexpr double kMostStretch = 1.7;  // of the layout, so that tokens fill the width
constexpr double kSmaller = 0.85, kLeastLetters = 0.3, kLargest = 4;
constexpr int kRounds = 12;           // of a layout that depends on its own margins

std::vector<FigurePlot*> plotsOf(const QWidget& view) {
    std::vector<FigurePlot*> plots;
    for (QWidget* widget : view.findChildren<QWidget*>())
        if (auto* plot = dynamic_cast<FigurePlot*>(widget)) plots.push_back(plot);
    return plots;
}

}  // namespace

FigureView::FigureView(const FigureSource& source, const QString& id, const ViewSettings& settings, QObject* parent)
    : QObject(parent), m_source(source), m_settings(settings), m_queries(source.context.queries) {
    const ViewContext& c = source.context;
    m_view.reset(source.create(id, {c.store, c.baseline, c.tokens, m_axis, m_selection, m_queries, c.landscape, c.speech}));
    m_timer.setInterval(kLook);
    connect(&m_timer, &QTimer::timeout, this, &FigureView::tick);
    if (!m_view) return;
    m_axis.hold(c.axis.firstToken(), c.axis.tokenCount(), c.axis.step());
    m_room.setAttribute(Qt::WA_DontShowOnScreen);
    m_room.setAttribute(Qt::WA_QuitOnClose, false);
    m_room.installEventFilter(this);
    m_view->setParent(&m_room);
    if (m_source.request)
        connect(m_view.get(), &ScopeView::requestsChanged, this, [this] {
            if (m_view->model()) m_source.request(m_view.get(), m_view->requests());
        });
    m_settings.applyTo(m_selection);
    m_settings.applyTo(*m_view);
    m_view->setCompare(source.compare);
    m_view->setModel(source.model);
    m_settings.applyShownTo(*m_view);
    m_view->setControlsShown(false);
    for (QSplitterHandle* handle : m_view->findChildren<QSplitterHandle*>()) handle->installEventFilter(this);
}

/// Nobody sees what would be painted on its own account: draw() and image() paint. And the dots of splitters say "drag here".
bool FigureView::eventFilter(QObject* watched, QEvent* event) {
    if (watched == &m_room) return event->type() == QEvent::UpdateRequest || QObject::eventFilter(watched, event);
    return (event->type() == QEvent::Paint && !m_options.marks) || QObject::eventFilter(watched, event);
}

FigureView::~FigureView() {
    if (!m_view) return;
    m_view->disconnect(this);
    if (m_source.request) m_source.request(m_view.get(), {});
}

void FigureView::setFont(double pixels) {
    QFont font = QApplication::font();
    font.setPixelSize(std::max(1, static_cast<int>(std::lround(pixels))));
    // One by one: below an application with a style sheet neither fonts nor palettes are inherited.
    m_view->setFont(font);
    for (QWidget* widget : m_view->findChildren<QWidget*>()) widget->setFont(font);
}

void FigureView::layOut(const FigureOptions& options, QSizeF content) {
    m_options = options;
    m_content = content;
    m_isSettled = m_captured = false;
    m_quiet = 0;
    const TimeAxis& shown = m_source.context.axis;
    const qint64 count = shown.tokenCount();
    m_tokens = {0, count};
    if (options.tokens == FigureTokens::Shown && shown.viewport() > 0) m_tokens = {shown.firstToken(), std::min(count, shown.firstToken() + shown.visibleTokens())};
    if (options.tokens == FigureTokens::Range) m_tokens = {std::min(options.range.first, count), std::min(options.range.end, count)};
    const QPalette palette = options.palette();
    m_view->setPalette(palette);
    for (QWidget* widget : m_view->findChildren<QWidget*>()) widget->setPalette(palette);
    m_view->show();
    m_room.show();
    applyStyle();  // it changes how much room some parts need
    fitTokens(content);
    m_settings.shareOut(*m_view);
    applyStyle();
    m_since.start();
    m_idle.invalidate();
    m_timer.start();
}

/// The layout may be larger or smaller than the place: then all of it is drawn smaller or larger, its letters by as much
/// larger or smaller. So every view has the room it needs, and tokens, whole pixels wide, fill the width.
void FigureView::fitTokens(QSizeF content) {
    double letters = 1;  // share of the size that was asked for
    const auto layOutAt = [&](double width) {
        setFont(m_options.fontPixels() * letters * width / content.width());
        m_room.resize(static_cast<int>(std::lround(width)), static_cast<int>(std::lround(content.height() * width / content.width())));
        m_view->resize(m_room.size());
        if (m_view->layout()) m_view->layout()->activate();
    };
    const auto least = [&] {  // the width at which the view's parts have their least sizes
        const QSize size = m_view->minimumSizeHint();
        return std::max<double>(size.width(), size.height() * content.width() / content.height());
    };
    double width = content.width();
    layOutAt(width);
    for (int round = 0; round < kRounds && width < least(); ++round) layOutAt(width = std::ceil(least()));
    // Where text needs the room, its letters grow with every larger layout: then they must be smaller.
    while (width < least() && letters > kLeastLetters) {
        letters *= kSmaller;
        layOutAt(width = content.width());
        for (int round = 0; round < kRounds && width < least() && width < kLargest * content.width(); ++round) layOutAt(width = std::ceil(least()));
    }

    const TimeAxis& shown = m_source.context.axis;
    if (!m_options.fitTokens && m_options.tokens == FigureTokens::Shown)
        return m_axis.hold(shown.firstToken(), shown.tokenCount(), shown.step());
    if (m_axis.viewport() <= 0 || m_tokens.empty() || !m_options.fitTokens) return m_axis.hold(m_tokens.first, m_tokens.end, shown.step());

    const auto pixels = [&](const TimeScale& scale) {  // that the tokens take
        const qint64 columns = (m_tokens.end + scale.tokensPerColumn - 1) / scale.tokensPerColumn - m_tokens.first / scale.tokensPerColumn;
        return static_cast<double>(columns) * scale.columnPixels;
    };
    const auto scales = TimeAxis::scales();
    const auto stretch = [&](const TimeScale& scale) { return std::abs(std::log(pixels(scale) / m_axis.viewport())); };
    const auto best = std::min_element(scales.begin(), scales.end(), [&](const auto& a, const auto& b) { return stretch(a) < stretch(b); });
    if (const double wanted = pixels(*best), before = width; stretch(*best) <= std::log(kMostStretch)) {
        for (int round = 0; round < kRounds && m_axis.viewport() != static_cast<int>(wanted); ++round) {
            width = std::max(width + wanted - m_axis.viewport(), least());
            layOutAt(width);
        }
        // Of a plot that has only a share of the width, nothing may come near: its letters would be of any size.
        if (std::abs(std::log(width / before)) > std::log(kMostStretch)) layOutAt(before);
    }
    m_axis.hold(m_tokens.first, m_tokens.end, static_cast<int>(best - scales.begin()));
}

TokenRange FigureView::shownTokens() const {
    if (m_axis.viewport() <= 0) return {};
    return {m_axis.firstToken(), std::min(m_axis.tokenCount(), m_axis.firstToken() + m_axis.visibleTokens())};
}

std::pair<double, double> FigureView::plotEdges() const {
    if (m_axis.viewport() <= 0) return {0, 1};
    const QRect plot = HeatmapLayout::of(QRect(0, 0, m_view->width(), 1000), m_view->fontMetrics()).plot;
    return {static_cast<double>(plot.left()) / m_view->width(), static_cast<double>(plot.right() + 1) / m_view->width()};
}

void FigureView::applyStyle() {
    FigureStyle style;
    style.marks = m_options.marks;
    style.colourBar = m_options.colourBar;
    style.cellRectangles = m_options.cellRectangles && m_vector;
    style.vector = m_vector;
    style.steadyScale = m_keepsScale;
    style.resolution = m_options.pixelsPerUnit() * m_content.width() / m_view->width();
    for (FigurePlot* plot : plotsOf(*m_view)) plot->setFigureStyle(style);
}

bool FigureView::isCaptured() const {
    if (!m_source.request || !m_source.model) return true;
    const qint64 end = m_source.context.tokens.size();
    std::vector<SeriesKey> keys;
    for (const CaptureRequest& request : m_view->requests()) {
        const bool perLayer = info(request.point).perLayer;
        std::vector<LayerIndex> layers = request.layers;
        if (!perLayer) layers = {LayerIndex(-1)};
        else if (layers.empty())
            for (qint64 layer = 0; layer < m_source.model->dims.n_layer; ++layer) layers.emplace_back(layer);
        for (const LayerIndex layer : layers) keys.push_back({request.point, layer, request.reduction});
    }
    const ViewContext& context = m_source.context;
    const bool baseline = m_source.compare != Compare::Changed && context.baseline != nullptr;
    return (m_source.compare == Compare::Baseline || capturedFrom(*context.store, keys, end) == 0) &&
           (!baseline || capturedFrom(*context.baseline, keys, end) == 0);
}

bool FigureView::settlePlots() {
    bool settled = true;
    for (QWidget* widget : m_view->findChildren<QWidget*>())
        if (auto* plot = dynamic_cast<FigurePlot*>(widget); plot != nullptr && widget->isVisible()) settled = plot->settle() && settled;
    return settled;
}

void FigureView::tick() {
    if (m_since.elapsed() > m_patience) {
        m_timer.stop();
        Q_EMIT failed(tr("%1: its values did not come within %2 s; let the model rest, then try again").arg(m_view->title()).arg(m_patience / 1000));
        return;
    }
    if (!m_captured) {
        m_captured = isCaptured();
        const bool works = m_source.isWorking && m_source.isWorking();
        if (works || !m_idle.isValid()) m_idle.start();
        // Nobody will bring more: what is missing is drawn as missing.
        if (!m_captured && m_idle.elapsed() < kIdle) return;
        m_captured = true;
        m_view->dataChanged(0, m_source.context.tokens.size());
    }
    m_quiet = look() ? m_quiet + 1 : 0;
    if (m_quiet < kQuietLooks) return;
    m_timer.stop();
    m_isSettled = true;
    Q_EMIT settled();
}

void FigureView::keepScale() {
    m_keepsScale = true;
    applyStyle();
}

void FigureView::setTokensUpTo(qint64 end) {
    qint64 first = m_tokens.first;
    if (!m_options.fitTokens) {
        const qint64 perColumn = m_axis.scale().tokensPerColumn, past = end - m_axis.visibleTokens();
        first = std::max(first, (past + perColumn - 1) / perColumn * perColumn);
    }
    m_axis.hold(first, end, m_axis.step());
    m_selection.setToken(end - 1);
}

bool FigureView::look() { return settlePlots() && !m_view->isBusy() && m_queries.open() == 0; }

void FigureView::draw(QPainter& painter, const QRectF& place) const {
    painter.save();
    painter.translate(place.topLeft());
    painter.scale(place.width() / m_view->width(), place.width() / m_view->width());
    m_view->render(&painter, {}, {}, QWidget::DrawChildren);
    painter.restore();
}

QImage FigureView::image(double pixelsPerUnit) const {
    const QSizeF pixels = m_content * pixelsPerUnit;
    QImage image(static_cast<int>(std::lround(pixels.width())), static_cast<int>(std::lround(pixels.height())), QImage::Format_ARGB32_Premultiplied);
    image.setDevicePixelRatio(pixels.width() / m_view->width());
    image.fill(m_view->palette().color(QPalette::Window));
    QPainter painter(&image);
    m_view->render(&painter, {}, {}, QWidget::DrawChildren);
    painter.end();
    image.setDevicePixelRatio(1);
    return image;
}

}  // namespace ms
