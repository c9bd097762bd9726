#include <cmath>
#include <cstdlib>
#include <fstream>

#include "app/cli/bench/bench.h"
#include "engine/base/half.h"
#include "engine/formats/safetensors_writer.h"

namespace ms::cli {

namespace {

constexpr std::int64_t kDModel = 768, kLayers = 24, kVocab = 50280, kDInner = 1536, kDState = 16, kDConv = 4, kDtRank = 48;

/// Fills tensors with numbers of a plausible size; owns their bytes until they are written.
class Weights {
public:
    explicit Weights(DType type) : m_type(type) {}

    void add(const std::string& tensor, Shape shape, float centre, float spread) {
        std::vector<std::byte>& bytes = m_bytes.emplace_back(static_cast<std::size_t>(shape.elements()) * byteSize(m_type));
        for (std::int64_t i = 0; i < shape.elements(); ++i) {
            m_random = m_random * 6364136223846793005ull + 1442695040888963407ull;
            const float value = centre + spread * (static_cast<float>(m_random >> 40) * 0x1p-23f - 1.0f);
            const auto at = static_cast<std::size_t>(i);
            if (m_type == DType::F32) reinterpret_cast<float*>(bytes.data())[at] = value;
            else reinterpret_cast<std::uint16_t*>(bytes.data())[at] = m_type == DType::F16 ? floatToHalf(value) : floatToBfloat(value);
        }
        m_names.push_back(tensor);
        m_shapes.push_back(shape);
    }
    Result<void> write(const std::filesystem::path& file) const {
        std::vector<TensorToWrite> tensors;
        for (std::size_t i = 0; i < m_names.size(); ++i) tensors.push_back({m_names[i], m_type, m_shapes[i], m_bytes[i]});
        return writeSafetensors(file, tensors);
    }

private:
    DType m_type;
    std::uint64_t m_random = 1;
    std::vector<std::string> m_names;
    std::vector<Shape> m_shapes;
    std::vector<std::vector<std::byte>> m_bytes;
};

Weights mamba130M(DType type) {
    Weights w(type);
    w.add("backbone.embeddings.weight", {kVocab, kDModel}, 0, 0.03f);
    for (std::int64_t k = 0; k < kLayers; ++k) {
        const std::string layer = "backbone.layers." + std::to_string(k) + ".", mixer = layer + "mixer.";
        w.add(layer + "norm.weight", {kDModel}, 1, 0.1f);
        w.add(mixer + "in_proj.weight", {2 * kDInner, kDModel}, 0, 0.05f);
        w.add(mixer + "conv1d.weight", {kDInner, 1, kDConv}, 0, 0.5f);
        w.add(mixer + "conv1d.bias", {kDInner}, 0, 0.1f);
        w.add(mixer + "x_proj.weight", {kDtRank + 2 * kDState, kDInner}, 0, 0.04f);
        w.add(mixer + "dt_proj.weight", {kDInner, kDtRank}, 0, 0.1f);
        w.add(mixer + "dt_proj.bias", {kDInner}, -4, 1);
        w.add(mixer + "A_log", {kDInner, kDState}, 1.4f, 1.3f);
        w.add(mixer + "D", {kDInner}, 1, 0.2f);
        w.add(mixer + "out_proj.weight", {kDModel, kDInner}, 0, 0.03f);
    }
    w.add("backbone.norm_f.weight", {kDModel}, 1, 0.1f);
    return w;
}

}  // namespace

Result<RandomCheckpoint> RandomCheckpoint::create(const std::string& dtype) {
    std::string folder = (std::filesystem::temp_directory_path() / "mambascope-bench-XXXXXX").string();
    if (::mkdtemp(folder.data()) == nullptr) return Error{ErrorCode::Io, folder + ": cannot be made; is the temporary folder writable?"};
    RandomCheckpoint checkpoint{std::filesystem::path(folder)};
    const DType type = dtype == "f32" ? DType::F32 : dtype == "bf16" ? DType::BF16 : DType::F16;
    MS_CHECK(mamba130M(type).write(checkpoint.folder() / "model.safetensors"));
    std::ofstream config(checkpoint.folder() / "config.json");
    config << R"({"model_type": "mamba", "hidden_size": 768, "num_hidden_layers": 24, "state_size": 16, "conv_kernel": 4,
 "expand": 2, "time_step_rank": 48, "vocab_size": 50280, "layer_norm_epsilon": 1e-5, "use_bias": false,
 "use_conv_bias": true, "tie_word_embeddings": true})";
    config.close();
    if (!config) return Error{ErrorCode::Io, folder + "/config.json: cannot be written"};
    return checkpoint;
}

RandomCheckpoint::RandomCheckpoint(RandomCheckpoint&& other) noexcept : m_folder(std::exchange(other.m_folder, {})) {}

RandomCheckpoint::~RandomCheckpoint() {
    std::error_code ignored;
    if (!m_folder.empty()) std::filesystem::remove_all(m_folder, ignored);
}

}  // namespace ms::cli
