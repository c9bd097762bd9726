// From a checkpoint's tensors to a MambaModel's weights.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <set>

#include "engine/base/half.h"
#include "engine/models/mamba.h"

namespace ms {

namespace {

/// A tensor the family knows, under the names the two layouts use.
struct Wanted {
    std::string name;
    std::vector<Shape> shapes;  ///< any of these
    bool required = true;
};

const std::array<const char*, 2> kEmbeddingNames{"backbone.embeddings.weight", "backbone.embedding.weight"};
constexpr const char* kHeadName = "lm_head.weight";

const TensorInfo* findEmbedding(const Checkpoint& checkpoint) {
    for (const char* name : kEmbeddingNames)
        if (const TensorInfo* t = checkpoint.find(name)) return t;
    return nullptr;
}

std::string layerPrefix(std::int64_t layer) { return "backbone.layers." + std::to_string(layer) + "."; }

std::vector<Wanted> wantedTensors(const MambaConfig& c) {
    std::vector<Wanted> all{{"backbone.norm_f.weight", {{c.d_model}}}};
    for (std::int64_t k = 0; k < c.n_layer; ++k) {
        const std::string layer = layerPrefix(k), mixer = layer + "mixer.";
        all.push_back({layer + "norm.weight", {{c.d_model}}});
        all.push_back({mixer + "in_proj.weight", {{2 * c.d_inner, c.d_model}}});
        all.push_back({mixer + "conv1d.weight", {{c.d_inner, 1, c.d_conv}, {c.d_inner, c.d_conv}}});
        if (c.conv_bias) all.push_back({mixer + "conv1d.bias", {{c.d_inner}}});
        all.push_back({mixer + "x_proj.weight", {{c.dt_rank + 2 * c.d_state, c.d_inner}}});
        all.push_back({mixer + "dt_proj.weight", {{c.d_inner, c.dt_rank}}});
        all.push_back({mixer + "dt_proj.bias", {{c.d_inner}}});
        all.push_back({mixer + "A_log", {{c.d_inner, c.d_state}}});
        all.push_back({mixer + "D", {{c.d_inner}}});
        all.push_back({mixer + "out_proj.weight", {{c.d_model, c.d_inner}}});
        if (c.proj_bias) {
            all.push_back({mixer + "in_proj.bias", {{2 * c.d_inner}}});
            all.push_back({mixer + "out_proj.bias", {{c.d_model}}});
        }
    }
    return all;
}

bool isFloat(DType type) { return type == DType::F32 || type == DType::F16 || type == DType::BF16; }

/// Index of the first NaN or infinity, or -1.
std::int64_t firstNonFinite(const TensorInfo& tensor) {
    const auto scan = [&](auto stored, auto mask) -> std::int64_t {
        using Word = decltype(stored);
        const std::size_t count = tensor.bytes.size() / sizeof(Word);
        constexpr std::size_t kRun = 4096;
        std::array<Word, kRun> run;
        for (std::size_t at = 0; at < count; at += kRun) {  // whole runs first, so that the common case vectorises
            const std::size_t n = std::min(kRun, count - at);
            std::memcpy(run.data(), tensor.bytes.data() + at * sizeof(Word), n * sizeof(Word));
            Word bad = 0;
            for (std::size_t i = 0; i < n; ++i) bad |= static_cast<Word>((run[i] & mask) == mask);
            if (bad == 0) continue;
            for (std::size_t i = 0; i < n; ++i)
                if ((run[i] & mask) == mask) return static_cast<std::int64_t>(at + i);
        }
        return -1;
    };
    switch (tensor.dtype) {
        case DType::F32: return scan(std::uint32_t{}, std::uint32_t{0x7f800000u});
        case DType::F16: return scan(std::uint16_t{}, std::uint16_t{0x7c00u});
        case DType::BF16: return scan(std::uint16_t{}, std::uint16_t{0x7f80u});
        default: return -1;
    }
}

void checkTensor(const TensorInfo& t, const std::vector<Shape>& shapes, std::vector<TensorProblem>& problems) {
    if (!isFloat(t.dtype))
        problems.push_back({true, t.file + ": tensor " + t.name + " is " + std::string(name(t.dtype)) +
                                      "; only F32, F16 and BF16 weights can be run, convert the checkpoint"});
    if (std::find(shapes.begin(), shapes.end(), t.shape) == shapes.end())
        problems.push_back({true, t.file + ": tensor " + t.name + " has shape " + t.shape.text() + ", config.json asks for " +
                                      shapes.front().text() + "; use the config.json that belongs to these weights"});
}

}  // namespace

std::vector<TensorProblem> findProblems(const MambaConfig& config, const Checkpoint& checkpoint) {
    std::vector<TensorProblem> problems;
    std::set<std::string, std::less<>> known;
    const std::string file = checkpoint.path().string();

    if (const TensorInfo* embedding = findEmbedding(checkpoint)) {
        known.insert(embedding->name);
        const std::int64_t rows = embedding->shape.rank() == 2 ? embedding->shape[0] : 0;
        const std::int64_t pad = std::max(1, config.vocab_pad_multiple);
        const std::int64_t padded = (config.vocab_size + pad - 1) / pad * pad;
        // Either declared size is seen in real files: before or after padding.
        checkTensor(*embedding, {{rows == padded ? padded : config.vocab_size, config.d_model}}, problems);
        const TensorInfo* head = checkpoint.find(kHeadName);
        if (head != nullptr) checkTensor(*head, {{rows, config.d_model}}, problems);
        else if (!config.tie_embeddings)
            problems.push_back({true, file + ": tensor lm_head.weight is missing and config.json does not tie it to the "
                                             "embedding; download the checkpoint again"});
        known.insert(kHeadName);
    } else {
        problems.push_back({true, file + ": tensor backbone.embeddings.weight is missing; this is not a whole Mamba checkpoint"});
    }
    for (const Wanted& wanted : wantedTensors(config)) {
        known.insert(wanted.name);
        if (const TensorInfo* t = checkpoint.find(wanted.name)) checkTensor(*t, wanted.shapes, problems);
        else problems.push_back({true, file + ": tensor " + wanted.name + " is missing; download the checkpoint again"});
    }
    for (const TensorInfo& t : checkpoint.tensors())
        if (!known.contains(t.name)) problems.push_back({false, t.file + ": tensor " + t.name + " " + t.shape.text() + " is not used"});
    return problems;
}

/// Moves tensors onto the backend one by one, counting for the progress bar.
class MambaModel::Loader {
public:
    Loader(const Checkpoint& checkpoint, Backend& backend, const ProgressCallback& progress, const std::stop_token& stop)
        : m_checkpoint(checkpoint), m_backend(backend), m_progress(progress), m_stop(stop),
          m_total(static_cast<std::int64_t>(checkpoint.tensors().size())) {}

    /// The tensor in its stored type.
    Result<Tensor> matrix(const std::string& tensorName) {
        MS_TRY(const TensorInfo* info, take(tensorName));
        return m_backend.adoptWeights(info->dtype, info->shape, info->bytes, m_checkpoint.storage(), tensorName);
    }
    /// The tensor widened to F32 and given a shape; a copy goes to `kept`.
    Result<Tensor> widened(const std::string& tensorName, Shape shape, std::vector<float>* kept = nullptr) {
        MS_TRY(const TensorInfo* info, take(tensorName));
        std::vector<float> values = widenToFloat(info->dtype, info->bytes);
        if (kept != nullptr) *kept = values;
        return floats(std::move(values), shape, tensorName);
    }
    /// A = -exp(A_log), also kept for the caller.
    Result<Tensor> negativeExp(const std::string& tensorName, Shape shape, std::vector<float>& kept) {
        MS_TRY(const TensorInfo* info, take(tensorName));
        kept = widenToFloat(info->dtype, info->bytes);
        for (float& a : kept) a = -std::exp(a);
        return floats(kept, shape, tensorName);
    }

private:
    Result<const TensorInfo*> take(const std::string& tensorName) {
        if (m_stop.stop_requested()) return Error{ErrorCode::Cancelled, "loading was cancelled"};
        const TensorInfo* info = m_checkpoint.find(tensorName);
        if (info == nullptr) return Error{ErrorCode::NotFound, "tensor " + tensorName + " is missing"};
        if (const std::int64_t bad = firstNonFinite(*info); bad >= 0)
            return Error{ErrorCode::Format, info->file + ": tensor " + tensorName + " holds NaN or infinity (element " +
                                                std::to_string(bad) + "); the training run or the download is broken, get it again"};
        if (m_progress) m_progress({m_done, m_total, tensorName});
        ++m_done;
        return info;
    }
    Result<Tensor> floats(std::vector<float> values, Shape shape, const std::string& label) {
        auto kept = std::make_shared<const std::vector<float>>(std::move(values));
        return m_backend.adoptWeights(DType::F32, shape, std::as_bytes(std::span(*kept)), kept, label);
    }

    const Checkpoint& m_checkpoint;
    Backend& m_backend;
    const ProgressCallback& m_progress;
    const std::stop_token& m_stop;
    std::int64_t m_total;
    std::int64_t m_done = 0;
};

Result<std::unique_ptr<MambaModel>> MambaModel::create(const MambaConfig& config, const Checkpoint& checkpoint,
                                                       Backend& backend, const ProgressCallback& progress,
                                                       const std::stop_token& stop) {
    for (const TensorProblem& problem : findProblems(config, checkpoint))
        if (problem.fatal) return Error{ErrorCode::Format, problem.text};

    std::unique_ptr<MambaModel> model(new MambaModel);
    const TensorInfo* embedding = findEmbedding(checkpoint);
    model->m_config = config;
    model->m_dims = {config.d_model, config.n_layer, config.d_inner, config.d_state, config.d_conv, config.dt_rank,
                     embedding->shape[0]};
    Loader load(checkpoint, backend, progress, stop);
    MS_TRY(model->m_embedding, load.matrix(embedding->name));
    const bool ownHead = !config.tie_embeddings && checkpoint.find(kHeadName) != nullptr;
    model->m_head = model->m_embedding;
    if (ownHead) { MS_TRY(model->m_head, load.matrix(kHeadName)); }
    MS_TRY(model->m_normF, load.widened("backbone.norm_f.weight", {config.d_model}));

    for (std::int64_t k = 0; k < config.n_layer; ++k) {
        const std::string layer = layerPrefix(k), mixer = layer + "mixer.";
        MambaLayer w;
        MS_TRY(w.norm, load.widened(layer + "norm.weight", {config.d_model}));
        MS_TRY(w.inProj, load.matrix(mixer + "in_proj.weight"));
        MS_TRY(w.convWeight, load.widened(mixer + "conv1d.weight", {config.d_inner, config.d_conv}));
        if (config.conv_bias) { MS_TRY(w.convBias, load.widened(mixer + "conv1d.bias", {config.d_inner})); }
        MS_TRY(w.xProj, load.matrix(mixer + "x_proj.weight"));
        MS_TRY(w.dtProj, load.matrix(mixer + "dt_proj.weight"));
        MS_TRY(w.dtBias, load.widened(mixer + "dt_proj.bias", {config.d_inner}));
        std::vector<float> A;
        MS_TRY(w.A, load.negativeExp(mixer + "A_log", {config.d_inner, config.d_state}, A));
        model->m_stateMatrices.push_back(std::move(A));
        std::vector<float> D;
        MS_TRY(w.D, load.widened(mixer + "D", {config.d_inner}, &D));
        model->m_skipWeights.push_back(std::move(D));
        MS_TRY(w.outProj, load.matrix(mixer + "out_proj.weight"));
        if (config.proj_bias) {
            MS_TRY(w.inProjBias, load.widened(mixer + "in_proj.bias", {2 * config.d_inner}));
            MS_TRY(w.outProjBias, load.widened(mixer + "out_proj.bias", {config.d_model}));
        }
        model->m_layers.push_back(std::move(w));
    }
    return model;
}

}  // namespace ms
