#include "engine/runtime/session.h"

#include <algorithm>
#include <cstring>

#include "engine/runtime/session_capture.h"

namespace ms {

namespace {

/// Programs kept recorded: decode, a full chunk, and a few odd remainders.
constexpr std::size_t kCachedPrograms = 8;
/// Logits of all tokens of a chunk may take this many floats.
constexpr std::int64_t kLogitFloats = 16 << 20;

}  // namespace

Session::Session(std::shared_ptr<const Model> model) : m_model(std::move(model)) {}
Session::~Session() = default;

Result<std::unique_ptr<Session>> Session::create(std::shared_ptr<const Model> model) {
    std::unique_ptr<Session> session(new Session(std::move(model)));
    MS_TRY(session->m_state, session->m_model->family().allocateState(session->m_model->backend()));
    const std::int64_t rows = session->m_model->backend().info().preferredChunk;
    MS_CHECK(session->allocate(rows));
    MS_TRY(session->m_capture, Capture::create(*session->m_model, CapturePlan(), {}, rows));
    return session;
}

Result<void> Session::allocate(std::int64_t rows) {
    Backend& backend = m_model->backend();
    m_programs.clear();
    m_scratch = {};  // give the old one back first: only one is ever needed
    MS_TRY(m_scratch, m_model->family().allocateScratch(backend, rows));
    MS_TRY(m_ids, backend.allocate(DType::I32, {rows}, MemoryKind::Upload, "token ids"));
    return ensureLogits(1);
}

Result<void> Session::ensureLogits(std::int64_t rows) {
    if (m_logits && m_logits.rows() >= rows) return {};
    m_programs.clear();
    MS_TRY(m_logits, m_model->backend().allocate(DType::F32, {rows, m_model->dims().vocab}, MemoryKind::Readback, "logits"));
    return {};
}

Result<void> Session::checkIds(std::span<const TokenId> ids) const {
    const std::int64_t vocab = m_model->dims().vocab;
    const auto bad = std::find_if(ids.begin(), ids.end(), [&](TokenId id) { return id < 0 || id >= vocab; });
    if (bad == ids.end()) return {};
    return Error{ErrorCode::InvalidArgument, "token id " + std::to_string(*bad) + " is outside the model's vocabulary of " +
                                                 std::to_string(vocab) + " entries; give ids from 0 to " +
                                                 std::to_string(vocab - 1)};
}

std::int64_t Session::nextChunk(std::int64_t remaining, std::int64_t limit) const {
    std::int64_t rows = std::min(remaining, limit);
    const std::int64_t stride = m_capture->plan().chunkStride();
    if (stride > 0) {  // end at the next position that the stride divides
        const std::int64_t past = (m_position.value - m_capture->origin().value) % stride;
        rows = std::min(rows, (stride - past) % stride + 1);
    }
    return rows;
}

Result<std::span<const float>> Session::prefill(std::span<const TokenId> ids, const PrefillOptions& options) {
    if (ids.empty()) return Error{ErrorCode::InvalidArgument, "nothing to read: give at least one token"};
    MS_CHECK(checkIds(ids));
    const std::int64_t vocab = m_model->dims().vocab;
    const auto total = static_cast<std::int64_t>(ids.size());
    std::int64_t limit = options.chunk > 0 ? options.chunk : m_model->backend().info().preferredChunk;
    if (options.onLogits) limit = std::clamp<std::int64_t>(kLogitFloats / vocab, 1, limit);
    limit = std::min(limit, total);
    if (m_scratch.rows < limit) {
        MS_CHECK(allocate(limit));
        MS_CHECK(setCapture(m_capture->plan(), m_capture->sink(), m_capture->origin()));
    }
    if (options.onLogits) MS_CHECK(ensureLogits(limit));

    std::int64_t lastRows = 1;
    for (std::int64_t done = 0; done < total;) {
        if (options.stop.stop_requested()) return Error{ErrorCode::Cancelled, "reading was stopped"};
        const std::int64_t rows = nextChunk(total - done, limit);
        const bool last = done + rows == total;
        const LogitRows logits = options.onLogits ? LogitRows::All : last ? LogitRows::Last : LogitRows::None;
        const TokenPos first = m_position;
        MS_CHECK(submit(ids.subspan(static_cast<std::size_t>(done), static_cast<std::size_t>(rows)), logits));
        if (options.onLogits) {
            const auto* values = reinterpret_cast<const float*>(m_model->backend().hostPointer(m_logits));
            options.onLogits(first, {values, static_cast<std::size_t>(rows * vocab)});
        }
        done += rows;
        lastRows = logits == LogitRows::All ? rows : 1;
        if (options.progress) options.progress({done, total, "reading"});
    }
    const auto* values = reinterpret_cast<const float*>(m_model->backend().hostPointer(m_logits));
    return std::span<const float>(values + (lastRows - 1) * vocab, static_cast<std::size_t>(vocab));
}

Result<std::span<const float>> Session::step(TokenId id) {
    const std::span<const TokenId> ids(&id, 1);
    MS_CHECK(checkIds(ids));
    MS_CHECK(submit(ids, LogitRows::Last));
    const auto* values = reinterpret_cast<const float*>(m_model->backend().hostPointer(m_logits));
    return std::span<const float>(values, static_cast<std::size_t>(m_model->dims().vocab));
}

Result<void> Session::submit(std::span<const TokenId> ids, LogitRows logits) {
    const auto rows = static_cast<std::int64_t>(ids.size());
    MS_TRY(Program* program, programFor({rows, logits, m_capture->phase(m_position)}));
    Backend& backend = m_model->backend();
    std::memcpy(backend.hostPointer(m_ids), ids.data(), ids.size_bytes());
    m_capture->beforeRun(m_position);
    MS_CHECK(backend.run(*program));
    m_capture->afterRun(m_position, rows);
    m_chunks.append(m_position, rows, logits == LogitRows::All);
    m_position.value += rows;
    return {};
}

Result<Program*> Session::programFor(const ProgramKey& key) {
    const auto cached = std::find_if(m_programs.begin(), m_programs.end(), [&](const auto& p) { return p.key == key; });
    if (cached != m_programs.end()) {
        cached->lastUse = ++m_useClock;
        return cached->program.get();
    }
    if (m_programs.size() == kCachedPrograms)
        m_programs.erase(std::min_element(m_programs.begin(), m_programs.end(),
                                          [](const auto& a, const auto& b) { return a.lastUse < b.lastUse; }));
    Tensor ids = m_ids;
    ids.shape = {key.rows};
    const std::int64_t logitRows = key.logits == LogitRows::All ? key.rows : 1;
    m_capture->beginRecording(key.rows, key.phase);
    MS_TRY(auto program, m_model->backend().record("forward of " + std::to_string(key.rows) + " tokens", [&](Ops& op) {
        m_model->family().forward(op, {.ids = ids, .rows = key.logits, .logits = m_logits.rowRange(0, logitRows),
                                       .state = &m_state, .scratch = &m_scratch, .taps = m_capture.get(),
                                       .edits = m_edits});
    }));
    m_programs.push_back({key, std::move(program), ++m_useClock});
    return m_programs.back().program.get();
}

Result<void> Session::setCapture(CapturePlan plan, CaptureSink sink, TokenPos origin) {
    MS_TRY(auto capture, Capture::create(*m_model, std::move(plan), std::move(sink), m_scratch.rows, origin));
    capture->restartWindows(m_position);
    m_programs.clear();
    m_capture = std::move(capture);
    return {};
}

const CapturePlan& Session::capturePlan() const { return m_capture->plan(); }

double Session::lastDeviceSeconds() const { return m_model->backend().lastRunSeconds(); }

Result<void> Session::reset() {
    for (const StateTensor& s : m_state.tensors) {
        const std::vector<std::byte> zeros(s.tensor.bytes());
        MS_CHECK(m_model->backend().write(s.tensor, zeros));
    }
    m_position = TokenPos(0);
    m_chunks.clear();
    m_capture->restartWindows(m_position);
    return {};
}

Result<StateSnapshot> Session::snapshot() {
    StateSnapshot snapshot{m_model->info().fingerprint, m_position, {}};
    for (const StateTensor& s : m_state.tensors) {
        std::vector<std::byte>& bytes = snapshot.tensors.emplace_back(s.tensor.bytes());
        MS_CHECK(m_model->backend().read(s.tensor, bytes));
    }
    return snapshot;
}

Result<void> Session::setInterventions(std::span<const Intervention> interventions) {
    MS_TRY(m_edits, compileInterventions(interventions, m_model->dims(), m_model->backend()));
    m_interventions.assign(interventions.begin(), interventions.end());
    m_programs.clear();
    return {};
}

Result<void> Session::checkFits(const StateSnapshot& snapshot) const {
    bool fits = snapshot.fingerprint == m_model->info().fingerprint && snapshot.tensors.size() == m_state.tensors.size();
    for (std::size_t i = 0; fits && i < snapshot.tensors.size(); ++i)
        fits = snapshot.tensors[i].size() == m_state.tensors[i].tensor.bytes();
    if (fits) return {};
    return Error{ErrorCode::InvalidArgument, "this state snapshot belongs to another model than " + m_model->info().name};
}

Result<void> Session::restoreLayers(const StateSnapshot& snapshot, std::span<const LayerIndex> layers) {
    MS_CHECK(checkFits(snapshot));
    for (const LayerIndex layer : layers)
        if (layer.value < 0 || layer.value >= m_model->dims().n_layer)
            return Error{ErrorCode::InvalidArgument, "there is no layer " + std::to_string(layer.value) + "; give 0 to " +
                                                         std::to_string(m_model->dims().n_layer - 1)};
    for (std::size_t i = 0; i < snapshot.tensors.size(); ++i)
        if (std::find(layers.begin(), layers.end(), m_state.tensors[i].layer) != layers.end())
            MS_CHECK(m_model->backend().write(m_state.tensors[i].tensor, snapshot.tensors[i]));
    return {};
}

Result<void> Session::restore(const StateSnapshot& snapshot) {
    MS_CHECK(checkFits(snapshot));
    for (std::size_t i = 0; i < snapshot.tensors.size(); ++i)
        MS_CHECK(m_model->backend().write(m_state.tensors[i].tensor, snapshot.tensors[i]));
    m_position = snapshot.position;
    m_chunks.truncate(m_position);
    m_capture->restartWindows(m_position);
    return {};
}

}  // namespace ms
