// Every view there is: a new one is a folder under ui/views and a line here.
#pragma once

#include <QString>
#include <functional>
#include <vector>

#include "ui/views/base/scope_view.h"

namespace ms {

struct ViewEntry {
    QString id;     ///< the view's own
    QString title;  ///< of its dock and menu entry
    std::function<ScopeView*(const ViewContext&)> create;
    bool ofSpeech = false;  ///< shows nothing of a model that reads text
};

[[nodiscard]] const std::vector<ViewEntry>& viewRegistry();
/// A view by its id; null: there is none.
[[nodiscard]] ScopeView* createView(const QString& id, const ViewContext& context);

}  // namespace ms
