// Text in, tokens out.
#pragma once

#include <QWidget>

#include "ui/models/values.h"

class QLabel;
class QLayout;
class QPlainTextEdit;
class QPushButton;

namespace ms {

class ElidedLabel;
class SamplingForm;
class Selection;
class TimeAxis;
class TokenChips;
class TokenDetails;
class TokenLog;

class PromptPanel : public QWidget {
    Q_OBJECT
public:
    PromptPanel(TokenLog& tokens, TimeAxis& axis, Selection& selection, QWidget* parent = nullptr);

    void setModel(const ModelSummaryPtr& model);
    void setState(EngineState state);
    void setStatistics(const RunStatistics& statistics);

    [[nodiscard]] RunRequest request() const;
    void setPrompt(const QString& text);
    [[nodiscard]] QString prompt() const;
    [[nodiscard]] SamplingForm* sampling() const { return m_sampling; }
    [[nodiscard]] TokenChips* chips() const { return m_chips; }

    /// Run when idle, pause when running, go on when paused.
    void runOrPause();
    void run();

Q_SIGNALS:
    void runRequested(const ms::RunRequest& request);
    void resumeRequested(const ms::RunRequest& request);
    void stepRequested(const ms::RunRequest& request);
    void pauseRequested();
    void stopRequested();
    void samplingChanged(const ms::SamplingSettings& sampling);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void nameWidgets();
    QWidget* inputSide();
    QLayout* tokenSide();
    void connectButtons();
    QPushButton* addButton(const QString& objectName, const QString& iconName, const QString& text,
                           const QString& help);
    void updateButtons();
    void pauseOrResume();

    TokenLog& m_tokens;
    ModelSummaryPtr m_model;
    bool m_hears = false;  // it is a speech model
    EngineState m_state = EngineState::NoModel;
    QPlainTextEdit* m_edit;
    QLabel* m_label;
    SamplingForm* m_sampling;
    TokenChips* m_chips;
    TokenDetails* m_details;
    ElidedLabel* m_speed;
    QPushButton *m_run, *m_pause, *m_stop, *m_step;
};

}  // namespace ms
