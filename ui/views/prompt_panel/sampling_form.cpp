#include "ui/views/prompt_panel/sampling_form.h"

#include <QDoubleSpinBox>
#include <QGridLayout>
#include <QLabel>
#include <QSignalBlocker>
#include <QSpinBox>
#include <limits>

namespace ms {

SamplingForm::SamplingForm(QWidget* parent)
    : QWidget(parent),
      m_maxNew(new QSpinBox),
      m_temperature(new QDoubleSpinBox),
      m_topK(new QSpinBox),
      m_topP(new QDoubleSpinBox),
      m_seed(new QSpinBox) {
    setObjectName(QStringLiteral("samplingForm"));
    auto* grid = new QGridLayout(this);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setHorizontalSpacing(6);
    grid->setVerticalSpacing(3);
    int at = 0;
    const auto add = [&](QWidget* field, const QString& objectName, const QString& label, const QString& help) {
        field->setObjectName(objectName);
        field->setToolTip(help);
        field->setAccessibleName(label);
        field->setMinimumWidth(64);
        auto* text = new QLabel(label);
        text->setBuddy(field);
        text->setToolTip(help);
        grid->addWidget(text, at / 2, at % 2 * 2);
        grid->addWidget(field, at / 2, at % 2 * 2 + 1);
        ++at;
    };
    m_maxNew->setRange(0, 10'000'000);
    m_maxNew->setSpecialValueText(tr("no limit"));
    m_maxNew->setValue(200);
    m_maxNew->setSingleStep(50);
    m_temperature->setRange(0, 5);
    m_temperature->setSingleStep(0.1);
    m_temperature->setSpecialValueText(tr("greedy"));
    m_topK->setRange(0, 100'000);
    m_topK->setSpecialValueText(tr("all"));
    m_topP->setRange(0.01, 1);
    m_topP->setSingleStep(0.05);
    m_seed->setRange(0, std::numeric_limits<int>::max());
    add(m_maxNew, QStringLiteral("maxNew"), tr("New tokens"), tr("How many tokens to write; no limit: until stopped"));
    add(m_seed, QStringLiteral("seed"), tr("Seed"), tr("The same seed, prompt and settings give the same text"));
    add(m_temperature, QStringLiteral("temperature"), tr("Temperature"),
        tr("0: always the most probable token; higher: more adventurous"));
    add(m_topK, QStringLiteral("topK"), tr("Top-k"), tr("Choose among the k most probable tokens only"));
    add(m_topP, QStringLiteral("topP"), tr("Top-p"), tr("Choose among the most probable tokens that together reach p"));
    setSampling({});
    const auto changed = [this] { Q_EMIT samplingChanged(sampling()); };
    connect(m_temperature, &QDoubleSpinBox::valueChanged, this, changed);
    connect(m_topP, &QDoubleSpinBox::valueChanged, this, changed);
    connect(m_topK, &QSpinBox::valueChanged, this, changed);
    connect(m_seed, &QSpinBox::valueChanged, this, changed);
}

SamplingSettings SamplingForm::sampling() const {
    return {static_cast<float>(m_temperature->value()), m_topK->value(), static_cast<float>(m_topP->value()),
            static_cast<std::uint64_t>(m_seed->value())};
}

void SamplingForm::setSampling(const SamplingSettings& s) {
    const QSignalBlocker a(m_temperature), b(m_topK), c(m_topP), d(m_seed);
    m_temperature->setValue(static_cast<double>(s.temperature));
    m_topK->setValue(s.topK);
    m_topP->setValue(static_cast<double>(s.topP));
    m_seed->setValue(static_cast<int>(std::min<std::uint64_t>(s.seed, std::numeric_limits<int>::max())));
}

std::int64_t SamplingForm::maxNew() const { return m_maxNew->value(); }
void SamplingForm::setMaxNew(std::int64_t count) { m_maxNew->setValue(static_cast<int>(count)); }

}  // namespace ms
