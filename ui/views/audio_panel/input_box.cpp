#include "ui/views/audio_panel/input_box.h"

#include <QSettings>
#include <QSignalBlocker>
#include <algorithm>

#include "ui/audio/audio_inputs.h"

namespace ms {

namespace {
const auto kKey = QStringLiteral("audio/input");
}

InputBox::InputBox(const AudioInputs& inputs, QWidget* parent) : QComboBox(parent), m_inputs(inputs) {
    setObjectName(QStringLiteral("inputBox"));
    setAccessibleName(tr("Microphone"));
    setToolTip(tr("Microphone to record from"));
    setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    setMinimumContentsLength(12);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    connect(&inputs, &AudioInputs::changed, this, &InputBox::fill);
    connect(this, &QComboBox::activated, this, [this] { QSettings().setValue(kKey, chosen()); });
    fill();
}

void InputBox::fill() {
    const QSignalBlocker quiet(this);
    clear();
    const auto& list = m_inputs.list();
    setEnabled(!list.empty());
    if (list.empty()) return addItem(tr("No microphone"), QByteArray());
    const auto standard = std::find_if(list.begin(), list.end(), [](const AudioInput& input) { return input.isDefault; });
    addItem(standard == list.end() ? tr("Default") : tr("Default: %1").arg(standard->name), QByteArray());
    for (const AudioInput& input : list) addItem(input.name, input.id);
    // One that is away now stays the choice for when it comes back.
    const int remembered = findData(QSettings().value(kKey).toByteArray());
    setCurrentIndex(std::max(0, remembered));
}

}  // namespace ms
