#include "engine/runtime/session.h"

#include <algorithm>
#include <cmath>
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
    Backend& backend = session->m_model->backend();
    MS_TRY(session->m_state, session->m_model->family().allocateState(backend));
    MS_TRY(session->m_positionTensor, backend.allocate(DType::I32, {1}, MemoryKind::Upload, "position"));
    const std::int64_t rows = backend.info().preferredChunk;
    MS_CHECK(session->allocate(rows));
    MS_TRY(session->m_capture, Capture::create(*session->m_model, CapturePlan(), {}, rows));
    return session;
}

Result<void> Session::allocate(std::int64_t rows) {
    Backend& backend = m_model->backend();
    m_programs.clear();
    m_scratch = {};  // give the old one back first: only one is ever needed
    MS_TRY(m_scratch, m_model->family().allocateScratch(backend, rows));
    const InputDims& input = m_model->dims().input;
    MS_TRY(m_input, backend.allocate(input.type(), input.shape(rows), MemoryKind::Upload, "input of a chunk"));
    return ensureLogits(1);
}

Result<void> Session::ensureLogits(std::int64_t rows) {
    if (m_logits && m_logits.rows() >= rows) return {};
    m_programs.clear();
    MS_TRY(m_logits, m_model->backend().allocate(DType::F32, {rows, m_model->dims().vocab}, MemoryKind::Readback, "logits"));
    return {};
}

Result<void> Session::ensureRoom(std::int64_t tokens) {
    Backend& backend = m_model->backend();
    for (StateTensor& state : m_state.tensors) {
        if (!state.perToken || state.tensor.rows() >= tokens) continue;
        m_programs.clear();  // they hold the old tensor
        const std::int64_t capacity = std::max(2 * state.tensor.rows(), tokens), used = m_position.value;
        MS_TRY(Tensor larger, backend.allocate(DType::F32, {capacity, state.tensor.cols()}, MemoryKind::Device,
                                               std::string(name(state.part)) + " of layer " + std::to_string(state.layer.value)));
        if (used > 0) {
            MS_TRY(const auto program, backend.record("more room for the state", [&](Ops& op) {
                op.copy(state.tensor.rowRange(0, used), larger.rowRange(0, used));
            }));
            MS_CHECK(backend.run(*program));
        }
        state.tensor = std::move(larger);
    }
    return {};
}

std::uint64_t Session::stateBytesHeld() const {
    std::uint64_t bytes = 0;
    for (const StateTensor& state : m_state.tensors) bytes += state.tensor.bytes();
    return bytes;
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

Result<void> Session::checkWindow(std::span<const float> window) const {
    const InputDims& input = m_model->dims().input;
    const auto values = static_cast<std::int64_t>(window.size());
    const std::int64_t rows = values / input.width, steps = input.steps(rows);
    if (steps < 1 || values != input.rows(steps) * input.width)
        return Error{ErrorCode::InvalidArgument, "a window of " + std::to_string(values) + " values; L frames are " +
                                                     std::to_string(input.step) + " L + " + std::to_string(input.rows(0)) +
                                                     " rows of " + std::to_string(input.width)};
    const auto bad = std::find_if(window.begin(), window.end(), [](float v) { return !std::isfinite(v); });
    if (bad == window.end()) return {};
    return Error{ErrorCode::InvalidArgument, "row " + std::to_string((bad - window.begin()) / input.width) +
                                                 " of the features holds NaN or infinity; every value must be a number"};
}

Result<std::span<const float>> Session::prefill(std::span<const TokenId> ids, const PrefillOptions& options) {
    MS_CHECK(m_model->expectText());
    if (ids.empty()) return Error{ErrorCode::InvalidArgument, "nothing to read: give at least one token"};
    MS_CHECK(checkIds(ids));
    return read(std::as_bytes(ids), static_cast<std::int64_t>(ids.size()), options);
}

Result<std::span<const float>> Session::step(TokenId id) {
    MS_CHECK(m_model->expectText());
    const std::span<const TokenId> ids(&id, 1);
    MS_CHECK(checkIds(ids));
    return readOne(std::as_bytes(ids));
}

Result<std::span<const float>> Session::prefillFrames(std::span<const float> window, const PrefillOptions& options) {
    MS_CHECK(m_model->expectFeatures());
    MS_CHECK(checkWindow(window));
    const InputDims& input = m_model->dims().input;
    return read(std::as_bytes(window), input.steps(static_cast<std::int64_t>(window.size()) / input.width), options);
}

Result<std::span<const float>> Session::stepFrame(std::span<const float> window) {
    MS_CHECK(m_model->expectFeatures());
    MS_CHECK(checkWindow(window));
    if (static_cast<std::int64_t>(window.size()) != m_model->dims().input.shape(1).elements())
        return Error{ErrorCode::InvalidArgument, "a step reads the window of one frame; prefillFrames reads several"};
    return readOne(std::as_bytes(window));
}

Result<std::span<const float>> Session::read(std::span<const std::byte> input, std::int64_t total,
                                             const PrefillOptions& options) {
    const InputDims& dims = m_model->dims().input;
    const std::int64_t vocab = m_model->dims().vocab, rowBytes = dims.width * static_cast<std::int64_t>(byteSize(dims.type()));
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
        MS_CHECK(submit(input.subspan(static_cast<std::size_t>(done * dims.step * rowBytes),
                                      static_cast<std::size_t>(dims.rows(rows) * rowBytes)), rows, logits));
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

Result<std::span<const float>> Session::readOne(std::span<const std::byte> input) {
    MS_CHECK(submit(input, 1, LogitRows::Last));
    const auto* values = reinterpret_cast<const float*>(m_model->backend().hostPointer(m_logits));
    return std::span<const float>(values, static_cast<std::size_t>(m_model->dims().vocab));
}

Result<void> Session::submit(std::span<const std::byte> input, std::int64_t rows, LogitRows logits) {
    MS_CHECK(ensureRoom(m_position.value + rows));
    MS_TRY(Program* program, programFor({rows, logits, m_capture->phase(m_position)}));
    Backend& backend = m_model->backend();
    std::memcpy(backend.hostPointer(m_input), input.data(), input.size());
    const auto position = static_cast<std::int32_t>(m_position.value);
    std::memcpy(backend.hostPointer(m_positionTensor), &position, sizeof position);
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
    const Tensor input = m_input.reshaped(m_model->dims().input.shape(key.rows));
    const std::int64_t logitRows = key.logits == LogitRows::All ? key.rows : 1;
    m_capture->beginRecording(key.rows, key.phase);
    MS_TRY(auto program, m_model->backend().record("forward of " + std::to_string(key.rows) + " steps", [&](Ops& op) {
        m_model->family().forward(op, {.input = input, .position = m_positionTensor, .rows = key.logits, .logits = m_logits.rowRange(0, logitRows),
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
        const std::vector<std::byte> zeros(s.bytes(0));  // of what grows nothing is in use
        MS_CHECK(writeState(s, zeros));
    }
    m_position = TokenPos(0);
    m_chunks.clear();
    m_capture->restartWindows(m_position);
    return {};
}

Result<StateSnapshot> Session::snapshot() {
    StateSnapshot snapshot{m_model->info().fingerprint, m_position, {}};
    for (const StateTensor& s : m_state.tensors) {
        std::vector<std::byte>& bytes = snapshot.tensors.emplace_back(s.bytes(m_position.value));
        if (bytes.empty()) continue;
        MS_CHECK(m_model->backend().read(s.perToken ? s.tensor.rowRange(0, m_position.value) : s.tensor, bytes));
    }
    return snapshot;
}

/// bytes: of the rows in use, if the tensor grows; it has room for them.
Result<void> Session::writeState(const StateTensor& state, std::span<const std::byte> bytes) {
    if (bytes.empty()) return {};
    const auto rows = static_cast<std::int64_t>(bytes.size() / state.bytes(1));
    return m_model->backend().write(state.perToken ? state.tensor.rowRange(0, rows) : state.tensor, bytes);
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
        fits = snapshot.tensors[i].size() == m_state.tensors[i].bytes(snapshot.position.value);
    if (fits) return {};
    return Error{ErrorCode::InvalidArgument, "this state snapshot belongs to another model than " + m_model->info().name};
}

Result<void> Session::restoreLayers(const StateSnapshot& snapshot, std::span<const LayerIndex> layers) {
    MS_CHECK(checkFits(snapshot));
    for (const LayerIndex layer : layers)
        if (layer.value < 0 || layer.value >= m_model->dims().n_layer)
            return Error{ErrorCode::InvalidArgument, "there is no layer " + std::to_string(layer.value) + "; give 0 to " +
                                                         std::to_string(m_model->dims().n_layer - 1)};
    const auto meant = [&](const StateTensor& s) { return std::find(layers.begin(), layers.end(), s.layer) != layers.end(); };
    for (const StateTensor& s : m_state.tensors)
        if (meant(s) && s.perToken && snapshot.position != m_position)
            return Error{ErrorCode::InvalidArgument, "layer " + std::to_string(s.layer.value) + " keeps a row for every token, so its "
                                                         "state fits at token " + std::to_string(snapshot.position.value) +
                                                         " only; go there first"};
    for (std::size_t i = 0; i < snapshot.tensors.size(); ++i)
        if (meant(m_state.tensors[i])) MS_CHECK(writeState(m_state.tensors[i], snapshot.tensors[i]));
    return {};
}

Result<void> Session::restore(const StateSnapshot& snapshot) {
    MS_CHECK(checkFits(snapshot));
    MS_CHECK(ensureRoom(snapshot.position.value));
    for (std::size_t i = 0; i < snapshot.tensors.size(); ++i) MS_CHECK(writeState(m_state.tensors[i], snapshot.tensors[i]));
    m_position = snapshot.position;
    m_chunks.truncate(m_position);
    m_capture->restartWindows(m_position);
    return {};
}

}  // namespace ms
