#include "engine/runtime/golden_check.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <optional>

#include "engine/base/half.h"
#include "engine/formats/checkpoint.h"
#include "engine/runtime/golden_input.h"
#include "engine/runtime/sampler.h"

namespace ms {

namespace {

/// Where a golden tensor's counterpart comes from.
struct Source {
    enum class Kind { Logits, Probe, FinalState, Kernel, Greedy } kind = Kind::Logits;
    ProbePoint point = ProbePoint::Dt;
    LayerIndex layer{-1};                 ///< -1 of FinalState: all layers, one after another
    StatePart part = StatePart::State;    ///< FinalState
};

/// Golden tensors that are a part of the state behind the last token.
struct StateKey {
    std::string_view key;
    StatePart part;
};
constexpr std::array kLayerStates{StateKey{"final_state", StatePart::State}, StateKey{"conv_state", StatePart::ConvState}};

std::optional<std::int64_t> number(std::string_view text) {
    std::int64_t value = 0;
    const auto end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, value);
    return parsed.ec == std::errc() && parsed.ptr == end ? std::optional(value) : std::nullopt;
}

Source probe(ProbePoint point, std::int64_t layer) { return {Source::Kind::Probe, point, LayerIndex(layer), {}}; }
Source finalState(StatePart part, std::int64_t layer) { return {Source::Kind::FinalState, {}, LayerIndex(layer), part}; }

std::optional<Source> hiddenState(std::string_view index, const ModelInfo& info) {
    const auto k = number(index);
    if (!k || *k < 0 || *k > info.dims.n_layer) return std::nullopt;
    if (*k == info.dims.n_layer) return probe(ProbePoint::FinalNorm, -1);
    return probe(info.embeddingsFirst ? ProbePoint::ResidPre : ProbePoint::ResidPost, *k);
}

std::optional<Source> sourceOf(std::string_view key, const ModelInfo& info) {
    constexpr std::string_view kHidden = "hidden_states.", kLayer = "layer";
    const ModelDims& dims = info.dims;
    if (key == "logits" || key == "y") return Source{};
    if (key == "greedy_ids") return Source{Source::Kind::Greedy, {}, {}, {}};
    if (key == "kernel") return Source{Source::Kind::Kernel, {}, LayerIndex(0), {}};
    if (key == "hidden") return probe(ProbePoint::Hidden, dims.n_layer - 1);
    // An LSTM passes on what it hides; the others pass on their state.
    const bool lstm = dims.n_layer > 0 && dims.layer(LayerIndex(0)).kind == LayerKind::Lstm;
    if (key == "final_h") return finalState(lstm ? StatePart::Hidden : StatePart::State, -1);
    if (key == "final_c") return finalState(StatePart::State, -1);
    if (key.starts_with(kHidden)) return hiddenState(key.substr(kHidden.size()), info);
    const std::size_t dot = key.find('.');
    if (!key.starts_with(kLayer) || dot == std::string_view::npos) return std::nullopt;
    const auto layer = number(key.substr(kLayer.size(), dot - kLayer.size()));
    if (!layer || *layer < 0 || *layer >= dims.n_layer) return std::nullopt;
    const std::string_view what = key.substr(dot + 1);
    for (const StateKey& state : kLayerStates)
        if (state.key == what) return finalState(state.part, *layer);
    const auto point = probePointByKey(what);
    if (!point || !dims.has(*point, LayerIndex(*layer))) return std::nullopt;
    return probe(*point, *layer);
}

/// The parts of a snapshot that a golden tensor is compared with, one layer's or all.
std::vector<float> partsOf(const StateSnapshot& state, const ModelDims& dims, const Source& source) {
    std::vector<float> values;
    const std::vector<StateSlot> slots = stateLayout(dims);
    for (std::size_t i = 0; i < slots.size(); ++i) {
        if (slots[i].part != source.part || (source.layer.value >= 0 && slots[i].layer != source.layer)) continue;
        const std::size_t before = values.size();
        values.resize(before + state.tensors[i].size() / sizeof(float));
        std::memcpy(values.data() + before, state.tensors[i].data(), state.tensors[i].size());
    }
    return values;
}

GoldenRow compare(const TensorInfo& golden, std::span<const float> out) {
    const std::vector<float> ref = widenToFloat(golden.dtype, golden.bytes);
    double difference = 0, norm = 0, worst = 0;
    for (std::size_t i = 0; i < ref.size(); ++i) {
        const double d = static_cast<double>(out[i]) - ref[i];
        difference += d * d;
        norm += static_cast<double>(ref[i]) * ref[i];
        worst = std::max(worst, std::isnan(d) ? std::numeric_limits<double>::infinity() : std::abs(d));
    }
    double relative = norm > 0 ? std::sqrt(difference / norm) : std::sqrt(difference);
    if (std::isnan(relative)) relative = std::numeric_limits<double>::infinity();
    return {golden.name, golden.shape, relative, worst};
}

/// Feeds the golden input and keeps everything that the golden tensors ask for.
class Recorder {
public:
    Recorder(Session& session, std::int64_t steps)
        : m_session(session), m_vocab(static_cast<std::size_t>(session.model().dims().vocab)),
          m_logits(static_cast<std::size_t>(steps) * m_vocab) {}

    Result<void> run(const GoldenInput& input, const GoldenOptions& options, std::span<const CaptureRequest> requests) {
        MS_TRY(CapturePlan plan, CapturePlan::create(requests, m_session.model().dims()));
        MS_CHECK(m_session.setCapture(std::move(plan), [this](const CaptureFrame& frame) {
            for (const CaptureFrame::Block& b : frame.blocks) {
                std::vector<float>& rows = m_rows[b.entry->key];
                rows.insert(rows.end(), b.values.begin(), b.values.end());
            }
        }));
        const auto keep = [this](TokenPos first, std::span<const float> logits) {
            std::copy(logits.begin(), logits.end(), m_logits.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(first.value) * m_vocab));
        };
        if (!options.stepwise) {
            PrefillOptions prefill;
            prefill.chunk = options.chunk > 0 ? options.chunk : input.steps();
            prefill.onLogits = keep;
            const auto read = input.readAll(m_session, prefill);
            return read ? Result<void>() : Result<void>(read.error());
        }
        for (std::int64_t step = 0; step < input.steps(); ++step) {
            const TokenPos at = m_session.position();
            MS_TRY(const std::span<const float> logits, input.readOne(m_session, step));
            keep(at, logits);
        }
        return {};
    }

    [[nodiscard]] std::span<const float> logits() const { return m_logits; }
    [[nodiscard]] std::span<const float> lastLogits() const { return std::span(m_logits).last(m_vocab); }
    [[nodiscard]] std::span<const float> rows(ProbePoint point, LayerIndex layer) const {
        const auto it = m_rows.find({point, layer, Reduction::None});
        return it == m_rows.end() ? std::span<const float>() : std::span<const float>(it->second);
    }

private:
    Session& m_session;
    std::size_t m_vocab;
    std::vector<float> m_logits;                      // [L, vocab]
    std::map<SeriesKey, std::vector<float>> m_rows;   // [L, width] each
};

Result<std::vector<float>> greedyContinuation(Session& session, std::span<const float> logits, std::int64_t count) {
    std::vector<float> ids;
    while (static_cast<std::int64_t>(ids.size()) < count) {
        const TokenId id = argmax(logits, session.model().tokenCount());
        if (id < 0) return Error{ErrorCode::Internal, "the logits are all NaN"};
        ids.push_back(static_cast<float>(id));
        MS_TRY(logits, session.step(id));
    }
    return ids;
}

}  // namespace

Result<GoldenReport> checkGolden(std::shared_ptr<const Model> model, const std::filesystem::path& golden,
                                 const GoldenOptions& options) {
    MS_TRY(const Checkpoint file, Checkpoint::open(golden));
    MS_TRY(const GoldenInput input, GoldenInput::create(file, golden, *model));

    GoldenReport report;
    std::vector<std::pair<const TensorInfo*, Source>> wanted;
    std::vector<CaptureRequest> requests;
    for (const TensorInfo& t : file.tensors()) {
        if (t.name == input.name()) continue;
        const auto source = sourceOf(t.name, model->info());
        if (!source) {
            report.skipped.push_back(t.name);
            continue;
        }
        wanted.emplace_back(&t, *source);
        if (source->kind != Source::Kind::Probe) continue;
        CaptureRequest request{source->point, {}, Reduction::None, 1, 0, 0, 1};
        if (source->layer.value >= 0) request.layers = {source->layer};
        requests.push_back(std::move(request));
    }

    MS_TRY(auto session, Session::create(model));
    Recorder recorder(*session, input.steps());
    MS_CHECK(recorder.run(input, options, requests));
    MS_TRY(const StateSnapshot state, session->snapshot());

    for (const auto& [tensor, source] : wanted) {
        std::vector<float> owned;
        std::span<const float> out;
        if (source.kind == Source::Kind::Logits) {
            out = recorder.logits();
        } else if (source.kind == Source::Kind::Probe) {
            out = recorder.rows(source.point, source.layer);
        } else if (source.kind == Source::Kind::Greedy) {
            MS_TRY(owned, greedyContinuation(*session, recorder.lastLogits(), tensor->shape.elements()));
            out = owned;
        } else if (source.kind == Source::Kind::Kernel) {
            owned = model->family().convolutionKernel(source.layer, tensor->shape.rank() == 2 ? tensor->shape[1] : 0);
            out = owned;
        } else {
            owned = partsOf(state, model->dims(), source);
            out = owned;
        }
        if (static_cast<std::int64_t>(out.size()) != tensor->shape.elements())
            return Error{ErrorCode::Format, golden.string() + ": tensor " + tensor->name + " " + tensor->shape.text() + " has " +
                                                std::to_string(tensor->shape.elements()) + " elements, the model gives " +
                                                std::to_string(out.size()) + "; the golden file belongs to another model"};
        if (source.kind == Source::Kind::Greedy) {
            std::vector<std::int32_t> ref(static_cast<std::size_t>(tensor->shape.elements()));
            std::memcpy(ref.data(), tensor->bytes.data(), std::min(tensor->bytes.size(), ref.size() * sizeof(std::int32_t)));
            const bool same = std::equal(ref.begin(), ref.end(), out.begin(), [](std::int32_t a, float b) { return static_cast<float>(a) == b; });
            report.rows.push_back({tensor->name, tensor->shape, same ? 0.0 : 1.0, same ? 0.0 : 1.0});
        } else {
            report.rows.push_back(compare(*tensor, out));
        }
        report.worstRelativeError = std::max(report.worstRelativeError, report.rows.back().relativeError);
    }
    if (report.rows.empty()) return Error{ErrorCode::Format, golden.string() + ": holds nothing to compare with this model"};
    return report;
}

}  // namespace ms
