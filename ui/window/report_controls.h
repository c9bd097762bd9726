// Reports in the window: a file is asked for, then the views that are seen become its figures.
#pragma once

#include <QObject>
#include <memory>

#include "ui/export/report_job.h"

class QAction;
class QMainWindow;
class QMenu;

namespace ms {

class EngineHost;
class ExportControls;
class MessageBar;
class StatusStrip;
class ViewHost;

class ReportControls : public QObject {
    Q_OBJECT
public:
    /// Its action goes into `menu`, before `before`; reports are made of what figures are made of.
    ReportControls(QMainWindow& window, EngineHost& engine, const Selection& selection, const ViewHost& views, const ExportControls& figures,
                   MessageBar& messages, StatusStrip& status, QMenu& menu, QAction* before);

    /// Of the views that are seen now.
    void write(const QString& path);

private:
    void askForFile();

    QMainWindow& m_window;
    EngineHost& m_engine;
    const Selection& m_selection;
    const ViewHost& m_views;
    const ExportControls& m_figures;
    MessageBar& m_messages;
    StatusStrip& m_status;
    std::unique_ptr<ReportJob> m_job;
};

}  // namespace ms
