#include "ui/dialogs/about_dialog.h"

#include <QDialogButtonBox>
#include <QLabel>
#include <QVBoxLayout>

namespace ms {

AboutDialog::AboutDialog(QWidget* parent) : QDialog(parent) {
    setObjectName(QStringLiteral("aboutDialog"));
    setWindowTitle(tr("About MambaScope"));
    setAttribute(Qt::WA_DeleteOnClose);
    auto* text = new QLabel(
        tr("<h2>MambaScope %1</h2>"
           "<p>An oscilloscope for selective state spaces.</p>"
           "<p>Free software under the GNU General Public License, version 3 or later. It comes with no warranty.</p>"
           "<p>Built with Qt %2 (LGPL 3), running with Qt %3; volk and the Vulkan headers (MIT, Apache 2.0); "
           "QCustomPlot (GPL 3); libsndfile (LGPL 2.1), libsamplerate (BSD) and FFTW (GPL 2 or later); OpenBLAS (BSD); Highway (Apache 2.0); PCRE2 (BSD); ICU (Unicode); glm (MIT); zlib; "
           "nlohmann/json (MIT); CLI11 (BSD).</p>"
           "<p>Colour maps: viridis, cividis and inferno of matplotlib (CC0), RdBu of ColorBrewer (Apache 2.0).</p>"
           "<p>The models are those of A. Gu and T. Dao, “Mamba: Linear-Time Sequence Modeling with Selective "
           "State Spaces”, 2023.</p>"
           "<p>The embedded speech model is small: it reads spelled letters, numbers, dates and commands; free speech of people it "
           "has not heard it mostly gets wrong.</p>")
            .arg(QStringLiteral(MAMBASCOPE_VERSION), QStringLiteral(QT_VERSION_STR), QString::fromLatin1(qVersion())));
    text->setObjectName(QStringLiteral("aboutText"));
    text->setWordWrap(true);
    text->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    text->setMinimumWidth(440);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto* layout = new QVBoxLayout(this);
    layout->addWidget(text);
    layout->addWidget(buttons);
}

}  // namespace ms
