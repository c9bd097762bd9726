// What a plot does to become part of a figure: drawn off screen, at another resolution, without the marks of who looks.
#pragma once

namespace ms {

struct FigureStyle {
    bool marks = false;           ///< cursors, chosen rows and ranges
    bool colourBar = true;
    bool cellRectangles = false;  ///< cells as rectangles, for editing; else as one picture
    bool vector = false;          ///< pictures hold cells, not pixels: the viewer enlarges them
    double resolution = 1;        ///< pixels of such a picture in one pixel of the plot's layout
    bool steadyScale = false;     ///< colours and heights mean what they mean now, whatever comes into view: for frames of a film
};

/// Implemented by widgets. Hover marks, and the frame of what has the focus, are never part of a figure.
class FigurePlot {
public:
    virtual ~FigurePlot() = default;

    /// From now on the plot is drawn for a figure.
    virtual void setFigureStyle(const FigureStyle& style) = 0;
    /// Takes up some of what was left for a later frame, for some milliseconds. True: nothing is left, a picture shows all.
    virtual bool settle() { return true; }
};

}  // namespace ms
