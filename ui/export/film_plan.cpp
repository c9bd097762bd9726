#include "ui/export/film_plan.h"

#include <QCoreApplication>
#include <QSettings>
#include <algorithm>
#include <cmath>

#include "engine/film/film_codec.h"

namespace ms {

namespace {

constexpr qint64 kMostFrames = 1'000'000;
constexpr double kLeastSpeed = 0.01;  // tokens per second

QString tr(const char* text) { return QCoreApplication::translate("ms::FilmPlan", text); }

}  // namespace

FigureOptions FilmPlan::ofScreen() {
    FigureOptions figure;
    figure.unit = FigureUnit::Pixels;
    figure.size = {1280, 720};
    figure.colours = FigureColours::AsShown;
    figure.caption = false;
    figure.tokens = FigureTokens::All;
    return figure;
}

qint64 FilmPlan::growingFrames(qint64 tokens) const {
    const double frames = std::ceil(static_cast<double>(tokens) / tokensPerSecond * framesPerSecond - 1e-6);
    return std::max<qint64>(1, static_cast<qint64>(frames));
}

qint64 FilmPlan::frames(qint64 tokens) const { return growingFrames(tokens) + std::llround(std::max(0.0, stillSeconds) * framesPerSecond); }

qint64 FilmPlan::tokensIn(qint64 frame, qint64 tokens) const {
    if (frame + 1 >= growingFrames(tokens)) return tokens;
    const double shown = static_cast<double>(frame + 1) * tokensPerSecond / framesPerSecond;
    return std::clamp<qint64>(static_cast<qint64>(shown + 1e-6), 1, std::max<qint64>(1, tokens));
}

void FilmPlan::setSeconds(double seconds, qint64 tokens) {
    const double growing = std::max(seconds - stillSeconds, 1.0 / framesPerSecond);
    tokensPerSecond = std::max(static_cast<double>(tokens) / growing, kLeastSpeed);
}

QString FilmPlan::problem(qint64 tokens) const {
    if (tokens <= 0) return tr("There are no tokens to show: run a prompt or open a sound first.");
    if (const QString why = figure.problem(); !why.isEmpty()) return why;
    const QSize pixels = figure.pixelSize();
    if (std::max(pixels.width(), pixels.height()) > kMostFilmPixels)
        return tr("A film of %1 × %2 pixels cannot be written: choose at most %3 a side.").arg(pixels.width()).arg(pixels.height()).arg(kMostFilmPixels);
    if (framesPerSecond < 1 || framesPerSecond > mostFramesPerSecond(format))
        return tr("%1 frames a second cannot be written as %2: choose 1 to %3.").arg(framesPerSecond).arg(QLatin1String(nameOf(format))).arg(mostFramesPerSecond(format));
    if (!(tokensPerSecond >= kLeastSpeed)) return tr("The film would never end: choose at least %1 tokens a second.").arg(kLeastSpeed);
    if (const qint64 all = frames(tokens); all > kMostFrames)
        return tr("The film would have %1 frames: let tokens come faster, or choose fewer of them.").arg(all);
    return {};
}

void FilmPlan::save(QSettings& store) const {
    figure.save(store);
    store.setValue(QStringLiteral("follow"), !figure.fitTokens);
    store.setValue(QStringLiteral("format"), QLatin1String(extensionOf(format)));
    store.setValue(QStringLiteral("framesPerSecond"), framesPerSecond);
    store.setValue(QStringLiteral("tokensPerSecond"), tokensPerSecond);
    store.setValue(QStringLiteral("stillSeconds"), stillSeconds);
    store.setValue(QStringLiteral("quality"), quality);
}

void FilmPlan::load(const QSettings& store) {
    if (!store.contains(QStringLiteral("framesPerSecond"))) return;
    figure.load(store);
    figure.fitTokens = !store.value(QStringLiteral("follow"), false).toBool();
    const QString ending = store.value(QStringLiteral("format")).toString();
    for (const FilmFormat each : {FilmFormat::Mp4, FilmFormat::WebM, FilmFormat::Gif})
        if (ending == QLatin1String(extensionOf(each))) format = each;
    framesPerSecond = std::clamp(store.value(QStringLiteral("framesPerSecond")).toInt(), 1, mostFramesPerSecond(format));
    tokensPerSecond = std::max(store.value(QStringLiteral("tokensPerSecond"), tokensPerSecond).toDouble(), kLeastSpeed);
    stillSeconds = std::max(store.value(QStringLiteral("stillSeconds"), stillSeconds).toDouble(), 0.0);
    quality = std::clamp(store.value(QStringLiteral("quality"), quality).toDouble(), 0.0, 1.0);
}

}  // namespace ms
