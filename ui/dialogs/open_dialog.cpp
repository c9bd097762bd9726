#include "ui/dialogs/open_dialog.h"

#include <QCoreApplication>
#include <QFileDialog>

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
                                   tr("Weights (*.safetensors *.bin *.index.json);;All files (*)"));
    dialog->setFileMode(QFileDialog::ExistingFile);
    show(dialog, chosen);
}

}  // namespace ms
