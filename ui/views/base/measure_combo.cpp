#include "ui/views/base/measure_combo.h"

#include <QListView>
#include <QStandardItemModel>

#include "ui/views/base/measure_source.h"
#include "ui/views/base/scope_view.h"

namespace ms {

void makeCompact(QComboBox* box, int characters) {
    box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    box->setMinimumContentsLength(characters);
    box->setFrame(false);
    int widest = 0;
    for (int i = 0; i < box->count(); ++i)
        widest = std::max(widest, box->fontMetrics().horizontalAdvance(box->itemText(i)));
    box->view()->setMinimumWidth(widest + 32);
}

MeasureCombo::MeasureCombo(Of of, QWidget* parent) : QComboBox(parent) {
    for (const MeasureInfo& measure : measureTable()) {
        if (of == Of::Channels && !measure.perChannel) continue;
        const QString symbol =
            of == Of::Layers ? layersSymbol(measure, Compare::Changed) : channelsSymbol(measure, Compare::Changed);
        addItem(QStringLiteral("%1  %2").arg(symbol, utf8(measure.title)), utf8(measure.key));
        setItemData(count() - 1, of == Of::Layers ? utf8(measure.definition) : channelsDefinition(measure),
                    Qt::ToolTipRole);
    }
    makeCompact(this, 14);
    connect(this, &QComboBox::currentIndexChanged, this, &MeasureCombo::measureChanged);
}

const MeasureInfo& MeasureCombo::measure() const {
    const MeasureInfo* found = measureByKey(currentData().toString().toStdString());
    return found != nullptr ? *found : measureTable().front();
}

void MeasureCombo::setModel(const ModelSummaryPtr& model) {
    auto* list = qobject_cast<QListView*>(view());
    auto* items = qobject_cast<QStandardItemModel*>(QComboBox::model());
    int first = -1;
    for (int i = 0; i < count(); ++i) {
        const MeasureInfo* measure = measureByKey(itemData(i).toString().toStdString());
        const bool there = !model || measure == nullptr || model->dims.has(measure->point);
        if (there && first < 0) first = i;
        list->setRowHidden(i, !there);
        items->item(i)->setEnabled(there);  // keys pass over it
    }
    if (first >= 0 && !items->item(currentIndex())->isEnabled()) setCurrentIndex(first);
}

void MeasureCombo::setMeasure(const QString& key) {
    if (const int index = findData(key); index >= 0) setCurrentIndex(index);
}

}  // namespace ms
