#include "ui/lab/compare_page.h"

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QPushButton>
#include <QVBoxLayout>

#include "ui/bridge/lab_service.h"
#include "ui/lab/compare_input.h"
#include "ui/lab/compare_plots.h"
#include "ui/lab/compare_table.h"
#include "ui/lab/model_list.h"
#include "ui/style/number_text.h"
#include "ui/widgets/copy_menu.h"
#include "ui/widgets/elided_label.h"

namespace ms {

namespace {
constexpr int kRest = 80;  // milliseconds
}

ComparePage::ComparePage(LabService& service, ModelList& models, std::function<QString()> device, QWidget* parent)
    : QWidget(parent), m_service(service), m_models(models), m_device(std::move(device)), m_input(new CompareInput), m_plots(new ComparePlots(m_shown)),
      m_table(new CompareTable), m_readout(new ElidedLabel), m_copy(new QPushButton(tr("&Copy numbers"))) {
    m_copy->setObjectName(QStringLiteral("labCompareCopy"));
    m_copy->setAutoDefault(false);
    m_copy->setToolTip(tr("As comma-separated values: the table, or every piece"));
    m_readout->setObjectName(QStringLiteral("labCompareReadout"));
    m_readout->setFaint(true);
    m_rest.setSingleShot(true);
    m_rest.setInterval(kRest);
    auto* below = new QHBoxLayout;
    below->addWidget(m_readout, 1);
    below->addWidget(m_copy);
    auto* layout = new QVBoxLayout(this);
    layout->addWidget(m_input);
    layout->addWidget(m_plots, 1);
    layout->addWidget(m_table);
    layout->addLayout(below);
    connect(m_input, &CompareInput::runRequested, this, &ComparePage::run);
    connect(m_input, &CompareInput::stopRequested, &m_service, &LabService::stop);
    connect(m_copy, &QPushButton::clicked, this, &ComparePage::copy);
    connect(m_plots, &ComparePlots::readoutChanged, m_readout, &ElidedLabel::setText);
    connect(m_plots, &ComparePlots::escapePressed, this, &ComparePage::escape);
    connect(&m_plots->selection(), &Selection::tokenChanged, this, [this] {
        draw();
        m_rest.start();
    });
    connect(&m_plots->selection(), &Selection::rangeChanged, this, &ComparePage::draw);
    connect(&m_rest, &QTimer::timeout, this, &ComparePage::askInfluence);
    connect(&m_models, &ModelList::changed, this, &ComparePage::refresh);
    connect(&m_service, &LabService::piecesCut, this, &ComparePage::begin);
    connect(&m_service, &LabService::piecesRead, this, &ComparePage::add);
    connect(&m_service, &LabService::influenced, this, &ComparePage::take);
    connect(&m_service, &LabService::modelFailed, this, [this](const QString& model, const QString& why) {
        if (m_mine) m_lost.append(m_models.nameOf(model) + QStringLiteral(": ") + why);
    });
    connect(&m_service, &LabService::progressed, this, [this](const QString& what) {
        if (m_mine) m_input->tell(what);
    });
    connect(&m_service, &LabService::failed, this, [this](const QString& why) {
        if (m_mine) m_lost.append(why);
    });
    connect(&m_service, &LabService::runningChanged, this, &ComparePage::refresh);
    refresh();
    draw();
}

void ComparePage::run() {
    const auto input = m_input->input();
    if (!input) return;
    m_lost.clear();
    begin({});
    m_mine = true;
    m_service.runComparison(m_models.ticked(), *input, m_device());
}

void ComparePage::begin(const LabPieces& pieces) {
    QStringList names;
    for (const QString& model : pieces.models) names.append(m_models.nameOf(model));
    m_shown.begin(pieces, names);
    m_influence = {};
    m_plots->begin();
    draw();
}

void ComparePage::add(const LabReadings& readings) {
    m_shown.add(readings);
    m_input->tell(tr("Read %1 of %2 pieces").arg(groupedText(m_shown.piecesRead()), groupedText(m_shown.pieces())));
    m_plots->draw();
    draw();
    if (m_influence.piece != cursor() && !m_rest.isActive()) m_rest.start();  // it may have been read just now
}

void ComparePage::take(const LabInfluence& influence) {
    m_influence = influence;
    m_plots->setInfluence(influence);
    draw();
}

qint64 ComparePage::cursor() const { return m_plots->selection().token(); }

void ComparePage::askInfluence() {
    if (m_influence.piece != cursor() && m_shown.at(0, cursor()) != nullptr) m_service.askInfluence(cursor());
}

void ComparePage::refresh() {
    const bool running = m_service.isRunning();
    m_input->setRunning(running && m_mine);
    m_input->setObstacle(m_models.ticked().isEmpty() ? tr("Tick the models to compare") : (running && !m_mine ? tr("Another experiment is running") : QString()));
    showTitle();
    if (running || !m_mine) return;
    m_mine = false;
    m_input->tell(outcome());
    if (cursor() < 0 && m_shown.piecesRead() > 0) m_plots->selection().setToken(m_shown.piecesRead() - 1);
    m_rest.start();  // a question that the end of the reading cut short is asked again
}

QString ComparePage::outcome() const {
    QStringList lines = m_lost;
    if (m_shown.piecesRead() < m_shown.pieces()) lines.append(tr("Stopped after %1 of %2 pieces").arg(groupedText(m_shown.piecesRead()), groupedText(m_shown.pieces())));
    return lines.join(QLatin1Char('\n'));
}

void ComparePage::draw() {
    m_table->show(m_shown, cursor(), m_plots->selection().range(), m_influence);
    m_copy->setEnabled(m_shown.piecesRead() > 0);
    showTitle();
}

void ComparePage::showTitle() {
    const qint64 piece = cursor();
    const bool there = m_shown.at(0, piece) != nullptr;
    if (!there) m_plots->setInfluenceTitle({});
    else if (m_influence.piece == piece) m_plots->setInfluenceTitle(tr("Influence on the output at piece %1").arg(m_shown.name(piece)));
    else if (!m_service.canAskInfluence()) m_plots->setInfluenceTitle(tr("Run again for the influence: another experiment took the models' place"));
    else m_plots->setInfluenceTitle(tr("Influence on the output at piece %1 is being computed…").arg(m_shown.name(piece)));
}

/// What runs is ended, then a range is taken back; after that the key is the window's.
void ComparePage::escape() {
    if (m_service.isRunning() && m_mine) m_service.stop();
    else m_plots->selection().setRange({});
}

void ComparePage::keyPressEvent(QKeyEvent* event) {
    const bool something = (m_service.isRunning() && m_mine) || !m_plots->selection().range().empty();
    if (event->key() != Qt::Key_Escape || !something) return QWidget::keyPressEvent(event);
    escape();
}

void ComparePage::copy() {
    auto* menu = new CopyMenu(QStringLiteral("labCompare"), this);
    menu->add(tr("The &table"), QStringLiteral("copyTable"), m_table->csv());
    menu->add(tr("&Every piece"), QStringLiteral("copyPieces"), readingsCsv(m_shown));
    menu->popup(m_copy->mapToGlobal(QPoint(0, m_copy->height())));
}

}  // namespace ms
