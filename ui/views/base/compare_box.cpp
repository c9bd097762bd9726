#include "ui/views/base/compare_box.h"

#include "ui/views/base/measure_combo.h"

namespace ms {

CompareBox::CompareBox(QWidget* parent) : QComboBox(parent) {
    addItems({tr("changed"), tr("baseline"), tr("difference")});  // in the order of Compare
    for (int i = 0; i < count(); ++i) setItemData(i, compareHelp(static_cast<Compare>(i)), Qt::ToolTipRole);
    makeCompact(this, 9);
    connect(this, &QComboBox::activated, this, [this] { Q_EMIT chosen(compare()); });
}

void CompareBox::setCompare(Compare compare) { setCurrentIndex(static_cast<int>(compare)); }

QString compareHelp(Compare compare) {
    switch (compare) {
        case Compare::Changed: return CompareBox::tr("What the changed model does");
        case Compare::Baseline: return CompareBox::tr("What the model as it is does with the same tokens");
        case Compare::Difference: return CompareBox::tr("Changed minus baseline");
    }
    return {};
}

}  // namespace ms
