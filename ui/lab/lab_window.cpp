#include "ui/lab/lab_window.h"

#include <QSettings>
#include <QSplitter>
#include <QStackedWidget>
#include <QTabBar>
#include <QTabWidget>
#include <QVBoxLayout>

#include "ui/bridge/lab_service.h"
#include "ui/lab/compare_page.h"
#include "ui/lab/model_list.h"
#include "ui/lab/scaling_page.h"
#include "ui/lab/task_page.h"

namespace ms {

LabWindow::LabWindow(const QStringList& models, const QString& taskModels, std::function<QString()> device, QWidget* parent)
    : QDialog(parent), m_service(new LabService(this)), m_models(new ModelList(QStringLiteral("labModels"))),
      m_taskModels(new ModelList(QStringLiteral("labTaskModels"))), m_pages(new QTabWidget) {
    setObjectName(QStringLiteral("labWindow"));
    setWindowTitle(tr("Architecture lab"));
    setAttribute(Qt::WA_DeleteOnClose);
    m_models->add(models, true);
    m_taskModels->add(models, taskModels.isEmpty());
    m_pages->setObjectName(QStringLiteral("labPages"));
    m_pages->tabBar()->setAccessibleName(tr("Experiments"));
    m_pages->addTab(new ComparePage(*m_service, *m_models, device), tr("Side &by side"));
    auto* tasks = new TaskPage(*m_service, *m_taskModels, taskModels, device);
    m_pages->addTab(tasks, tr("&Tasks"));
    m_pages->addTab(new ScalingPage(*m_service, *m_models, std::move(device)), tr("&Scaling"));
    m_pages->setCurrentIndex(QSettings().value(QStringLiteral("lab/page"), 0).toInt());
    auto* lists = new QStackedWidget;
    lists->addWidget(m_models);
    lists->addWidget(m_taskModels);
    const auto showList = [this, lists, tasks] { lists->setCurrentWidget(m_pages->currentWidget() == tasks ? m_taskModels : m_models); };
    showList();
    auto* splitter = new QSplitter;
    splitter->addWidget(lists);
    splitter->addWidget(m_pages);
    splitter->setStretchFactor(1, 1);
    splitter->setSizes({220, 780});
    auto* layout = new QVBoxLayout(this);
    layout->addWidget(splitter);
    resize(1120, 760);
    connect(m_pages, &QTabWidget::currentChanged, this, showList);
    connect(tasks, &TaskPage::exampleWanted, this, &LabWindow::exampleWanted);
    connect(m_pages, &QTabWidget::currentChanged, this, [](int page) { QSettings().setValue(QStringLiteral("lab/page"), page); });
}

LabWindow::~LabWindow() = default;

}  // namespace ms
