// The choices of an export: format, size, colours, what stands around the plots, which tokens.
#pragma once

#include <QWidget>

#include "ui/export/figure_options.h"

class QCheckBox;
class QComboBox;
class QDoubleSpinBox;
class QFormLayout;
class QLineEdit;
class QSpinBox;

namespace ms {

class ExportForm : public QWidget {
    Q_OBJECT
public:
    explicit ExportForm(QWidget* parent = nullptr);

    [[nodiscard]] FigureOptions options() const;
    void setOptions(const FigureOptions& options);
    [[nodiscard]] ExportFormat format() const;
    void setFormat(ExportFormat format);
    /// Of the session: limits of a range.
    void setTokenCount(qint64 count);
    /// A figure of several views asks in how many columns they stand.
    void setPanels(int count);

Q_SIGNALS:
    void changed();
    void formatChanged(ms::ExportFormat format);

private:
    QComboBox* addCombo(const char* name, const QString& label, const QStringList& choices);
    QCheckBox* addCheck(const char* name, const QString& text, const QString& toolTip);
    QDoubleSpinBox* makeNumber(const char* name, const QString& accessibleName, double least, double most, int decimals);
    void addSize();
    void addTokens();
    void convertSize();
    void updateEnabled();
    void nameControl(QWidget* control, const char* name, const QString& accessibleName) const;

    QFormLayout* m_form;
    QComboBox *m_format, *m_unit, *m_colours, *m_tokens;
    QDoubleSpinBox *m_width, *m_height, *m_dpi, *m_scale, *m_points;
    QSpinBox *m_first, *m_last, *m_columns;
    QCheckBox *m_fit, *m_title, *m_axes, *m_captionShown, *m_bar, *m_marks, *m_transparent, *m_rectangles;
    QLineEdit* m_caption;
    QWidget* m_range;
    FigureUnit m_shownUnit = FigureUnit::Centimetres;
};

}  // namespace ms
