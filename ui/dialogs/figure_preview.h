// What a figure will look like, made anew whenever its options change.
#pragma once

#include <QLabel>
#include <QTimer>
#include <memory>

#include "ui/export/export_job.h"

namespace ms {

class FigurePreview : public QLabel {
    Q_OBJECT
public:
    explicit FigurePreview(QWidget* parent = nullptr);
    ~FigurePreview() override;

    /// Other views; drawn once options are known.
    void setPanels(const FigureSource& source, const std::vector<FigurePanel>& panels);
    void setOptions(const FigureOptions& options);
    /// Null until there is one.
    [[nodiscard]] const FigurePage* page() const { return m_page && m_page->isSettled() ? m_page.get() : nullptr; }

    [[nodiscard]] QSize sizeHint() const override { return {520, 420}; }
    [[nodiscard]] QSize minimumSizeHint() const override { return {240, 180}; }

Q_SIGNALS:
    /// A picture of what the options ask for is there.
    void shown();

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void layOut();
    void showPicture();
    void say(const QString& text);

    std::unique_ptr<FigurePage> m_page;
    FigureOptions m_options;
    QTimer m_due;
};

}  // namespace ms
