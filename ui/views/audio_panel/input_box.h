// Which microphone to record from; the choice outlives the program and the device's absence.
#pragma once

#include <QComboBox>

namespace ms {

class AudioInputs;

class InputBox : public QComboBox {
    Q_OBJECT
public:
    explicit InputBox(const AudioInputs& inputs, QWidget* parent = nullptr);

    /// Empty: the system's default.
    [[nodiscard]] QByteArray chosen() const { return currentData().toByteArray(); }

private:
    void fill();

    const AudioInputs& m_inputs;
};

}  // namespace ms
