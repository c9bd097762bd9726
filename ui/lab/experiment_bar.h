// What every experiment has: lengths, a button that runs and stops it, and a line that says what is going on.
#pragma once

#include <QWidget>
#include <optional>
#include <vector>

class QHBoxLayout;
class QLabel;
class QLineEdit;
class QPushButton;

namespace ms {

class ExperimentBar : public QWidget {
    Q_OBJECT
public:
    /// `key`: of the settings and the object names; `lengths`: as the line shows them at first, "64, 128, 256".
    ExperimentBar(const QString& key, const QString& lengths, QWidget* parent = nullptr);

    /// From now on the lengths are remembered under another name; `lengths`: where nothing is remembered yet.
    void remember(const QString& name, const QString& lengths);
    /// A further choice between the lengths and the button.
    void addChoice(const QString& label, QWidget* choice);
    /// Rising; nothing if the line says something else, which it shows.
    [[nodiscard]] std::optional<std::vector<qint64>> lengths() const;
    void setRunning(bool running);
    /// What keeps the experiment from being run now; empty: nothing does.
    void setObstacle(const QString& why);
    void tell(const QString& text);

Q_SIGNALS:
    void runRequested();
    void stopRequested();

private:
    void refresh();

    QLineEdit* m_lengths;
    QHBoxLayout* m_choices;
    QPushButton* m_run;
    QLabel* m_status;
    QString m_setting, m_obstacle;
    bool m_running = false;
};

}  // namespace ms
