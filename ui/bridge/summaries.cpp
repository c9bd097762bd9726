#include "ui/bridge/summaries.h"

#include <algorithm>
#include <string_view>

namespace ms {

namespace {

QString toText(std::string_view s) { return QString::fromUtf8(s.data(), static_cast<qsizetype>(s.size())); }

}  // namespace

ModelSummaryPtr summarize(const Model& model) {
    const ModelInfo& info = model.info();
    auto summary = std::make_shared<ModelSummary>();
    summary->name = toText(info.name);
    summary->path = toText(info.path.string());
    summary->family = toText(info.family);
    summary->layout = toText(info.layout);
    summary->format = toText(info.format);
    summary->fingerprint = toText(info.fingerprint);
    summary->device = toText(model.backend().info().name);
    summary->dims = info.dims;
    summary->normEps = info.normEps;
    summary->tiedHead = info.tiedHead;
    summary->hasTokenizer = model.tokenizer() != nullptr;
    summary->parameters = info.parameters;
    summary->tokens = model.tokenCount();
    summary->weightBytes = info.weightBytes;
    for (const TensorRow& row : info.tensors)
        summary->tensors.push_back({toText(row.name), toText(row.shape.text()), toText(name(row.dtype)), row.bytes,
                                    row.shape.elements(), row.layer.value});
    for (const std::string& problem : info.problems) summary->problems.append(toText(problem));
    return summary;
}

DeviceSummary summarize(const DeviceEntry& device) {
    DeviceSummary summary;
    summary.selector = device.info.kind == DeviceKind::Host ? QStringLiteral("host") : QString::number(device.index);
    summary.name = toText(device.info.name);
    QStringList features;
    for (const std::string& feature : device.info.features) features.append(toText(feature));
    summary.detail = QStringList{toText(device.info.driver), features.join(QStringLiteral(", ")), toText(device.reason)}
                         .join(QStringLiteral("\n"));
    summary.isDefault = device.isDefault;
    return summary;
}

TokenRow tokenRow(const TokenEvent& event) {
    TokenRow row;
    row.id = event.id;
    row.surprisalBits = event.surprisalBits;
    row.fromPrompt = event.fromPrompt;
    const std::size_t count = std::min(event.alternatives.size(), TokenRow::kAlternatives);
    row.alternativeCount = static_cast<std::uint8_t>(count);
    for (std::size_t i = 0; i < count; ++i)
        row.alternatives[i] = {event.alternatives[i].id, event.alternatives[i].probability};
    return row;
}

SamplerOptions samplerOptions(const SamplingSettings& s) { return {s.temperature, s.topK, s.topP, s.seed}; }

QString messageOf(const Error& error) { return toText(error.message); }

}  // namespace ms
