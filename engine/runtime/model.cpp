#include "engine/runtime/model.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "engine/models/recognition.h"
#include "engine/runtime/tokenizer_source.h"

namespace ms {

namespace {

/// "layers.3." anywhere, or torch.nn's "_l3" at the end.
LayerIndex layerOf(std::string_view name) {
    constexpr std::string_view kMarker = "layers.", kSuffix = "_l";
    const char* const end = name.data() + name.size();
    std::int64_t layer = -1;
    if (const std::size_t at = name.find(kMarker); at != std::string_view::npos) {
        if (std::from_chars(name.data() + at + kMarker.size(), end, layer).ec != std::errc()) layer = -1;
    } else if (const std::size_t suffix = name.rfind(kSuffix); suffix != std::string_view::npos) {
        const auto [last, error] = std::from_chars(name.data() + suffix + kSuffix.size(), end, layer);
        if (error != std::errc() || last != end) layer = -1;
    }
    return LayerIndex(layer);
}

/// FNV-1a over names, types and shapes: enough to tell models apart, cheap on any size.
std::string fingerprint(const Checkpoint& checkpoint) {
    std::uint64_t hash = 0xcbf29ce484222325ull;
    const auto mix = [&](std::string_view text) {
        for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
    };
    for (const TensorInfo& t : checkpoint.tensors()) {
        mix(t.name);
        mix(name(t.dtype));
        mix(t.shape.text());
        const std::size_t head = std::min<std::size_t>(t.bytes.size(), 64);
        mix({reinterpret_cast<const char*>(t.bytes.data()), head});
    }
    char text[17];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(hash));
    return text;
}

/// File name, or the folder's name for a path that ends in a separator.
std::string displayName(const std::filesystem::path& path) {
    const std::string name = path.filename().string();
    return name.empty() || name == "." ? std::filesystem::absolute(path).parent_path().filename().string() : name;
}

/// What one token reads and multiplies.
void countPerToken(ModelInfo& info) {
    for (const TensorRow& t : info.tensors) {
        const bool ofLayer = t.layer.value >= 0 && t.layer.value < info.dims.n_layer;
        const LayerDims layer = ofLayer ? info.dims.layer(t.layer) : LayerDims{};
        const bool expert = layer.n_experts > 0 && t.name.find("experts.") != std::string::npos;
        const std::int64_t of = expert ? layer.n_experts : 1, read = expert ? layer.n_chosen : 1;
        if (ofLayer && t.shape.rank() == 2 && t.name.ends_with(".weight")) info.multipliesPerToken += t.shape.elements() * read / of;
        const bool embedding = t.name.find("embed") != std::string::npos && t.name.find("embed_out") == std::string::npos;
        // A tied head reads the embedding; where the matrix is stored twice, once.
        if (embedding && !info.tiedHead && t.shape.rank() == 2) info.weightBytesPerToken += t.bytes / static_cast<std::uint64_t>(std::max<std::int64_t>(1, t.shape[0]));
        else if (!(t.name == "lm_head.weight" && info.tiedHead)) info.weightBytesPerToken += t.bytes * static_cast<std::uint64_t>(read) / static_cast<std::uint64_t>(of);
    }
}

constexpr const char* kNoTokenizer = "no tokenizer.json beside the weights: give token ids instead of text";

struct Opened {
    Checkpoint checkpoint;
    std::unique_ptr<Family> family;
    ModelInfo info;
};

Result<Opened> open(const std::filesystem::path& path) {
    MS_TRY(Checkpoint checkpoint, Checkpoint::open(path));
    const std::string configFile = checkpoint.configFile().string();
    if (checkpoint.config().is_null())
        return Error{ErrorCode::NotFound, configFile + ": not found; put the model's config.json beside its weights"};
    auto recognised = recogniseFamily(checkpoint.config(), configFile);
    if (!recognised) {
        Error refused = recognised.error();
        if (const auto remedies = recognise(checkpoint).remedies; !remedies.empty()) refused.message += "; " + remedies.front();
        return refused;
    }
    std::unique_ptr<Family> family = std::move(*recognised);
    const FamilyFacts& facts = family->facts();

    ModelInfo info;
    info.name = displayName(path);
    info.path = path;
    info.weightFiles = checkpoint.files();
    info.family = facts.family;
    info.layout = facts.layout;
    info.embeddingsFirst = facts.embeddingsFirst;
    info.format = checkpoint.formatName();
    info.normEps = facts.normEps;
    info.dims = facts.dims;
    info.speech = facts.speech;
    info.tiedHead = facts.tiedHead;
    for (const TensorInfo& t : checkpoint.tensors()) {
        info.tensors.push_back({t.name, t.dtype, t.shape, t.bytes.size(), layerOf(t.name)});
        info.parameters += t.shape.elements();
        info.weightBytes += t.bytes.size();
    }
    countPerToken(info);
    for (const TensorProblem& problem : family->findProblems(checkpoint)) info.problems.push_back(problem.text);
    info.fingerprint = fingerprint(checkpoint);
    return Opened{std::move(checkpoint), std::move(family), std::move(info)};
}

}  // namespace

Result<ModelInfo> inspectModel(const std::filesystem::path& path) {
    MS_TRY(Opened opened, open(path));
    if (opened.info.dims.input.kind == InputDims::Kind::Tokens && !hasTokenizer(opened.checkpoint))
        opened.info.problems.push_back(kNoTokenizer);
    return std::move(opened.info);
}

Error notText(const ModelInfo& info) {
    return {ErrorCode::Unsupported, info.path.string() + (info.speech ? ": is a speech model; use transcribe"
                                                                       : ": reads rows of numbers, no text; verify compares it")};
}

Result<std::shared_ptr<const Model>> Model::load(const std::filesystem::path& path, std::shared_ptr<Backend> backend,
                                                 const ProgressCallback& progress, std::stop_token stop) {
    MS_TRY(Opened opened, open(path));
    std::shared_ptr<Model> model(new Model(std::move(opened.checkpoint)));
    MS_TRY(model->m_family, opened.family->load(model->m_checkpoint, *backend, progress, stop));
    model->m_backend = std::move(backend);
    model->m_info = std::move(opened.info);
    model->m_info.dims = model->m_family->dims();
    if (!model->expectText()) return std::shared_ptr<const Model>(std::move(model));

    if (progress && hasTokenizer(model->m_checkpoint)) progress({0, 0, "tokenizer"});
    MS_TRY(TokenizerSource source, openTokenizer(model->m_checkpoint));
    model->m_tokenizer = std::move(source.tokenizer);
    if (!model->m_tokenizer) {
        model->m_info.problems.push_back(kNoTokenizer);
    } else if (model->m_tokenizer->size() > model->dims().vocab) {
        return Error{ErrorCode::Format, source.file.string() + ": it has " + std::to_string(model->m_tokenizer->size()) +
                                            " tokens, the model's embedding only " + std::to_string(model->dims().vocab) +
                                            " rows; put the tokenizer that belongs to this model there"};
    }
    const auto known = [&](std::optional<int> id) -> std::optional<TokenId> {
        return id && *id >= 0 && *id < model->tokenCount() ? std::optional<TokenId>(*id) : std::nullopt;
    };
    model->m_bos = known(opened.family->facts().bosId);
    model->m_eos = known(opened.family->facts().eosId);
    if (model->m_tokenizer) {  // the original layout names no ids; GPT-NeoX's tokenizer begins and ends with this one
        const std::optional<TokenId> endOfText = model->m_tokenizer->tokenId("<|endoftext|>");
        if (!model->m_bos) model->m_bos = endOfText;
        if (!model->m_eos) model->m_eos = endOfText;
    }
    return std::shared_ptr<const Model>(std::move(model));
}

Result<void> Model::expectText() const {
    return dims().input.kind == InputDims::Kind::Tokens ? Result<void>() : Result<void>(notText(m_info));
}

Result<void> Model::expectSpeech() const {
    if (m_info.speech) return {};
    MS_CHECK(expectFeatures());
    return Error{ErrorCode::Unsupported, m_info.path.string() + ": is no speech model"};
}

Result<void> Model::expectFeatures() const {
    if (dims().input.kind == InputDims::Kind::Features) return {};
    return Error{ErrorCode::Unsupported, m_info.path.string() + ": is a language model and reads text; use run"};
}

std::int64_t Model::tokenCount() const {
    return m_tokenizer ? std::min(m_tokenizer->size(), m_info.dims.vocab) : m_info.dims.vocab;
}

}  // namespace ms
