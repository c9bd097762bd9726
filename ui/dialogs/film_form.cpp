#include "ui/dialogs/film_form.h"

#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QStandardItemModel>
#include <algorithm>

namespace ms {

namespace {

constexpr int kLeastSide = 80;
constexpr double kMostSpeed = 100'000, kMostSeconds = 100'000;

QWidget* inRow(std::initializer_list<QWidget*> widgets) {
    auto* row = new QWidget;
    auto* layout = new QHBoxLayout(row);
    layout->setContentsMargins(0, 0, 0, 0);
    for (QWidget* widget : widgets) layout->addWidget(widget);
    layout->addStretch(1);
    return row;
}

}  // namespace

FilmForm::FilmForm(QWidget* parent) : QWidget(parent), m_codecs(filmCodecChoices()), m_form(new QFormLayout(this)) {
    m_form->setContentsMargins(0, 0, 0, 0);
    QStringList formats;
    for (const FilmCodecChoice& each : m_codecs) formats << QLatin1String(nameOf(each.format));
    m_format = addCombo("format", tr("&Format"), tr("Format of the film"), formats);
    auto* items = qobject_cast<QStandardItemModel*>(m_format->model());
    for (std::size_t i = 0; items != nullptr && i < m_codecs.size(); ++i)
        items->item(static_cast<int>(i))->setEnabled(m_codecs[i].available);
    m_codec = name(new QLabel, "codec", tr("What the film is written with, and why"));
    m_codec->setWordWrap(true);
    m_form->addRow(QString(), m_codec);
    addSize();
    addSpeed();
    m_which = addCombo("tokens", tr("&Tokens"), tr("Which tokens the film shows"), {tr("all"), tr("those in view")});
    m_movement = addCombo("movement", tr("&Movement"), tr("Where new tokens appear"),
                          {tr("fill the width from left to right"), tr("follow the newest, as wide as in the window")});
    m_colours = addCombo("colours", tr("Co&lours"), tr("Colours of the film"), {tr("for print"), tr("light"), tr("dark"), tr("as in the window")});
    m_columns = name(new QSpinBox, "columns", tr("Columns of a film of several views"));
    m_columns->setRange(1, 6);
    m_form->addRow(tr("Columns"), m_columns);

    const auto tell = [this] {
        updateSeconds();
        Q_EMIT changed();
    };
    connect(m_format, &QComboBox::currentIndexChanged, this, [this] {
        tellFormat();
        Q_EMIT formatChanged();
        Q_EMIT changed();
    });
    for (QComboBox* box : {m_which, m_movement, m_colours}) connect(box, &QComboBox::currentIndexChanged, this, tell);
    for (QSpinBox* box : {m_width, m_height, m_rate, m_columns}) connect(box, &QSpinBox::valueChanged, this, tell);
    for (QDoubleSpinBox* box : {m_scale, m_speed, m_still}) connect(box, &QDoubleSpinBox::valueChanged, this, tell);
    connect(m_seconds, &QDoubleSpinBox::valueChanged, this, [this](double seconds) {
        FilmPlan wanted = plan();
        wanted.setSeconds(seconds, tokens());
        const QSignalBlocker quiet(m_speed);
        m_speed->setValue(wanted.tokensPerSecond);
        Q_EMIT changed();
    });
    setPlan({});
}

template <class Box>
Box* FilmForm::name(Box* box, const char* name, const QString& accessibleName) const {
    box->setObjectName(QStringLiteral("film_") + QLatin1String(name));
    box->setAccessibleName(accessibleName);
    box->setToolTip(accessibleName);
    return box;
}

QComboBox* FilmForm::addCombo(const char* comboName, const QString& label, const QString& accessibleName, const QStringList& choices) {
    auto* box = name(new QComboBox, comboName, accessibleName);
    box->addItems(choices);
    m_form->addRow(label, box);
    return box;
}

void FilmForm::addSize() {
    m_width = name(new QSpinBox, "width", tr("Width in pixels"));
    m_height = name(new QSpinBox, "height", tr("Height in pixels"));
    for (QSpinBox* box : {m_width, m_height}) {
        box->setRange(kLeastSide, kMostFilmPixels);
        box->setKeyboardTracking(false);
    }
    m_scale = name(new QDoubleSpinBox, "scale", tr("Letters and lines: 1 as large as in the window, 2 twice as large"));
    m_scale->setRange(0.25, 16);
    m_scale->setSuffix(tr(" × as large"));
    m_scale->setKeyboardTracking(false);
    m_form->addRow(tr("&Size"), inRow({m_width, new QLabel(QStringLiteral("×")), m_height, m_scale}));
}

void FilmForm::addSpeed() {
    m_rate = name(new QSpinBox, "rate", tr("Frames per second"));
    m_rate->setSuffix(tr(" frames/s"));
    m_speed = name(new QDoubleSpinBox, "speed", tr("Tokens per second"));
    m_speed->setRange(0.01, kMostSpeed);
    m_speed->setSuffix(tr(" tokens/s"));
    m_seconds = name(new QDoubleSpinBox, "seconds", tr("Length of the film in seconds, the still end included"));
    m_seconds->setRange(0.1, kMostSeconds);
    m_seconds->setSuffix(tr(" s in all"));
    m_still = name(new QDoubleSpinBox, "still", tr("How long the last picture stays, in seconds"));
    m_still->setRange(0, 60);
    m_still->setSuffix(tr(" s still at the end"));
    for (QDoubleSpinBox* box : {m_speed, m_seconds, m_still}) box->setKeyboardTracking(false);
    m_rate->setKeyboardTracking(false);
    m_form->addRow(tr("S&peed"), inRow({m_speed, m_seconds}));
    m_form->addRow(QString(), inRow({m_rate, m_still}));
}

void FilmForm::tellFormat() {
    const FilmCodecChoice& choice = m_codecs[static_cast<std::size_t>(std::max(0, m_format->currentIndex()))];
    m_codec->setText(QString::fromStdString(choice.sentence));
    m_rate->setRange(1, mostFramesPerSecond(choice.format));
}

void FilmForm::updateSeconds() {
    const QSignalBlocker quiet(m_seconds);
    m_seconds->setValue(plan().seconds(tokens()));
}

qint64 FilmForm::tokens() const { return m_which->currentIndex() == 0 ? m_all : m_shown; }

void FilmForm::setTokenCounts(qint64 all, qint64 shown) {
    m_all = all;
    m_shown = shown;
    updateSeconds();
}

FilmFormat FilmForm::format() const { return m_codecs[static_cast<std::size_t>(std::max(0, m_format->currentIndex()))].format; }

void FilmForm::setFormat(FilmFormat format) {
    for (std::size_t i = 0; i < m_codecs.size(); ++i)
        if (m_codecs[i].format == format && m_codecs[i].available) m_format->setCurrentIndex(static_cast<int>(i));
}

FilmPlan FilmForm::plan() const {
    FilmPlan plan = m_plan;
    plan.format = format();
    plan.figure.unit = FigureUnit::Pixels;
    plan.figure.size = {static_cast<double>(m_width->value()), static_cast<double>(m_height->value())};
    plan.figure.scale = m_scale->value();
    plan.figure.colours = static_cast<FigureColours>(m_colours->currentIndex());
    plan.figure.tokens = m_which->currentIndex() == 0 ? FigureTokens::All : FigureTokens::Shown;
    plan.figure.fitTokens = m_movement->currentIndex() == 0;
    plan.figure.columns = m_columns->value();
    plan.framesPerSecond = m_rate->value();
    plan.tokensPerSecond = m_speed->value();
    plan.stillSeconds = m_still->value();
    return plan;
}

/// A format that cannot be written here becomes the next one that can.
void FilmForm::setPlan(const FilmPlan& plan) {
    const QSignalBlocker quiet(this);
    m_plan = plan;
    const auto best = std::find_if(m_codecs.begin(), m_codecs.end(), [&](const auto& c) { return c.format == plan.format && c.available; });
    setFormat(best != m_codecs.end() ? plan.format : FilmFormat::Gif);
    tellFormat();
    m_width->setValue(static_cast<int>(plan.figure.size.width()));
    m_height->setValue(static_cast<int>(plan.figure.size.height()));
    m_scale->setValue(plan.figure.scale);
    m_colours->setCurrentIndex(static_cast<int>(plan.figure.colours));
    m_which->setCurrentIndex(plan.figure.tokens == FigureTokens::Shown ? 1 : 0);
    m_movement->setCurrentIndex(plan.figure.fitTokens ? 0 : 1);
    m_columns->setValue(plan.figure.columns);
    m_rate->setValue(plan.framesPerSecond);
    m_speed->setValue(plan.tokensPerSecond);
    m_still->setValue(plan.stillSeconds);
    updateSeconds();
}

void FilmForm::setPanels(int count) { m_form->setRowVisible(m_columns, count > 1); }

}  // namespace ms
