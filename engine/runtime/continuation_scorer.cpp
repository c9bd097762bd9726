#include "engine/runtime/continuation_scorer.h"

#include <algorithm>
#include <numbers>
#include <numeric>
#include <optional>

#include "engine/probe/measures.h"

namespace ms {

Result<std::unique_ptr<ContinuationScorer>> ContinuationScorer::create(std::shared_ptr<const Model> model) {
    MS_CHECK(model->expectText());
    // Models of one special token end and begin texts with it.
    const std::optional<TokenId> begin = model->beginOfText() ? model->beginOfText() : model->endOfText();
    if (!begin)
        return Error{ErrorCode::Unsupported, model->info().path.string() + ": names no token that begins a text (bos_token_id or eos_token_id in config.json)"};
    MS_TRY(auto session, Session::create(std::move(model)));
    std::unique_ptr<ContinuationScorer> scorer(new ContinuationScorer(std::move(session)));
    MS_CHECK(scorer->read(std::span(&*begin, 1)));
    MS_TRY(scorer->m_start, scorer->m_session->snapshot());
    scorer->m_startNext = scorer->m_next;
    return scorer;
}

Result<void> ContinuationScorer::restart() {
    m_next = m_startNext;
    return m_session->restore(m_start);
}

Result<void> ContinuationScorer::read(std::span<const TokenId> ids) {
    if (ids.empty()) return {};
    MS_TRY(const auto logits, m_session->prefill(ids));
    m_next.assign(logits.begin(), logits.end());
    return {};
}

double ContinuationScorer::lnOf(std::span<const float> logits, TokenId token) const {
    return -std::numbers::ln2 * surprisalBits(logits, static_cast<std::size_t>(model().tokenCount()), static_cast<std::size_t>(token));
}

Result<std::vector<double>> ContinuationScorer::score(std::span<const std::vector<TokenId>> continuations) {
    for (const auto& ids : continuations)
        for (const TokenId id : ids)
            if (id < 0 || id >= model().tokenCount())
                return Error{ErrorCode::InvalidArgument, "token id " + std::to_string(id) + " stands for no token of " + model().info().name};
    std::vector<std::size_t> order(continuations.size());
    std::iota(order.begin(), order.end(), 0u);
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return continuations[a] < continuations[b]; });
    Round round{continuations, std::vector<double>(continuations.size(), 0.0)};
    MS_TRY(const StateSnapshot before, m_session->snapshot());
    MS_CHECK(branch(round, order, 0, m_next));
    MS_CHECK(m_session->restore(before));
    return std::move(round.ln);
}

Result<void> ContinuationScorer::branch(Round& round, std::span<const std::size_t> group, std::size_t depth, std::span<const float> next) {
    const auto tokenOf = [&](std::size_t i) { return round.continuations[group[i]][depth]; };
    while (!group.empty() && round.continuations[group.front()].size() == depth) group = group.subspan(1);
    if (group.empty()) return {};
    std::optional<StateSnapshot> here;
    if (tokenOf(0) != tokenOf(group.size() - 1)) {
        MS_TRY(here, m_session->snapshot());
    }
    for (std::size_t begin = 0, end = 0; begin < group.size(); begin = end) {
        while (end < group.size() && tokenOf(end) == tokenOf(begin)) ++end;
        if (begin > 0) MS_CHECK(m_session->restore(*here));
        MS_CHECK(follow(round, group.subspan(begin, end - begin), depth, next));
    }
    return {};
}

Result<void> ContinuationScorer::follow(Round& round, std::span<const std::size_t> group, std::size_t depth, std::span<const float> next) {
    const auto &first = round.continuations[group.front()], &last = round.continuations[group.back()];
    const auto common = static_cast<std::size_t>(std::mismatch(first.begin(), first.end(), last.begin(), last.end()).first - first.begin());
    const bool ends = common == last.size();  // sorted: then they are all the same
    double ln = lnOf(next, first[depth]);
    // A last token is judged, not read.
    const auto toRead = std::span(first).subspan(depth, common - depth - (ends ? 1 : 0));
    std::vector<float> behind;
    if (!toRead.empty()) {
        const auto vocab = static_cast<std::size_t>(model().dims().vocab);
        std::size_t following = depth + 1;  // the token that the row of logits is about
        PrefillOptions options;
        options.onLogits = [&](TokenPos, std::span<const float> logits) {
            for (; !logits.empty(); logits = logits.subspan(vocab), ++following) {
                if (following < common) ln += lnOf(logits.first(vocab), first[following]);
                else behind.assign(logits.begin(), logits.begin() + static_cast<std::ptrdiff_t>(vocab));
            }
        };
        MS_CHECK(m_session->prefill(toRead, options));
    }
    for (const std::size_t i : group) round.ln[i] += ln;
    return ends ? Result<void>() : branch(round, group, common, behind);
}

}  // namespace ms
