#include "engine/runtime/evaluate.h"

#include <chrono>
#include <cmath>

#include "engine/probe/measures.h"

namespace ms {

Result<Evaluation> evaluate(Session& session, std::string_view text, const ProgressCallback& progress, std::stop_token stop) {
    const Model& model = session.model();
    MS_CHECK(model.expectText());
    if (model.tokenizer() == nullptr)
        return Error{ErrorCode::NotFound, model.info().path.string() + ": no tokenizer.json beside the weights; put the model's there"};
    MS_TRY(std::vector<TokenId> ids, model.tokenizer()->encode(text));
    if (ids.empty()) return Error{ErrorCode::InvalidArgument, "the text is empty"};
    if (model.beginOfText()) ids.insert(ids.begin(), *model.beginOfText());

    const auto vocab = static_cast<std::size_t>(model.dims().vocab);
    const auto tokens = static_cast<std::size_t>(model.tokenCount());
    Evaluation result;
    result.bytes = static_cast<std::int64_t>(text.size());
    double bits = 0;
    PrefillOptions options;
    options.progress = progress;
    options.stop = std::move(stop);
    MS_CHECK(session.reset());
    options.onLogits = [&](TokenPos first, std::span<const float> logits) {
        for (std::size_t r = 0; r * vocab < logits.size(); ++r) {
            const std::size_t next = static_cast<std::size_t>(first.value) + r + 1;
            if (next == ids.size()) break;
            bits += surprisalBits(logits.subspan(r * vocab, vocab), tokens, static_cast<std::size_t>(ids[next]));
            ++result.tokens;
        }
    };
    const auto start = std::chrono::steady_clock::now();
    MS_CHECK(session.prefill(ids, options));
    result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    result.bitsPerByte = bits / static_cast<double>(result.bytes);
    result.perplexity = std::exp2(bits / static_cast<double>(std::max<std::int64_t>(result.tokens, 1)));
    return result;
}

}  // namespace ms
