// A sound server of a test's own: a null sink "vmic" whose monitor is the microphone "virtmic".
#pragma once

#include <QProcess>
#include <QTemporaryDir>
#include <QThread>

namespace ms {

/// Make it before QCoreApplication: Qt looks for the server once. Inactive where pulseaudio is not installed.
class VirtualMicrophone {
public:
    VirtualMicrophone() {
        if (!m_folder.isValid()) return;
        const QString socket = m_folder.filePath(QStringLiteral("native"));
        qputenv("PULSE_SERVER", QByteArray("unix:") + socket.toUtf8());
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        for (const char* name : {"XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "HOME"})
            environment.insert(QString::fromLatin1(name), m_folder.path());
        m_server.setProcessEnvironment(environment);
        m_server.setStandardErrorFile(QProcess::nullDevice());
        m_server.start(QStringLiteral("pulseaudio"),
                       {QStringLiteral("--daemonize=no"), QStringLiteral("--exit-idle-time=-1"), QStringLiteral("-n"),
                        QStringLiteral("-L"), QStringLiteral("module-null-sink sink_name=vmic rate=16000 channels=1"),
                        QStringLiteral("-L"), QStringLiteral("module-remap-source master=vmic.monitor source_name=virtmic"),
                        QStringLiteral("-L"), QStringLiteral("module-native-protocol-unix auth-anonymous=1 socket=") + socket});
        if (!m_server.waitForStarted(5000)) return;
        for (int i = 0; i < 100 && !m_active; ++i) {
            m_active = QFile::exists(socket) && pactl({QStringLiteral("info")});
            if (!m_active) QThread::msleep(50);
        }
    }
    ~VirtualMicrophone() {
        m_server.terminate();
        if (!m_server.waitForFinished(3000)) m_server.kill();
        m_server.waitForFinished(1000);
    }

    [[nodiscard]] bool isActive() const { return m_active; }
    /// Takes the microphone away.
    bool unplug() { return pactl({QStringLiteral("unload-module"), QStringLiteral("module-remap-source")}); }
    /// Plays a WAV file into the microphone; returns at once, the process ends with the sound.
    void play(QProcess& player, const QString& file) {
        player.start(QStringLiteral("paplay"), {QStringLiteral("--device=vmic"), file});
        player.waitForStarted(3000);
    }

private:
    static bool pactl(const QStringList& arguments) { return QProcess::execute(QStringLiteral("pactl"), arguments) == 0; }

    QTemporaryDir m_folder;
    QProcess m_server;
    bool m_active = false;
};

}  // namespace ms
