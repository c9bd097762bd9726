// The microphones that are plugged in now.
#pragma once

#include <QByteArray>
#include <QObject>
#include <QString>
#include <vector>

class QMediaDevices;

namespace ms {

struct AudioInput {
    QByteArray id;      ///< empty: whatever the system's default is
    QString name;
    bool isDefault = false;

    bool operator==(const AudioInput&) const = default;
};

class AudioInputs : public QObject {
    Q_OBJECT
public:
    explicit AudioInputs(QObject* parent = nullptr);

    [[nodiscard]] const std::vector<AudioInput>& list() const { return m_list; }
    [[nodiscard]] bool contains(const QByteArray& id) const;
    /// One sentence on why the list is empty and what to install or start; empty while there are inputs.
    [[nodiscard]] QString advice() const;

public Q_SLOTS:
    /// Asks the system again; devices that come and go are noticed without it.
    void refresh();

Q_SIGNALS:
    void changed();

private:
    QMediaDevices* m_devices;
    std::vector<AudioInput> m_list;
};

}  // namespace ms
