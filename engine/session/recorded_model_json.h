// The model's part of session.json, for writer and reader of the rest.
#pragma once

#include <nlohmann/json.hpp>

#include "engine/session/recorded_model.h"
#include "engine/session/session_fields.h"

namespace ms {

inline constexpr const char* kRecordedModel = "recorded_model";

[[nodiscard]] nlohmann::ordered_json toJson(const RecordedModel& model);

/// Complains to `fields` about sizes that no model has: views make room for them.
void readRecordedModel(const Fields& fields, RecordedModel& model);

}  // namespace ms
