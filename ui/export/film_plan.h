// What the user chooses about a film of a run, and what follows: how many frames, and what each one shows.
#pragma once

#include "engine/film/film_options.h"
#include "ui/export/figure_options.h"

namespace ms {

/// Tokens appear one by one. Where the figure's tokens fit the width, they fill it from left to right; else the newest
/// stands at the right and older ones move out of view.
struct FilmPlan {
    FigureOptions figure = ofScreen();  ///< a size in pixels; which tokens, around the plots what
    FilmFormat format = FilmFormat::Mp4;
    int framesPerSecond = 30;
    double tokensPerSecond = 20;
    double stillSeconds = 1;   ///< that the last picture stays: some players begin anew at once
    double quality = 0.75;     ///< 0 (small) to 1 (good)

    bool operator==(const FilmPlan&) const = default;

    /// 1280 × 720 pixels, in the window's colours, all tokens, without a caption.
    [[nodiscard]] static FigureOptions ofScreen();

    /// Frames in which tokens come, the last of which shows all.
    [[nodiscard]] qint64 growingFrames(qint64 tokens) const;
    /// All frames, those that stand still at the end included.
    [[nodiscard]] qint64 frames(qint64 tokens) const;
    [[nodiscard]] double seconds(qint64 tokens) const { return static_cast<double>(frames(tokens)) / framesPerSecond; }
    /// Tokens that frame `frame`, from 0, shows of `tokens`: at least one.
    [[nodiscard]] qint64 tokensIn(qint64 frame, qint64 tokens) const;
    /// Chooses the speed so that the film of so many tokens lasts `seconds`, the still end included.
    void setSeconds(double seconds, qint64 tokens);

    /// Empty, or one line that says which choice no film can be made with and why.
    [[nodiscard]] QString problem(qint64 tokens) const;

    void save(QSettings& store) const;
    void load(const QSettings& store);
};

}  // namespace ms
