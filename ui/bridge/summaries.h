// The engine's descriptions as the values the window shows.
#pragma once

#include "engine/runtime/devices.h"
#include "engine/runtime/model.h"
#include "engine/runtime/text_stream.h"
#include "ui/models/session_values.h"
#include "ui/models/values.h"

namespace ms {

[[nodiscard]] ModelSummaryPtr summarize(const Model& model);
[[nodiscard]] DeviceSummary summarize(const DeviceEntry& device);
[[nodiscard]] TokenRow tokenRow(const TokenEvent& event, const TokenEvent* baseline = nullptr);
[[nodiscard]] Intervention intervention(const InterventionValue& value);
[[nodiscard]] SamplerOptions samplerOptions(const SamplingSettings& settings);
[[nodiscard]] QString messageOf(const Error& error);

}  // namespace ms
