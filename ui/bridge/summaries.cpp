#include "ui/bridge/summaries.h"

#include <algorithm>
#include <string_view>

#include "engine/analysis/checkpoint_health.h"
#include "engine/analysis/time_scales.h"
#include "engine/models/recognition.h"

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
    if (info.speech) {
        SpeechSummary speech;
        speech.frameSeconds = info.speech->frameSeconds(info.dims.input);
        speech.lookAheadSeconds = info.speech->lookAheadSeconds(info.dims.input);
        speech.features = info.speech->features;
        for (const std::string& symbol : info.speech->vocab) speech.symbols.append(toText(symbol));
        speech.blank = info.speech->blankId;
        summary->speech = std::move(speech);
    }
    summary->parameters = info.parameters;
    summary->tokens = model.tokenCount();
    summary->weightBytes = info.weightBytes;
    for (const std::filesystem::path& file : info.weightFiles) summary->weightFiles.append(toText(file.string()));
    for (const TensorRow& row : info.tensors)
        summary->tensors.push_back({toText(row.name), toText(row.shape.text()), toText(name(row.dtype)), row.bytes,
                                    row.shape.elements(), row.layer.value});
    for (std::int64_t k = 0; k < info.dims.n_layer; ++k) {
        const std::span<const float> A = model.stateMatrix(LayerIndex(k)), D = model.skipVector(LayerIndex(k));
        summary->scan.push_back({{A.begin(), A.end()}, {D.begin(), D.end()}});
    }
    summary->recognition = toText(recognise(model.checkpoint()).reason);
    constexpr std::int64_t kBins = 16;
    const LogHistogram lives = logHistogram(restingHalfLives(model.checkpoint()), kBins);
    summary->halfLifeEdges = lives.edges;
    summary->halfLifeCounts = lives.counts;
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

TokenRow tokenRow(const TokenEvent& event, const TokenEvent* baseline) {
    const auto copy = [](const std::vector<Alternative>& from, std::array<TokenAlternative, TokenRow::kAlternatives>& to) {
        const std::size_t count = std::min(from.size(), TokenRow::kAlternatives);
        for (std::size_t i = 0; i < count; ++i) to[i] = {from[i].id, from[i].probability};
        return static_cast<std::uint8_t>(count);
    };
    TokenRow row;
    row.id = event.id;
    row.surprisalBits = event.surprisalBits;
    row.fromPrompt = event.fromPrompt;
    row.alternativeCount = copy(event.alternatives, row.alternatives);
    if (baseline == nullptr) return row;
    row.baselineSurprisalBits = baseline->surprisalBits;
    row.baselineAlternativeCount = copy(baseline->alternatives, row.baselineAlternatives);
    return row;
}

Intervention intervention(const InterventionValue& value) {
    Intervention result;
    result.kind = static_cast<Intervention::Kind>(value.kind);
    for (const qint64 layer : value.layers) result.layers.emplace_back(layer);
    for (const qint64 channel : value.channels) result.channels.emplace_back(channel);
    result.factor = value.factor;
    result.low = value.low;
    result.high = value.high;
    result.enabled = value.enabled;
    return result;
}

SamplerOptions samplerOptions(const SamplingSettings& s) { return {s.temperature, s.topK, s.topP, s.seed}; }

QString messageOf(const Error& error) { return toText(error.message); }

}  // namespace ms
