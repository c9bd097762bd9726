#include "engine/models/mamba_ctc.h"

#include <algorithm>

namespace ms {

namespace {

constexpr const char *kMean = "features.mean", *kStd = "features.std", *kProj = "frontend.proj.weight",
                     *kProjBias = "frontend.proj.bias", *kHead = "head.weight", *kHeadBias = "head.bias";

std::string convName(std::size_t i) { return "frontend.conv." + std::to_string(i) + "."; }

std::vector<WantedTensor> wantedTensors(const MambaCtcConfig& c) {
    const std::int64_t vocab = static_cast<std::int64_t>(c.speech.vocab.size());
    std::vector<WantedTensor> all = MambaStack::wantedTensors(c);
    std::int64_t channels = c.speech.features.mels;
    all.push_back({kMean, {{channels}}});
    all.push_back({kStd, {{channels}}});
    for (std::size_t i = 0; i < c.speech.frontend.size(); ++i) {
        const FrontendConv& conv = c.speech.frontend[i];
        all.push_back({convName(i) + "weight", {{conv.channels, channels, conv.kernel}}});
        all.push_back({convName(i) + "bias", {{conv.channels}}});
        channels = conv.channels;
    }
    all.push_back({kProj, {{c.d_model, channels}}});
    all.push_back({kProjBias, {{c.d_model}}});
    all.push_back({kHead, {{vocab, c.d_model}}});
    all.push_back({kHeadBias, {{vocab}}});
    return all;
}

}  // namespace

std::vector<TensorProblem> findProblems(const MambaCtcConfig& config, const Checkpoint& checkpoint) {
    std::vector<TensorProblem> problems;
    compareTensors(checkpoint, wantedTensors(config), {}, problems);
    return problems;
}

Result<std::unique_ptr<MambaCtcModel>> MambaCtcModel::create(const MambaCtcConfig& config, const Checkpoint& checkpoint,
                                                             Backend& backend, const ProgressCallback& progress,
                                                             const std::stop_token& stop) {
    for (const TensorProblem& problem : findProblems(config, checkpoint))
        if (problem.fatal) return Error{ErrorCode::Format, problem.text};

    std::unique_ptr<MambaCtcModel> model(new MambaCtcModel);
    WeightLoader load(checkpoint, backend, progress, stop);
    MS_TRY(model->m_statistics.mean, load.values(kMean));
    MS_TRY(model->m_statistics.std, load.values(kStd));
    if (std::any_of(model->m_statistics.std.begin(), model->m_statistics.std.end(), [](float v) { return !(v > 0); }))
        return Error{ErrorCode::Format, checkpoint.path().string() + ": tensor " + kStd +
                                            " holds a value that is not above 0; make the statistics anew"};
    for (std::size_t i = 0; i < config.speech.frontend.size(); ++i) {
        Conv conv{config.speech.frontend[i], {}, {}};
        MS_TRY(conv.weight, load.convolution(convName(i) + "weight"));
        MS_TRY(conv.bias, load.widened(convName(i) + "bias", {conv.shape.channels}));
        model->m_convs.push_back(std::move(conv));
    }
    MS_TRY(model->m_proj, load.matrix(kProj));
    MS_TRY(model->m_projBias, load.widened(kProjBias, {config.d_model}));
    MambaHead head;
    MS_TRY(head.weight, load.matrix(kHead));
    MS_TRY(head.bias, load.widened(kHeadBias, {head.weight.rows()}));
    MS_CHECK(model->loadStack(config, load, std::move(head), config.input()));
    return model;
}

Result<ModelScratch> MambaCtcModel::allocateScratch(Backend& backend, std::int64_t rows) const {
    MS_TRY(ModelScratch scratch, MambaStack::allocateScratch(backend, rows));
    std::int64_t length = dims().input.rows(rows);
    for (const Conv& conv : m_convs) {
        length = (length - conv.shape.kernel) / conv.shape.stride + 1;
        MS_TRY(Tensor made, backend.allocate(DType::F32, {length, conv.shape.channels}, MemoryKind::Device, "activations"));
        scratch.tensors.push_back(std::move(made));
    }
    return scratch;
}

void MambaCtcModel::readInput(Ops& op, const ForwardArgs& args, const Tensor& r) const {
    Tensor x = args.input;  // [4 L + 9, mels] with two convolutions of kernel 5 and stride 2
    for (std::size_t i = 0; i < m_convs.size(); ++i) {
        const Conv& conv = m_convs[i];
        // A convolution over contiguous rows is a product over overlapping runs of them.
        const Tensor runs = x.unfold(conv.shape.kernel, conv.shape.stride);                        // [·, kernel · channels]
        const Tensor made = args.scratch->tensors[stackScratch() + i].rowRange(0, runs.rows());  // 2 L + 3, then L rows
        op.matmul({.x = runs, .weight = conv.weight, .bias = conv.bias, .out = made, .epilogue = MatmulArgs::Epilogue::Silu});
        x = made;
    }
    op.matmul({.x = x, .weight = m_proj, .bias = m_projBias, .out = r});
    if (args.taps == nullptr) return;
    const InputDims& in = dims().input;  // of each frame's own rows, the first
    const Tensor own = args.input.rowRange(in.before, in.step * r.rows()).unfold(1, in.step);
    args.taps->offer(op, ProbePoint::Features, LayerIndex(-1), own);
}

}  // namespace ms
