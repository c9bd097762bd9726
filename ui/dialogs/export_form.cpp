#include "ui/dialogs/export_form.h"

#include <QCheckBox>
#include <QComboBox>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QSignalBlocker>
#include <QSpinBox>
#include <algorithm>

namespace ms {

namespace {
constexpr double kCentimetresPerUnit = 2.54 / 96;

QWidget* inRow(std::initializer_list<QWidget*> widgets) {
    auto* row = new QWidget;
    auto* layout = new QHBoxLayout(row);
    layout->setContentsMargins(0, 0, 0, 0);
    for (QWidget* widget : widgets) layout->addWidget(widget);
    layout->addStretch(1);
    return row;
}
}  // namespace

ExportForm::ExportForm(QWidget* parent) : QWidget(parent), m_form(new QFormLayout(this)) {
    m_form->setContentsMargins(0, 0, 0, 0);
    m_format = addCombo("format", tr("&Format"),
                        {tr("PNG: pixels"), tr("SVG: vector, for editing"), tr("PDF: vector, for LaTeX"), tr("CSV: numbers, a line each"),
                         tr("NPZ: numbers, for NumPy")});
    addSize();
    addTokens();
    m_colours = addCombo("colours", tr("Co&lours"), {tr("for print"), tr("light"), tr("dark"), tr("as in the window")});
    m_title = addCheck("title", tr("Title"), tr("The view's title above it"));
    m_axes = addCheck("axisTitles", tr("Axis titles"), tr("What the axes and the colour bar stand for"));
    m_bar = addCheck("colourBar", tr("Colour bar"), tr("Which colour is which value"));
    m_marks = addCheck("marks", tr("Cursor and selection"), tr("Marks of what is selected in the window"));
    m_transparent = addCheck("transparent", tr("Transparent background"), tr("Nothing behind the plots"));
    m_rectangles = addCheck("cellRectangles", tr("Cells as rectangles"), tr("Heatmap cells can be edited one by one; large heatmaps make large files"));
    m_captionShown = addCheck("captionShown", tr("Caption"), tr("What is shown, below the figure"));
    m_caption = new QLineEdit;
    m_caption->setPlaceholderText(tr("made of what is shown"));
    nameControl(m_caption, "caption", tr("Text of the caption; empty: made of what is shown"));
    m_form->addRow(tr("Caption &text"), m_caption);
    m_columns = new QSpinBox;
    m_columns->setRange(1, 6);
    nameControl(m_columns, "columns", tr("Columns of a figure of several views"));
    m_form->addRow(tr("Columns"), m_columns);

    const auto tell = [this] {
        updateEnabled();
        Q_EMIT changed();
    };
    for (QComboBox* box : {m_colours, m_tokens}) connect(box, &QComboBox::currentIndexChanged, this, tell);
    for (QDoubleSpinBox* box : {m_width, m_height, m_dpi, m_scale, m_points}) connect(box, &QDoubleSpinBox::valueChanged, this, tell);
    for (QSpinBox* box : {m_first, m_last, m_columns}) connect(box, &QSpinBox::valueChanged, this, tell);
    for (QCheckBox* box : findChildren<QCheckBox*>()) connect(box, &QCheckBox::toggled, this, tell);
    connect(m_caption, &QLineEdit::textChanged, this, tell);
    connect(m_unit, &QComboBox::currentIndexChanged, this, &ExportForm::convertSize);
    connect(m_format, &QComboBox::currentIndexChanged, this, [this] {
        updateEnabled();
        Q_EMIT formatChanged(format());
        Q_EMIT changed();
    });
    setOptions({});
}

void ExportForm::nameControl(QWidget* control, const char* name, const QString& accessibleName) const {
    control->setObjectName(QStringLiteral("export_") + QLatin1String(name));
    control->setAccessibleName(accessibleName);
    control->setToolTip(accessibleName);
}

QComboBox* ExportForm::addCombo(const char* name, const QString& label, const QStringList& choices) {
    auto* box = new QComboBox;
    box->addItems(choices);
    nameControl(box, name, QString(label).remove(QLatin1Char('&')));
    m_form->addRow(label, box);
    return box;
}

QCheckBox* ExportForm::addCheck(const char* name, const QString& text, const QString& toolTip) {
    auto* box = new QCheckBox(text);
    nameControl(box, name, toolTip);
    m_form->addRow(QString(), box);
    return box;
}

QDoubleSpinBox* ExportForm::makeNumber(const char* name, const QString& accessibleName, double least, double most, int decimals) {
    auto* box = new QDoubleSpinBox;
    box->setRange(least, most);
    box->setDecimals(decimals);
    box->setKeyboardTracking(false);
    nameControl(box, name, accessibleName);
    return box;
}

void ExportForm::addSize() {
    m_width = makeNumber("width", tr("Width of the figure"), 1, 20'000, 1);
    m_height = makeNumber("height", tr("Height of the figure"), 1, 20'000, 1);
    m_unit = new QComboBox;
    m_unit->addItems({tr("cm"), tr("pixels")});
    nameControl(m_unit, "unit", tr("Unit of the size"));
    m_form->addRow(tr("&Size"), inRow({m_width, new QLabel(QStringLiteral("×")), m_height, m_unit}));
    m_dpi = makeNumber("dpi", tr("Dots per inch: pixels of a PNG, and of pictures inside SVG and PDF"), 30, 2400, 0);
    m_points = makeNumber("points", tr("Size of letters as printed, in points"), 4, 40, 1);
    m_scale = makeNumber("scale", tr("Letters and lines: 1 as large as in the window, 2 twice as large"), 0.25, 16, 2);
    m_points->setSuffix(tr(" pt letters"));
    m_dpi->setSuffix(tr(" dpi"));
    m_scale->setSuffix(tr(" × as large"));
    m_form->addRow(tr("&Resolution"), inRow({m_dpi, m_points, m_scale}));
}

void ExportForm::addTokens() {
    m_tokens = addCombo("tokens", tr("&Tokens"), {tr("those in view"), tr("all"), tr("from … to")});
    m_first = new QSpinBox;
    m_last = new QSpinBox;
    nameControl(m_first, "firstToken", tr("First token"));
    nameControl(m_last, "lastToken", tr("Last token"));
    m_range = inRow({m_first, new QLabel(QStringLiteral("–")), m_last});
    m_form->addRow(QString(), m_range);
    m_fit = addCheck("fit", tr("Fill the width"), tr("Tokens fill the figure's width; else each is as wide as in the window"));
}

/// The same size in the other unit, as near as it goes.
void ExportForm::convertSize() {
    const auto unit = static_cast<FigureUnit>(m_unit->currentIndex());
    if (unit == m_shownUnit) return;
    m_shownUnit = unit;
    const double factor = unit == FigureUnit::Pixels ? m_scale->value() / kCentimetresPerUnit : kCentimetresPerUnit / m_scale->value();
    const double width = m_width->value() * factor, height = m_height->value() * factor;
    {
        const QSignalBlocker quietWidth(m_width), quietHeight(m_height);
        for (QDoubleSpinBox* box : {m_width, m_height}) box->setDecimals(unit == FigureUnit::Pixels ? 0 : 1);
        m_width->setValue(width);
        m_height->setValue(height);
    }
    updateEnabled();
    Q_EMIT changed();
}

void ExportForm::updateEnabled() {
    const bool pixels = m_unit->currentIndex() == 1, picture = !isNumbers(format()), png = format() == ExportFormat::Png;
    m_dpi->setVisible(!pixels);
    m_points->setVisible(!pixels);
    m_scale->setVisible(pixels);
    m_form->setRowVisible(m_range, m_tokens->currentIndex() == static_cast<int>(FigureTokens::Range));
    m_caption->setEnabled(picture && m_captionShown->isChecked());
    m_rectangles->setEnabled(picture && !png);
    for (QWidget* control : std::initializer_list<QWidget*>{m_width, m_height, m_unit, m_dpi, m_points, m_scale, m_colours, m_title, m_axes, m_captionShown, m_bar, m_marks,
                                                            m_transparent, m_fit, m_columns})
        control->setEnabled(picture);
}

FigureOptions ExportForm::options() const {
    FigureOptions o;
    o.unit = static_cast<FigureUnit>(m_unit->currentIndex());
    o.size = {m_width->value(), m_height->value()};
    o.dpi = m_dpi->value();
    o.scale = m_scale->value();
    o.fontPoints = m_points->value();
    o.colours = static_cast<FigureColours>(m_colours->currentIndex());
    o.transparent = m_transparent->isChecked();
    o.title = m_title->isChecked();
    o.axisTitles = m_axes->isChecked();
    o.caption = m_captionShown->isChecked();
    o.captionText = m_caption->text().trimmed();
    o.colourBar = m_bar->isChecked();
    o.marks = m_marks->isChecked();
    o.cellRectangles = m_rectangles->isChecked();
    o.tokens = static_cast<FigureTokens>(m_tokens->currentIndex());
    if (o.tokens == FigureTokens::Range) o.range = {m_first->value(), m_last->value() + 1};
    o.fitTokens = m_fit->isChecked();
    o.columns = m_columns->value();
    return o;
}

void ExportForm::setOptions(const FigureOptions& o) {
    const QSignalBlocker quiet(this);
    m_shownUnit = o.unit;
    m_unit->setCurrentIndex(static_cast<int>(o.unit));
    for (QDoubleSpinBox* box : {m_width, m_height}) box->setDecimals(o.unit == FigureUnit::Pixels ? 0 : 1);
    m_width->setValue(o.size.width());
    m_height->setValue(o.size.height());
    m_dpi->setValue(o.dpi);
    m_scale->setValue(o.scale);
    m_points->setValue(o.fontPoints);
    m_colours->setCurrentIndex(static_cast<int>(o.colours));
    m_transparent->setChecked(o.transparent);
    m_title->setChecked(o.title);
    m_axes->setChecked(o.axisTitles);
    m_captionShown->setChecked(o.caption);
    m_caption->setText(o.captionText);
    m_bar->setChecked(o.colourBar);
    m_marks->setChecked(o.marks);
    m_rectangles->setChecked(o.cellRectangles);
    m_tokens->setCurrentIndex(static_cast<int>(o.tokens));
    m_fit->setChecked(o.fitTokens);
    m_columns->setValue(o.columns);
    updateEnabled();
}

ExportFormat ExportForm::format() const { return kExportFormats[static_cast<std::size_t>(std::max(0, m_format->currentIndex()))]; }
void ExportForm::setFormat(ExportFormat format) { m_format->setCurrentIndex(static_cast<int>(format)); }

void ExportForm::setTokenCount(qint64 count) {
    const QSignalBlocker quietFirst(m_first), quietLast(m_last);
    const int last = static_cast<int>(std::max<qint64>(0, count - 1));
    m_first->setRange(0, last);
    m_last->setRange(0, last);
    m_last->setValue(last);
}

void ExportForm::setPanels(int count) { m_form->setRowVisible(m_columns, count > 1); }

}  // namespace ms
