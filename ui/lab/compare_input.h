// What models shall read side by side: a text or token ids, a button that runs and stops it, a line that says what is going on.
#pragma once

#include <QWidget>
#include <array>
#include <optional>

#include "ui/models/lab_values.h"

class QComboBox;
class QLabel;
class QPlainTextEdit;
class QPushButton;

namespace ms {

class CompareInput : public QWidget {
    Q_OBJECT
public:
    explicit CompareInput(QWidget* parent = nullptr);

    /// Nothing if there is nothing to read, or ids are no numbers: the line says so.
    [[nodiscard]] std::optional<LabInput> input() const;
    void setRunning(bool running);
    /// What keeps it from being run now, told in place of the status; empty: nothing does.
    void setObstacle(const QString& why);
    void tell(const QString& status);

Q_SIGNALS:
    void runRequested();
    void stopRequested();

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    [[nodiscard]] bool readsIds() const;
    [[nodiscard]] QString obstacle() const;
    void chooseKind();
    void runOrStop();
    void save() const;
    void refresh();

    QComboBox* m_kind;
    QPlainTextEdit* m_edit;
    QPushButton* m_run;
    QLabel* m_statusLine;
    std::array<QString, 2> m_typed;  // of each kind; that of the one shown is in the edit
    int m_shownKind = 0;
    QString m_obstacle, m_status;
    bool m_running = false;
};

}  // namespace ms
