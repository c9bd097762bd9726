#include "ui/views/interventions/interventions_panel.h"

#include <QButtonGroup>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QMenu>
#include <QRadioButton>
#include <QTableView>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/views/base/compare_box.h"

namespace ms {

InterventionsPanel::InterventionsPanel(InterventionModel& model, Selection& selection, QWidget* parent)
    : QWidget(parent), m_list(model), m_selection(selection), m_table(new QTableView), m_add(new QToolButton),
      m_remove(new QToolButton), m_clear(new QToolButton), m_compare(new QButtonGroup(this)), m_hint(new QLabel) {
    setObjectName(QStringLiteral("interventionsPanel"));
    setUpTable();
    setUpButtons();
    m_hint->setWordWrap(true);
    m_hint->setForegroundRole(QPalette::PlaceholderText);
    connect(&m_list, &InterventionModel::changed, this, &InterventionsPanel::updateState);
    connect(&m_list, &InterventionModel::modelReset, this, &InterventionsPanel::updateState);
    connect(&m_list, &InterventionModel::refused, this, &InterventionsPanel::refused);
    auto* buttons = new QHBoxLayout;
    for (QToolButton* b : {m_add, m_remove, m_clear}) buttons->addWidget(b);
    buttons->addStretch(1);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(8, 4, 8, 6);
    layout->addLayout(buttons);
    layout->addWidget(m_table, 1);
    layout->addWidget(m_hint);
    layout->addLayout(compareRow());
    updateState();
}

void InterventionsPanel::setUpTable() {
    m_table->setObjectName(QStringLiteral("interventionTable"));
    m_table->setAccessibleName(tr("Interventions"));
    m_table->setModel(&m_list);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setDefaultSectionSize(m_table->fontMetrics().height() + 8);
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setTabKeyNavigation(false);
    for (const int column : {InterventionModel::Enabled, InterventionModel::Kind, InterventionModel::Value})
        m_table->horizontalHeader()->setSectionResizeMode(column, QHeaderView::ResizeToContents);
    for (const int column : {InterventionModel::Layers, InterventionModel::Channels})
        m_table->horizontalHeader()->setSectionResizeMode(column, QHeaderView::Stretch);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, &InterventionsPanel::updateState);
}

void InterventionsPanel::setUpButtons() {
    const auto button = [](QToolButton* b, const QString& name, const QString& text, const QString& help) {
        b->setObjectName(name);
        b->setText(text);
        b->setToolTip(help);
        b->setAccessibleName(help);
    };
    button(m_add, QStringLiteral("interventionAdd"), tr("Add"), tr("Add an intervention for the selected layer and channel"));
    button(m_remove, QStringLiteral("interventionRemove"), tr("Remove"), tr("Remove the chosen intervention"));
    button(m_clear, QStringLiteral("interventionClear"), tr("Remove all"), tr("Remove all interventions"));
    m_add->setMenu(kindMenu());
    m_add->setPopupMode(QToolButton::InstantPopup);
    connect(m_remove, &QToolButton::clicked, this, [this] { m_list.remove(m_table->currentIndex().row()); });
    connect(m_clear, &QToolButton::clicked, this, [this] { m_list.clear(); });
}

QMenu* InterventionsPanel::kindMenu() {
    auto* menu = new QMenu(tr("Add an intervention"), m_add);
    menu->setToolTipsVisible(true);
    using Kind = InterventionValue::Kind;
    for (const Kind kind : {Kind::ScaleDt, Kind::ClampDt, Kind::ZeroChannels, Kind::FreezeChannels, Kind::AblateLayer}) {
        QAction* action = menu->addAction(kindText(kind), this, [this, kind] { add(kind); });
        action->setObjectName(QStringLiteral("action_interventionAdd_%1").arg(static_cast<int>(kind)));
        action->setToolTip(kindDefinition(kind));
    }
    return menu;
}

QLayout* InterventionsPanel::compareRow() {
    auto* views = new QHBoxLayout;
    views->addWidget(new QLabel(tr("Views show")));
    const auto choice = [&](Compare compare, const QString& name, const QString& text) {
        const QString help = compareHelp(compare);
        auto* radio = new QRadioButton(text);
        radio->setObjectName(name);
        radio->setAccessibleName(help);
        radio->setToolTip(help);
        m_compare->addButton(radio, static_cast<int>(compare));
        views->addWidget(radio);
        return radio;
    };
    choice(Compare::Changed, QStringLiteral("compareChanged"), tr("&changed"))->setChecked(true);
    choice(Compare::Baseline, QStringLiteral("compareBaseline"), tr("&baseline"));
    choice(Compare::Difference, QStringLiteral("compareDifference"), tr("&difference"));
    views->addStretch(1);
    connect(m_compare, &QButtonGroup::idClicked, this, [this] { Q_EMIT compareChanged(compare()); });
    return views;
}

void InterventionsPanel::setModel(const ModelSummaryPtr& model) {
    m_hasModel = model != nullptr;
    m_list.setDims(model ? model->dims.n_layer : 0, model ? model->dims.d_inner : 0);
    setApplied({});
}

void InterventionsPanel::setApplied(const InterventionList& list) {
    const bool before = m_applied;
    m_applied = std::any_of(list.begin(), list.end(), [](const InterventionValue& v) { return v.enabled; });
    if (!m_applied && compare() != Compare::Changed) {
        m_compare->button(static_cast<int>(Compare::Changed))->setChecked(true);
        Q_EMIT compareChanged(Compare::Changed);
    }
    if (m_applied != before) Q_EMIT comparableChanged(m_applied);
    updateState();
}

Compare InterventionsPanel::compare() const { return static_cast<Compare>(m_compare->checkedId()); }

void InterventionsPanel::chooseCompare(Compare wanted) {
    if (!m_applied || wanted == compare()) return;
    m_compare->button(static_cast<int>(wanted))->setChecked(true);
    Q_EMIT compareChanged(wanted);
}

void InterventionsPanel::add(InterventionValue::Kind kind) {
    InterventionValue value;
    value.kind = kind;
    if (m_selection.layer() >= 0 && m_selection.layer() < m_list.layerCount()) value.layers = {m_selection.layer()};
    if (m_selection.channel() >= 0 && kind != InterventionValue::Kind::AblateLayer) value.channels = {m_selection.channel()};
    if (kind == InterventionValue::Kind::ClampDt) value.high = 0.1f;
    m_list.add(value);
    m_table->setCurrentIndex(m_list.index(m_list.rowCount() - 1, InterventionModel::Kind));
}

void InterventionsPanel::updateState() {
    m_add->setEnabled(m_hasModel);
    m_remove->setEnabled(m_table->currentIndex().isValid());
    m_clear->setEnabled(m_list.rowCount() > 0);
    for (QAbstractButton* radio : m_compare->buttons()) radio->setEnabled(m_applied);
    m_hint->setText(!m_hasModel                ? tr("Open a model to change it.")
                    : m_list.rowCount() == 0 ? tr("Select a layer and a channel in any view, then add a change. The tokens are read again, and every view can "
                                                  "show changed, baseline or difference.")
                                             : tr("Double-click layers, channels or a value to edit; 0-3, 7 or all. Ctrl+Z takes a change back."));
}

}  // namespace ms
