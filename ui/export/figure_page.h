// A figure: one view or several on one page, with what a reader needs around them.
#pragma once

#include <QFont>
#include <QImage>
#include <QObject>
#include <QRectF>
#include <memory>
#include <vector>

#include "ui/export/figure_view.h"

namespace ms {

/// Titles, axis titles, letters of the panels and the caption are drawn here, the views draw the rest.
class FigurePage : public QObject {
    Q_OBJECT
public:
    explicit FigurePage(std::vector<std::unique_ptr<FigureView>> panels, QObject* parent = nullptr);

    [[nodiscard]] const std::vector<std::unique_ptr<FigureView>>& panels() const { return m_panels; }
    [[nodiscard]] const FigureOptions& options() const { return m_options; }

    /// settled() or failed() follow. May be called again with other options.
    void layOut(const FigureOptions& options);
    [[nodiscard]] bool isSettled() const { return m_isSettled; }

    /// Only when settled. As pixels, at the options' resolution.
    [[nodiscard]] QImage image() const { return image(m_options.pixelsPerUnit()); }
    /// At another one, for a preview.
    [[nodiscard]] QImage image(double pixelsPerUnit) const;
    /// As lines and text, in units of the layout, on a painter at 0, 0.
    void draw(QPainter& painter) const;

    // --- frames of a film, once it has settled: as FigureView ---
    void keepScale();
    void setTokensUpTo(qint64 end);
    [[nodiscard]] bool look();

    /// Of the file: "Δ  Step size · layers".
    [[nodiscard]] QString title() const;
    [[nodiscard]] QString caption() const { return m_caption; }

Q_SIGNALS:
    void settled();
    void failed(const QString& problem);

private:
    /// Where the parts of a panel stand, in units of the layout.
    struct Places {
        QRectF title, y, content, x, value;
    };
    void place();
    void onSettled();
    [[nodiscard]] Places placesOf(const FigureView& view, const QRectF& panel) const;
    [[nodiscard]] QString captionText(double width, double most) const;
    [[nodiscard]] QString panelText(const FigureView& view, bool withDefinition) const;
    [[nodiscard]] QFont plainFont() const;
    [[nodiscard]] QFont boldFont() const;
    [[nodiscard]] double captionHeight(const QString& text, double width) const;
    void drawAround(QPainter& painter) const;

    std::vector<std::unique_ptr<FigureView>> m_panels;
    FigureOptions m_options;
    std::vector<Places> m_places;
    QString m_caption;
    QRectF m_captionPlace;
    int m_rounds = 0;
    bool m_isSettled = false;
};

}  // namespace ms
