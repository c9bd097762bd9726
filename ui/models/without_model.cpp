#include "ui/models/without_model.h"

#include <QCoreApplication>

namespace ms {

QString withoutModelText() { return QCoreApplication::translate("ms::WithoutModel", "This session is shown without its model: its weights are not open."); }

}  // namespace ms
