// The status bar: device, position, speed, memory, price of the captures, and the progress of a job with its cancel.
#pragma once

#include <QStatusBar>

#include "ui/models/values.h"

class QLabel;
class QProgressBar;
class QToolButton;

namespace ms {

class ElidedLabel;

class StatusStrip : public QStatusBar {
    Q_OBJECT
public:
    explicit StatusStrip(QWidget* parent = nullptr);

    void setModel(const ModelSummaryPtr& model);
    void setState(EngineState state);
    void setStatistics(const RunStatistics& statistics);
    void setProgress(const JobProgress& progress);

Q_SIGNALS:
    void cancelRequested();

private:
    QLabel* m_state;
    ElidedLabel* m_job;
    QProgressBar* m_bar;
    QToolButton* m_cancel;
    QLabel* m_speed;
    QLabel* m_capture;
    QLabel* m_device;
    double m_frameSeconds = 0;    // of a speech model
    bool m_withoutModel = false;  // a session is shown whose model is not there
};

}  // namespace ms
