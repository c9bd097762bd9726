// The heatmap of a weight of any size: holds only what is seen, at the resolution it is seen at.
#pragma once

#include <QTimer>

#include "ui/models/model_queries.h"
#include "ui/plot/matrix_plot.h"

namespace ms {

class TensorPlot : public MatrixPlot {
    Q_OBJECT
public:
    explicit TensorPlot(ModelQueries& queries, QWidget* parent = nullptr);

    /// Asks for the whole tensor at the plot's resolution; the picture before stays, dimmed by a note, until it comes.
    void setTensor(const QString& name);
    /// Nothing is shown, nothing asked.
    void clear();
    void choose(const HeatmapSettings& settings);
    bool settle() override { return !m_refine.isActive(); }

Q_SIGNALS:
    /// A picture has come.
    void shown();

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void refine();
    void ask(const MatrixPart& part);
    void receive(const Answer<TensorPart>& answer, bool magnitudes);
    [[nodiscard]] MatrixPart wanted(double margin) const;
    [[nodiscard]] bool suffices(const MatrixPart& part) const;

    ModelQueries& m_queries;
    QString m_name;
    QTimer m_refine;                            // zooming and panning settle first
    std::shared_ptr<const Matrix> m_overview;   // the whole tensor, coarse
    bool m_magnitudes = false;
};

}  // namespace ms
