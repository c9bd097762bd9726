// What figures are made of: the surroundings of the window's views, or those of a program without a window.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "ui/models/series_source.h"
#include "ui/models/session_values.h"
#include "ui/views/base/view_context.h"

namespace ms {

class ScopeView;

struct FigureSource {
    ViewContext context;                   ///< axis and selection are copied, all else is shared
    ModelSummaryPtr model{};
    Compare compare = Compare::Changed;    ///< which run is shown while interventions are on
    std::function<ScopeView*(const QString& id, const ViewContext&)> create{};  ///< null: there is no such view
    InterventionList interventions{};      ///< that are on
    std::optional<SamplingSettings> sampling{};  ///< of what is written; nothing: the model hears, or it is not known
    QString soundPath{};                   ///< file of what was heard; empty: it was recorded, or is text
    /// What a view needs captured; an empty list takes it back. May be null: everything is there.
    std::function<void(const QObject* view, std::vector<CaptureRequest>)> request{};
    /// The engine is reading, or filling in what was asked for: values may still come. May be null.
    std::function<bool()> isWorking{};
};

}  // namespace ms
