// How "mambascope render" sets the view that it draws.
#pragma once

#include "engine/base/result.h"
#include "render_options.h"
#include "ui/export/view_settings.h"
#include "ui/models/values.h"
#include "ui/views/base/view_context.h"

namespace ms {

/// What the options say of the view and the cursor, on top of `saved`, as a session kept it. Errors: InvalidArgument (a layer,
/// channel or tensor that the model does not have; a setting that the view does not have or take), one line.
[[nodiscard]] Result<ViewSettings> settingsOf(const RenderOptions& options, const ViewContext& context, const ModelSummary& model,
                                              const std::optional<ViewSettings>& saved);

}  // namespace ms
