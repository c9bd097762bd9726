#include "ui/views/base/scope_view.h"

#include <QClipboard>
#include <QContextMenuEvent>
#include <QGuiApplication>
#include <QComboBox>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QMenu>
#include <QToolButton>
#include <algorithm>

#include "ui/style/icons.h"
#include "ui/views/base/compare_box.h"
#include "ui/views/base/speech_texts.h"
#include "ui/widgets/copy_menu.h"
#include "ui/widgets/elided_label.h"

namespace ms {

QString utf8(std::string_view text) { return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size())); }

namespace {
constexpr int kLeastTitle = 96;      // pixels of a title that stay when the dock is narrow
constexpr int kLeastComboText = 7;   // letters
}  // namespace

ScopeView::ScopeView(const QString& id, const ViewContext& context, QWidget* parent)
    : QWidget(parent), m_id(id), m_context(context), m_header(new QWidget), m_title(new ElidedLabel), m_readout(new ElidedLabel) {
    setObjectName(QStringLiteral("view_") + id);
    m_header->setObjectName(QStringLiteral("header_") + id);
    m_title->setObjectName(QStringLiteral("title_") + id);
    QFont bold = m_title->font();
    bold.setBold(true);
    m_title->setFont(bold);
    m_readout->setObjectName(QStringLiteral("readout_") + id);
    m_readout->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    m_readout->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    m_headerLayout = new QHBoxLayout(m_header);
    m_headerLayout->setContentsMargins(0, 0, 0, 0);
    m_headerLayout->setSpacing(4);
    m_headerLayout->addWidget(m_title);
    m_headerLayout->addWidget(m_readout, 1);
}

ScopeView::~ScopeView() {
    // Children hide when they go, which moves the axis: nobody may call back what is no longer a derived view.
    for (QObject* shared : {static_cast<QObject*>(&m_context.axis), static_cast<QObject*>(&m_context.selection),
                            static_cast<QObject*>(&m_context.tokens)})
        shared->disconnect(this);
    if (m_header && m_header->parent() == nullptr) delete m_header;
}

QString ScopeView::readout() const { return m_header ? m_readout->text() : QString(); }

QString ScopeView::title() const { return m_header ? m_title->text() : QString(); }
QString ScopeView::settingsText() const { return m_header && m_settingsButton != nullptr ? m_settingsButton->text() : QString(); }
TokenNames ScopeView::names() const { return TokenNames(m_context.tokens, frameSecondsOf(m_model)); }
QString ScopeView::tokenAxisTitle() const { return frameSecondsOf(model()) > 0 ? tr("time") : tr("token"); }

void ScopeView::setModel(const ModelSummaryPtr& model) {
    m_model = model;
    m_context.queries.cancel(this);
    modelChanged();
    Q_EMIT requestsChanged();
}

void ScopeView::setActive(bool active) {
    if (active == m_active) return;
    m_active = active;
    m_context.axis.setSeen(this, active);
    activeChanged();
    Q_EMIT requestsChanged();
}

void ScopeView::setTitle(const QString& title, const QString& definition) {
    m_title->setText(title);
    m_definition = definition;
    m_title->setMinimumWidth(std::min(m_title->sizeHint().width(), kLeastTitle));
    m_title->updateGeometry();
    m_title->setToolTip(QStringLiteral("<p><b>%1</b></p><p>%2</p>").arg(title.toHtmlEscaped(), definition.toHtmlEscaped()));
    m_readout->setAccessibleName(tr("%1: value under the cursor").arg(title));
}

void ScopeView::setReadout(const QString& text) {
    if (m_header) m_readout->setText(text);  // a dock that goes down takes the header with it before the view
}

void ScopeView::addControl(QWidget* control, const QString& name, const QString& accessibleName) {
    control->setObjectName(m_id + QLatin1Char('_') + name);
    control->setAccessibleName(accessibleName);
    if (control->toolTip().isEmpty()) control->setToolTip(accessibleName);
    if (auto* combo = qobject_cast<QComboBox*>(control)) {  // gives way when the dock is narrow
        combo->setMaximumWidth(combo->sizeHint().width());
        combo->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
        combo->setMinimumContentsLength(kLeastComboText);
        combo->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    }
    m_headerLayout->insertWidget(m_headerLayout->indexOf(m_readout), control);
}

void ScopeView::addCompareBox(const QString& accessibleName) {
    m_compareBox = new CompareBox;
    addControl(m_compareBox, QStringLiteral("run"), accessibleName);
    m_compareBox->setToolTip(tr("Interventions are on: show the changed model, the baseline, or changed minus baseline"));
    m_compareBox->hide();
    connect(m_compareBox, &CompareBox::chosen, this, &ScopeView::compareChosen);
}

void ScopeView::setCompare(Compare compare) {
    if (m_compareBox) m_compareBox->setCompare(compare);
}

void ScopeView::setComparable(bool comparable) {
    if (m_compareBox) m_compareBox->setVisible(comparable);
}

void ScopeView::setSettingsMenu(QMenu* menu, const QString& accessibleName) {
    m_settingsButton = new QToolButton;
    m_settingsButton->setObjectName(QStringLiteral("settings_") + m_id);
    m_settingsButton->setIcon(icon(QStringLiteral("settings")));
    m_settingsButton->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_settingsButton->setAutoRaise(true);
    m_settingsButton->setPopupMode(QToolButton::InstantPopup);
    m_settingsButton->setMenu(menu);
    m_settingsButton->setToolTip(accessibleName);
    m_settingsButton->setAccessibleName(accessibleName);
    menu->setParent(m_header, menu->windowFlags());
    m_headerLayout->addWidget(m_settingsButton);
}

void ScopeView::keyPressEvent(QKeyEvent* event) {
    if (!event->matches(QKeySequence::Copy) || readout().isEmpty()) return QWidget::keyPressEvent(event);
    QGuiApplication::clipboard()->setText(readout());
}

void ScopeView::contextMenuEvent(QContextMenuEvent* event) {
    const QString text = readout();  // what it says now: once the menu is open the mouse is elsewhere
    auto* menu = new CopyMenu(m_id, this);
    menu->add(tr("Copy value"), QStringLiteral("copyValue"), text);
    addExportActions(*menu);
    menu->popup(event->globalPos());
}

void ScopeView::addExportActions(QMenu& menu) {
    menu.addSeparator();
    QAction* action = menu.addAction(tr("Export…"), this, &ScopeView::exportRequested);
    action->setObjectName(m_id + QStringLiteral("_export"));
    QAction* copy = menu.addAction(tr("Copy as figure"), this, &ScopeView::copyRequested);
    copy->setObjectName(m_id + QStringLiteral("_copyFigure"));
}

void ScopeView::setSettingsText(const QString& text) {
    if (m_settingsButton != nullptr) m_settingsButton->setText(text);
}

}  // namespace ms
