#include "app/cli/trace.h"

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "app/cli/command.h"
#include "engine/export/capture_numbers.h"
#include "engine/export/file_hash.h"
#include "engine/export/number_file.h"

namespace ms::cli {

namespace {

constexpr std::uint64_t kLargeFile = 1'000'000'000;  // bytes from which on a word about it is due

template <class T>
std::string number(T value) {
    char text[32];
    return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

/// Every captured series, and ids and surprisal of the tokens.
NumberSource traceNumbers(const CaptureStore& store, const Model& model, const std::vector<TokenEvent>& tokens) {
    const TokenTextAt text = [&model, &tokens](std::int64_t position) {
        return model.tokenizer() == nullptr ? std::string() : model.tokenizer()->pieceBytes(tokens[static_cast<std::size_t>(position)].id);
    };
    std::vector<TokenId> ids;
    std::vector<float> surprisal;
    for (const TokenEvent& t : tokens) {
        ids.push_back(t.id);
        surprisal.push_back(t.surprisalBits);
    }
    const NumberAxis axis{"token", static_cast<std::int64_t>(tokens.size()), 0, 1, {}, text};
    NumberArray idArray{"ids", "id", "", DType::I32, {axis}};
    NumberArray surprisalArray{"surprisal_bits", "surprisal", "bit", DType::F32, {axis}};
    idArray.companion = surprisalArray.companion = true;
    idArray.read = readerOf(std::move(ids));
    surprisalArray.read = readerOf(std::move(surprisal));
    NumberSource source = captureNumbers(store, model.dims(), text);
    source.arrays.insert(source.arrays.begin(), {std::move(idArray), std::move(surprisalArray)});
    return source;
}

Result<Provenance> traceProvenance(const TraceOptions& o, const Model& model, const std::vector<TokenEvent>& tokens,
                                   const std::stop_token& stop) {
    const ModelInfo& info = model.info();
    std::vector<TokenId> ids;
    std::string text;
    for (const TokenEvent& t : tokens) {
        ids.push_back(t.id);
        if (model.tokenizer() != nullptr && text.size() <= Provenance::kExcerptBytes) text += model.tokenizer()->pieceBytes(t.id);
    }
    const auto fromPrompt = std::count_if(tokens.begin(), tokens.end(), [](const TokenEvent& t) { return t.fromPrompt; });
    Provenance p;
    p.time = isoTime();
    p.device = model.backend().info().name;
    std::error_code ignored;
    p.model = {info.name, std::filesystem::absolute(info.path, ignored).string(), info.family, {}, info.fingerprint};
    MS_TRY(p.model.hash, sha256OfFiles(info.weightFiles, terminalProgress(), stop));
    p.input = inputOfTokens(ids, text);
    p.probe = o.points;
    p.tokens = Provenance::TokenRange{0, p.input.tokens};
    p.viewSettings = {{"layers", o.layers},
                      {"prompt_tokens", number(fromPrompt)},
                      {"temperature", number(o.sampling.temperature)},
                      {"top_k", number(o.sampling.topK)},
                      {"top_p", number(o.sampling.topP)},
                      {"seed", number(o.sampling.seed)}};
    return p;
}

}  // namespace

Result<void> writeTrace(const TraceOptions& o, const CaptureStore& store, const Model& model, const std::vector<TokenEvent>& tokens,
                        const std::stop_token& stop) {
    const NumberSource numbers = traceNumbers(store, model, tokens);
    MS_TRY(const Provenance provenance, traceProvenance(o, model, tokens, stop));
    MS_TRY(const NumberFormat format, numberFormat(o.file));
    MS_TRY(const std::uint64_t bytes, estimateBytes(format, numbers, provenance));
    if (bytes > kLargeFile)
        std::fprintf(stderr, "mambascope-cli: %s will have about %s\n", o.file.c_str(), humanBytes(static_cast<double>(bytes)).c_str());
    return writeNumbers(o.file, numbers, provenance, terminalProgress(), stop);
}

}  // namespace ms::cli
