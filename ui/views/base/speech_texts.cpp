#include "ui/views/base/speech_texts.h"

#include <QCoreApplication>

namespace ms {

namespace {
QString tr(const char* text) { return QCoreApplication::translate("ms::SpeechTexts", text); }
}  // namespace

QString nothingHeardText(const ModelSummaryPtr& model) {
    if (model && !model->speech) return tr("This model reads text. Record or open a sound file: a speech model is opened for it.");
    return tr("Record or open a sound file to see here what the model hears.");
}

QString nothingReadText(const ModelSummaryPtr& model) {
    if (!model) return tr("No model is open.");
    return model->speech ? nothingHeardText(model) : tr("Nothing was read yet. Type a prompt and press Run.");
}

double frameSecondsOf(const ModelSummaryPtr& model) { return model && model->speech ? model->speech->frameSeconds : 0; }

}  // namespace ms
