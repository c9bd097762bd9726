#include "ui/dialogs/open_dialog.h"

#include <QCoreApplication>
#include <QFileDialog>
#include <QFileInfo>

namespace ms {

namespace {

QString tr(const char* text) { return QCoreApplication::translate("ms::OpenDialog", text); }

void show(QFileDialog* dialog, const std::function<void(const QString&)>& chosen) {
    dialog->setObjectName(QStringLiteral("openDialog"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    QObject::connect(dialog, &QFileDialog::fileSelected, dialog, chosen);
    dialog->open();
}

}  // namespace

void askForModelFolder(QWidget* parent, const QString& startFolder, const std::function<void(const QString&)>& chosen) {
    auto* dialog = new QFileDialog(parent, tr("Open a model's folder"), startFolder);
    dialog->setFileMode(QFileDialog::Directory);
    show(dialog, chosen);
}

void askForModelFile(QWidget* parent, const QString& startFolder, const std::function<void(const QString&)>& chosen) {
    auto* dialog = new QFileDialog(parent, tr("Open a model's weights"), startFolder,
                                   tr("Weights (*.safetensors *.bin *.index.json);;Sessions (*.mscope);;All files (*)"));
    dialog->setFileMode(QFileDialog::ExistingFile);
    show(dialog, chosen);
}

void askForSession(QWidget* parent, const QString& startFolder, const std::function<void(const QString&)>& chosen) {
    auto* dialog = new QFileDialog(parent, tr("Open a session"), startFolder, tr("Sessions (*.mscope);;All files (*)"));
    dialog->setFileMode(QFileDialog::ExistingFile);
    show(dialog, chosen);
}

void askWhereToSave(QWidget* parent, const QString& start, const std::function<void(const QString&)>& chosen) {
    auto* dialog = new QFileDialog(parent, tr("Save the session"), QFileInfo(start).path(), tr("Sessions (*.mscope)"));
    dialog->selectFile(QFileInfo(start).fileName());
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(QStringLiteral("mscope"));
    show(dialog, chosen);
    dialog->setObjectName(QStringLiteral("saveSessionDialog"));
}

}  // namespace ms
