#include "engine/runtime/golden_input.h"

#include <cstring>

#include "engine/base/half.h"

namespace ms {

namespace {

Error unfit(const std::string& what) { return {ErrorCode::Format, what + "; make the file anew"}; }

}  // namespace

Result<GoldenInput> GoldenInput::create(const Checkpoint& file, const std::filesystem::path& path, const Model& model) {
    GoldenInput input;
    input.m_dims = model.dims().input;
    const bool tokens = input.m_dims.kind == InputDims::Kind::Tokens;
    input.m_name = tokens ? "input_ids" : model.featureStatistics() != nullptr ? "features" : "u";
    const TensorInfo* tensor = file.find(input.m_name);
    const std::string context = path.string() + ": tensor " + input.m_name;
    if (tensor == nullptr) return unfit(context + " is missing");
    const auto taken = tokens ? input.takeIds(*tensor) : input.takeFeatures(*tensor, model.featureStatistics());
    if (!taken) return taken.error().within(context);
    return input;
}

Result<void> GoldenInput::takeIds(const TensorInfo& tensor) {
    if (tensor.dtype != DType::I32 || tensor.shape.rank() != 1 || tensor.shape[0] < 1) return unfit("is not [L] of type I32");
    m_steps = tensor.shape[0];
    m_ids.resize(static_cast<std::size_t>(m_steps));
    std::memcpy(m_ids.data(), tensor.bytes.data(), tensor.bytes.size());
    return {};
}

Result<void> GoldenInput::takeFeatures(const TensorInfo& tensor, const FeatureStatistics* statistics) {
    if (tensor.dtype != DType::F32 || tensor.shape.rank() != 2 || tensor.shape[0] < 1 || tensor.shape[1] != m_dims.width)
        return unfit("is not [rows, " + std::to_string(m_dims.width) + "] of type F32");
    const auto width = static_cast<std::size_t>(m_dims.width);
    FeatureWindow window(statistics != nullptr ? *statistics : FeatureStatistics{std::vector<float>(width, 0), std::vector<float>(width, 1)}, m_dims);
    window.push(widenToFloat(tensor.dtype, tensor.bytes));
    window.finish();
    m_steps = window.ready();
    const std::span<const float> all = window.take(m_steps);
    m_window.assign(all.begin(), all.end());
    return {};
}

Result<std::span<const float>> GoldenInput::readAll(Session& session, const PrefillOptions& options) const {
    return m_window.empty() ? session.prefill(m_ids, options) : session.prefillFrames(m_window, options);
}

Result<std::span<const float>> GoldenInput::readOne(Session& session, std::int64_t step) const {
    if (m_window.empty()) return session.step(m_ids[static_cast<std::size_t>(step)]);
    return session.stepFrame(std::span(m_window).subspan(static_cast<std::size_t>(step * m_dims.step * m_dims.width),
                                                         static_cast<std::size_t>(m_dims.rows(1) * m_dims.width)));
}

}  // namespace ms
