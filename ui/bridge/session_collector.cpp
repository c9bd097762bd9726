#include "ui/bridge/session_collector.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <set>

#include "engine/session/session_names.h"
#include "ui/bridge/text_codec.h"
#include "ui/models/without_model.h"

namespace ms {

namespace {

constexpr auto kAlternatives = static_cast<std::size_t>(SessionTokens::kAlternatives);
static_assert(kAlternatives == TokenRow::kAlternatives);

/// Floats of a frame that is handed to the store at once.
constexpr std::int64_t kFrameFloats = 1 << 16;

using Alternatives = std::array<TokenAlternative, TokenRow::kAlternatives>;

void append(SessionTokens::Expected& columns, float surprisal, const Alternatives& alternatives, std::size_t count) {
    columns.surprisal.push_back(surprisal);
    for (std::size_t i = 0; i < kAlternatives; ++i) {
        columns.ids.push_back(i < count ? alternatives[i].id : -1);
        columns.probabilities.push_back(i < count ? alternatives[i].probability : 0.0f);
    }
}

std::uint8_t read(const SessionTokens::Expected& columns, std::size_t row, Alternatives& alternatives) {
    std::uint8_t count = 0;
    for (; count < kAlternatives && columns.ids[row * kAlternatives + count] >= 0; ++count)
        alternatives[count] = {columns.ids[row * kAlternatives + count], columns.probabilities[row * kAlternatives + count]};
    return count;
}

bool sameRow(const TokenRow& a, const TokenRow& b) {
    const auto same = [](const Alternatives& x, const Alternatives& y, std::size_t count) {
        return std::equal(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(count), y.begin(), [](const auto& p, const auto& q) {
            return p.id == q.id && std::bit_cast<std::uint32_t>(p.probability) == std::bit_cast<std::uint32_t>(q.probability);
        });
    };
    const auto bits = [](float x) { return std::bit_cast<std::uint32_t>(x); };
    return a.id == b.id && a.fromPrompt == b.fromPrompt && bits(a.surprisalBits) == bits(b.surprisalBits) &&
           bits(a.baselineSurprisalBits) == bits(b.baselineSurprisalBits) && a.alternativeCount == b.alternativeCount &&
           a.baselineAlternativeCount == b.baselineAlternativeCount && same(a.alternatives, b.alternatives, a.alternativeCount) &&
           same(a.baselineAlternatives, b.baselineAlternatives, a.baselineAlternativeCount);
}

bool isMissingRow(std::span<const float> row) {
    const auto missing = std::bit_cast<std::uint32_t>(std::numeric_limits<float>::quiet_NaN());
    return std::all_of(row.begin(), row.end(), [missing](float x) { return std::bit_cast<std::uint32_t>(x) == missing; });
}

std::uint64_t bytesOf(const StateSnapshot& state) {
    std::uint64_t bytes = 0;
    for (const auto& tensor : state.tensors) bytes += tensor.size();
    return bytes;
}

}  // namespace

void SessionCollector::session(const TokenRows& rows) {
    m_content.document.rows = this->rows(rows);
    m_session = rows;
}

SessionDocument::Rows SessionCollector::rows(const TokenRows& rows) {
    SessionTokens& t = m_content.tokens;
    const std::size_t most = std::min(rows.size(), m_session.size());
    std::size_t common = std::min(rows.sharedBlocks(m_session) * TokenRows::kBlockRows, most);
    while (common < most && sameRow(rows[common], m_session[common])) ++common;
    SessionDocument::Rows ranges;
    if (common > 0) ranges.push_back({0, static_cast<std::int64_t>(common)});
    const std::int64_t first = t.size();
    for (std::size_t i = common; i < rows.size(); ++i) {
        const TokenRow row = rows[i];
        t.ids.push_back(row.id);
        t.fromPrompt.push_back(row.fromPrompt ? 1 : 0);
        append(t.expected, row.surprisalBits, row.alternatives, row.alternativeCount);
        if (m_content.document.baseline) append(t.baseline, row.baselineSurprisalBits, row.baselineAlternatives, row.baselineAlternativeCount);
    }
    if (t.size() > first) ranges.push_back({first, t.size()});
    return ranges;
}

std::int64_t SessionCollector::state(const std::shared_ptr<const StateSnapshot>& state, std::shared_ptr<const std::vector<float>> logits,
                                     std::span<const TokenId> ids, const std::string& name, bool needed) {
    if (!state || state->position.value > static_cast<std::int64_t>(ids.size())) return -1;
    const auto known = m_states.find(state.get());
    if (known != m_states.end()) {
        auto& there = m_content.states[static_cast<std::size_t>(known->second)].logits;
        if (!there) there = std::move(logits);
        return known->second;
    }
    const std::uint64_t bytes = bytesOf(*state);
    if (!needed && bytes > m_stateBytes) return -1;
    m_stateBytes -= std::min(bytes, m_stateBytes);
    const auto index = static_cast<std::int64_t>(m_content.states.size());
    const auto head = ids.first(static_cast<std::size_t>(state->position.value));
    m_content.states.push_back({name, state, std::move(logits), {head.begin(), head.end()}});
    m_states.emplace(state.get(), index);
    m_content.document.states = index + 1;
    return index;
}

std::vector<std::int64_t> SessionCollector::anchors(const Anchors& anchors, std::span<const TokenId> ids) {
    std::vector<std::int64_t> indices;
    for (const auto& anchor : anchors) {
        auto known = m_anchors.find(anchor.get());
        if (known == m_anchors.end()) {
            const std::int64_t index = state({anchor, &anchor->state}, {anchor, &anchor->logits}, ids, "swapped in", true);
            if (index < 0) continue;
            known = m_anchors.emplace(anchor.get(), static_cast<std::int64_t>(m_content.document.anchors.size())).first;
            m_content.document.anchors.push_back({index, anchor->layers, anchor->loaded});
        }
        indices.push_back(known->second);
    }
    return indices;
}

SessionDocument::Run SessionCollector::run(const RunImage& image, std::span<const TokenId> ids) {
    SessionDocument::Run run;
    run.chunks = image.chunks.runs();
    run.anchors = anchors(image.anchors, ids);
    run.end = state(image.end, image.logits, ids, "end", true);
    for (const auto& along : image.trail)
        if (const std::int64_t index = state(along, nullptr, ids, "along the way", false); index >= 0) run.trail.push_back(index);
    for (const auto& [entry, complete] : image.captured) run.captures.push_back({entry, complete.value});
    return run;
}

SessionDocument::Snapshot SessionCollector::snapshot(const QString& name, const SequencePoint& point, const TokenRows& tokens,
                                                     const std::optional<std::vector<Intervention>>& interventions) {
    const std::vector<TokenId> ids = tokens.ids();
    SessionDocument::Snapshot snapshot;
    snapshot.name = name.toStdString();
    snapshot.rows = rows(tokens);
    snapshot.anchors = anchors(point.anchors, ids);  // first: the point's state may be one of theirs
    snapshot.state = state(point.state, point.logits, ids, snapshot.name, false);
    snapshot.interventions = interventions;
    return snapshot;
}

RecordedModel recordedModel(const Model& model, const SessionTokens& tokens) {
    const ModelInfo& info = model.info();
    RecordedModel recorded{info.layout, info.format, info.dims, info.normEps, info.tiedHead, model.tokenizer() != nullptr,
                           info.parameters, model.tokenCount(), info.weightBytes, {}};
    std::set<TokenId> named;
    for (const auto* ids : {&tokens.ids, &tokens.expected.ids, &tokens.baseline.ids}) named.insert(ids->begin(), ids->end());
    for (const TokenId id : named)
        if (id >= 0) recorded.texts.emplace_back(id, pieceText(model, id).toStdString());
    return recorded;
}

ModelSummaryPtr summarize(const SessionDocument::ModelReference& reference, const RecordedModel& recorded) {
    auto summary = std::make_shared<ModelSummary>();
    summary->name = QString::fromStdString(reference.name);
    summary->path = QString::fromStdString(reference.path);
    summary->family = QString::fromStdString(reference.family);
    summary->layout = QString::fromStdString(recorded.layout);
    summary->format = QString::fromStdString(recorded.format);
    summary->fingerprint = QString::fromStdString(reference.fingerprint);
    summary->device = QString::fromStdString(reference.device);
    summary->dims = recorded.dims;
    summary->normEps = recorded.normEps;
    summary->tiedHead = recorded.tiedHead;
    summary->hasTokenizer = recorded.hasTokenizer;
    summary->parameters = recorded.parameters;
    summary->tokens = recorded.tokens;
    summary->weightBytes = recorded.weightBytes;
    summary->scan.resize(static_cast<std::size_t>(recorded.dims.n_layer));  // without A and D
    summary->problems = QStringList{withoutModelText()};
    return summary;
}

TokenRows SessionRestorer::rows(const SessionDocument::Rows& ranges) const {
    const SessionTokens& t = m_archive.tokens();
    const auto vocab = m_dims.vocab;
    TokenRows rows;
    for (const auto& range : ranges) {
        for (auto i = static_cast<std::size_t>(range.first); i < static_cast<std::size_t>(range.end); ++i) {
            if (t.ids[i] >= vocab) return rows;
            TokenRow row;
            row.id = t.ids[i];
            row.fromPrompt = t.fromPrompt[i] != 0;
            row.surprisalBits = t.expected.surprisal[i];
            row.alternativeCount = read(t.expected, i, row.alternatives);
            if (!t.baseline.surprisal.empty()) {
                row.baselineSurprisalBits = t.baseline.surprisal[i];
                row.baselineAlternativeCount = read(t.baseline, i, row.baselineAlternatives);
            }
            const auto known = [vocab](const Alternatives& all, std::uint8_t count) {
                return std::all_of(all.begin(), all.begin() + count, [vocab](const auto& a) { return a.id < vocab; });
            };
            if (!known(row.alternatives, row.alternativeCount)) row.alternativeCount = 0;
            if (!known(row.baselineAlternatives, row.baselineAlternativeCount)) row.baselineAlternativeCount = 0;
            rows.push_back(row);
        }
    }
    return rows;
}

SessionRestorer::Loaded SessionRestorer::state(std::int64_t index) {
    if (index < 0 || m_model == nullptr) return {};
    const auto known = m_states.find(index);
    if (known != m_states.end()) return known->second;
    Loaded& loaded = m_states[index];
    auto read = m_archive.state(index, *m_model);
    if (!read) {
        m_archive.addLost("state " + std::to_string(index) + " is lost; its tokens are read again where it is needed");
        return loaded;
    }
    loaded.state = std::make_shared<const StateSnapshot>(std::move(read->state));
    if (!read->logits.empty()) loaded.logits = std::make_shared<const std::vector<float>>(std::move(read->logits));
    return loaded;
}

Anchors SessionRestorer::anchors(const std::vector<std::int64_t>& indices) {
    Anchors all;
    for (const std::int64_t index : indices) {
        std::shared_ptr<const Anchor>& anchor = m_anchors[index];
        if (!anchor) {
            const SessionDocument::Anchor& told = m_archive.document().anchors[static_cast<std::size_t>(index)];
            const Loaded loaded = state(told.state);
            if (!loaded.state) {
                m_archive.addLost("a state that had been swapped in is lost: what follows it may be otherwise when it is read again");
                continue;
            }
            anchor = std::make_shared<const Anchor>(
                Anchor{*loaded.state, loaded.logits ? *loaded.logits : std::vector<float>(), told.layers, told.loaded});
        }
        if (all.empty() || all.back()->state.position <= anchor->state.position) all.push_back(anchor);
    }
    return all;
}

RunImage SessionRestorer::run(const SessionDocument::Run& run) {
    RunImage image;
    if (auto chunks = ChunkLog::fromRuns(run.chunks)) image.chunks = std::move(*chunks);
    image.anchors = anchors(run.anchors);
    for (const std::int64_t index : run.trail) {
        const Loaded loaded = state(index);
        if (loaded.state && (image.trail.empty() || image.trail.back()->position < loaded.state->position)) image.trail.push_back(loaded.state);
    }
    const Loaded end = state(run.end);
    image.end = end.state;
    image.logits = end.logits;
    return image;
}

SequencePoint SessionRestorer::point(const SessionDocument::Snapshot& snapshot) {
    SequencePoint point;
    point.anchors = anchors(snapshot.anchors);
    const Loaded loaded = state(snapshot.state);
    point.state = loaded.state;
    point.logits = loaded.logits;
    return point;
}

std::vector<Coverage::Known> SessionRestorer::captures(const char* group, const SessionDocument::Run& run, std::int64_t tokens,
                                                       const CaptureSink& sink, const ProgressCallback& progress) {
    std::vector<Coverage::Known> known;
    std::int64_t done = 0, damaged = 0;
    std::vector<float> block;
    for (const auto& capture : run.captures) {
        const CaptureEntry& entry = capture.entry;
        if (progress) progress({done++, static_cast<std::int64_t>(run.captures.size()), entry.key.path()});
        const auto bytes = isSeriesOf(entry, m_dims)
                               ? m_archive.captured(group, entry)
                               : Result<std::span<const std::byte>>(Error{ErrorCode::Format, "is no series of this model"});
        if (!bytes) {
            ++damaged;
            continue;
        }
        const std::int64_t width = entry.width;
        const auto rowBytes = static_cast<std::size_t>(width) * sizeof(float);
        const auto rows = std::min(static_cast<std::int64_t>(bytes->size() / rowBytes), (tokens + entry.stride - 1) / entry.stride);
        const std::int64_t most = std::max<std::int64_t>(1, kFrameFloats / width);
        for (std::int64_t first = 0; first < rows; first += most) {
            const std::int64_t count = std::min(most, rows - first);
            block.resize(static_cast<std::size_t>(count * width));
            std::memcpy(block.data(), bytes->data() + static_cast<std::size_t>(first) * rowBytes, static_cast<std::size_t>(count) * rowBytes);
            const auto row = [&](std::int64_t r) { return std::span(block).subspan(static_cast<std::size_t>(r * width), static_cast<std::size_t>(width)); };
            for (std::int64_t from = 0; from < count;) {  // rows that nobody captured stay so
                std::int64_t to = from;
                while (to < count && !isMissingRow(row(to))) ++to;
                if (to > from) {
                    const TokenPos at((first + from) * entry.stride);
                    sink({at, (to - from) * entry.stride,
                          {{&entry, at, to - from, std::span(block).subspan(static_cast<std::size_t>(from * width), static_cast<std::size_t>((to - from) * width))}}});
                }
                from = to + 1;
            }
        }
        known.push_back({entry, TokenPos(std::min({capture.complete, tokens, rows * entry.stride}))});
    }
    if (damaged > 0)
        m_archive.addLost(std::to_string(damaged) + " of " + std::to_string(run.captures.size()) +
                          " captured series are damaged" + (m_model != nullptr ? "; what the views need of them is read again" : ""));
    return known;
}

std::vector<Intervention> SessionRestorer::interventions(const std::vector<Intervention>& list) {
    std::vector<Intervention> suitable;
    for (const Intervention& intervention : list) {
        if (checkIntervention(intervention, m_dims)) suitable.push_back(intervention);
        else m_archive.addLost("an intervention does not suit the model: " + intervention.describe());
    }
    return suitable;
}

InterventionValue interventionValue(const Intervention& intervention) {
    InterventionValue value;
    value.kind = static_cast<InterventionValue::Kind>(intervention.kind);
    for (const LayerIndex layer : intervention.layers) value.layers.push_back(layer.value);
    for (const ChannelIndex channel : intervention.channels) value.channels.push_back(channel.value);
    value.factor = intervention.factor;
    value.low = intervention.low;
    value.high = intervention.high;
    value.enabled = intervention.enabled;
    return value;
}

std::vector<SessionDocument::Word> sessionWords(const std::vector<SpeechWord>& words) {
    std::vector<SessionDocument::Word> all;
    for (const SpeechWord& w : words)
        all.push_back({w.text.toStdString(), w.firstFrame, w.endFrame, w.start, w.end, w.confidence, w.segment, w.edited});
    return all;
}

std::vector<SpeechWord> speechWords(const std::vector<SessionDocument::Word>& words) {
    std::vector<SpeechWord> all;
    for (const auto& w : words)
        all.push_back({QString::fromStdString(w.text), w.firstFrame, w.endFrame, w.start, w.end, w.confidence, static_cast<int>(w.segment), w.edited});
    return all;
}

}  // namespace ms
