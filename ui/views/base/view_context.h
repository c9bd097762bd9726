// What every view is given: where values come from and where the user is looking. Views know nothing else of the program.
#pragma once

#include <memory>

#include "engine/probe/capture_store.h"
#include "ui/models/landscape_drawer.h"
#include "ui/models/model_queries.h"
#include "ui/models/selection.h"
#include "ui/models/speech_log.h"
#include "ui/models/time_axis.h"
#include "ui/models/token_log.h"
#include "ui/models/values.h"

namespace ms {

struct ViewContext {
    std::shared_ptr<const CaptureStore> store;
    std::shared_ptr<const CaptureStore> baseline;  ///< the same tokens without interventions; empty unless some are on
    TokenLog& tokens;
    TimeAxis& axis;
    Selection& selection;
    ModelQueries& queries;
    LandscapeDrawer* landscape = nullptr;          ///< null: there are no landscapes
    SpeechLog* speech = nullptr;                   ///< what was heard; null where nothing can be
};

}  // namespace ms
