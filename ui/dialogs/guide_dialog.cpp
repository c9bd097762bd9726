#include "ui/dialogs/guide_dialog.h"

#include <QDialogButtonBox>
#include <QDir>
#include <QFile>
#include <QLineEdit>
#include <QListWidget>
#include <QSplitter>
#include <QTextBrowser>
#include <QVBoxLayout>

// A static library's resources are dropped by the linker unless something asks for them; the macro wants no namespace.
static void loadGuide() { Q_INIT_RESOURCE(guide); }

namespace ms {

namespace {

QString read(const QString& file) {
    QFile page(file);
    return page.open(QIODevice::ReadOnly) ? QString::fromUtf8(page.readAll()) : QString();
}

}  // namespace

GuideDialog::GuideDialog(QWidget* parent) : QDialog(parent), m_contents(new QListWidget), m_text(new QTextBrowser) {
    loadGuide();
    setObjectName(QStringLiteral("guideDialog"));
    setWindowTitle(tr("MambaScope guide"));
    setAttribute(Qt::WA_DeleteOnClose);
    m_contents->setObjectName(QStringLiteral("guideContents"));
    m_contents->setAccessibleName(tr("Pages of the guide"));
    m_text->setObjectName(QStringLiteral("guideText"));
    m_text->setAccessibleName(tr("Page of the guide"));
    m_text->setOpenLinks(false);
    m_text->setSearchPaths({QStringLiteral(":/guide")});
    const QDir pages(QStringLiteral(":/guide"));
    for (const QString& file : pages.entryList({QStringLiteral("*.md")}, QDir::Files, QDir::Name)) {  // named "01-first-steps.md"
        const QString text = read(pages.filePath(file));
        auto* item = new QListWidgetItem(text.section(QLatin1Char('\n'), 0, 0).remove(QLatin1String("# ")), m_contents);
        item->setData(Qt::UserRole, file);
    }
    auto* find = new QLineEdit;
    find->setObjectName(QStringLiteral("guideSearch"));
    find->setAccessibleName(tr("Search the guide"));
    find->setPlaceholderText(tr("Search the guide"));
    find->setClearButtonEnabled(true);
    auto* left = new QWidget;
    auto* leftLayout = new QVBoxLayout(left);
    leftLayout->setContentsMargins(0, 0, 0, 0);
    leftLayout->addWidget(find);
    leftLayout->addWidget(m_contents);
    auto* splitter = new QSplitter;
    splitter->addWidget(left);
    splitter->addWidget(m_text);
    splitter->setStretchFactor(1, 1);
    splitter->setSizes({220, 620});
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto* layout = new QVBoxLayout(this);
    layout->addWidget(splitter);
    layout->addWidget(buttons);
    connect(m_contents, &QListWidget::currentRowChanged, this, &GuideDialog::showPage);
    connect(find, &QLineEdit::textChanged, this, &GuideDialog::search);
    connect(m_text, &QTextBrowser::anchorClicked, this, [this](const QUrl& link) { open(link.fileName().remove(QLatin1String(".md"))); });
    resize(880, 640);
    m_contents->setCurrentRow(0);
}

void GuideDialog::open(const QString& page) {
    int row = 0;
    for (int i = 0; !page.isEmpty() && i < m_contents->count(); ++i)
        if (m_contents->item(i)->data(Qt::UserRole).toString().contains(page)) row = i;
    m_contents->setCurrentRow(row);
    show();
}

QString GuideDialog::text() const { return m_text->toPlainText(); }

void GuideDialog::showPage(int row) {
    if (row < 0) return;
    m_text->document()->setMetaInformation(QTextDocument::DocumentUrl, QStringLiteral("qrc:/guide/"));
    m_text->setMarkdown(read(QStringLiteral(":/guide/") + m_contents->item(row)->data(Qt::UserRole).toString()));
    m_text->moveCursor(QTextCursor::Start);
}

void GuideDialog::search(const QString& text) {
    int first = -1;
    for (int i = 0; i < m_contents->count(); ++i) {
        QListWidgetItem* item = m_contents->item(i);
        const bool hit = text.isEmpty() || read(QStringLiteral(":/guide/") + item->data(Qt::UserRole).toString()).contains(text, Qt::CaseInsensitive);
        item->setHidden(!hit);
        if (hit && first < 0) first = i;
    }
    if (first >= 0 && m_contents->item(std::max(0, m_contents->currentRow()))->isHidden()) m_contents->setCurrentRow(first);
    if (!text.isEmpty()) {
        m_text->moveCursor(QTextCursor::Start);
        m_text->find(text);
    }
}

}  // namespace ms
