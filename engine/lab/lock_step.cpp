#include "engine/lab/lock_step.h"

#include <algorithm>

#include "engine/lab/lock_step_reader.h"

namespace ms {

namespace {

Result<void> checkCount(const Model& model, std::int64_t tokens) {
    if (tokens <= LockStep::kMostTokens) return {};
    return Error{ErrorCode::InvalidArgument, "the input has " + std::to_string(tokens) + " tokens of " + model.info().name + ", at most " +
                                                 std::to_string(LockStep::kMostTokens) + " are compared; give a shorter one"};
}

}  // namespace

LockStep::LockStep() = default;
LockStep::~LockStep() = default;

Result<std::unique_ptr<LockStep>> LockStep::create(std::vector<std::shared_ptr<const Model>> models) {
    if (models.empty()) return Error{ErrorCode::InvalidArgument, "no model to compare: give one or more"};
    std::unique_ptr<LockStep> made(new LockStep);
    for (std::shared_ptr<const Model>& model : models) {
        MS_TRY(auto reader, Reader::create(std::move(model)));
        made->m_readers.push_back(std::move(reader));
    }
    return made;
}

Result<std::span<const LockStepPiece>> LockStep::begin(std::string_view text) {
    if (text.empty()) return Error{ErrorCode::InvalidArgument, "nothing to read: the text is empty"};
    std::vector<const Tokenizer*> tokenizers;
    for (const auto& reader : m_readers) {
        const Model& model = reader->model();
        if (model.tokenizer() == nullptr)
            return Error{ErrorCode::Unsupported, model.info().path.string() + ": no tokenizer beside the weights; give token ids instead of text"};
        tokenizers.push_back(model.tokenizer());
    }
    MS_TRY(std::vector<TokenizedText> read, tokenizeAlike(tokenizers, text));
    for (std::size_t m = 0; m < read.size(); ++m) MS_CHECK(checkCount(m_readers[m]->model(), std::ssize(read[m].input.ids)));
    std::vector<LockStepPiece> pieces = cutPieces(read);
    if (pieces.empty()) return Error{ErrorCode::InvalidArgument, "nothing to read: the models' tokenizers leave nothing of the text"};
    std::vector<ModelInput> inputs;
    for (TokenizedText& one : read) inputs.push_back(std::move(one.input));
    return begin(std::move(pieces), std::move(inputs));
}

Result<std::span<const LockStepPiece>> LockStep::begin(std::span<const TokenId> ids) {
    if (ids.empty()) return Error{ErrorCode::InvalidArgument, "nothing to read: no token ids were given"};
    for (const auto& reader : m_readers) {
        const Model& model = reader->model();
        MS_CHECK(checkCount(model, std::ssize(ids)));
        const std::int64_t known = model.tokenCount();
        const auto bad = std::find_if(ids.begin(), ids.end(), [&](TokenId id) { return id < 0 || id >= known; });
        if (bad != ids.end())
            return Error{ErrorCode::InvalidArgument, "token id " + std::to_string(*bad) + " is none of " + model.info().name + "'s; give ids from 0 to " +
                                                         std::to_string(known - 1)};
    }
    return begin(piecesOfIds(ids, m_readers.size()), std::vector<ModelInput>(m_readers.size(), ModelInput{{ids.begin(), ids.end()}}));
}

Result<std::span<const LockStepPiece>> LockStep::begin(std::vector<LockStepPiece> pieces, std::vector<ModelInput> inputs) {
    m_pieces.clear();
    m_next = 0;
    for (std::size_t m = 0; m < m_readers.size(); ++m) MS_CHECK(m_readers[m]->begin(std::move(inputs[m])));
    m_pieces = std::move(pieces);
    return std::span<const LockStepPiece>(m_pieces);
}

Result<std::vector<LockStepReading>> LockStep::step(const std::stop_token& stop) {
    std::vector<LockStepReading> readings;
    if (m_next == m_pieces.size()) return readings;
    if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "comparison: cancelled"};
    const LockStepPiece& piece = m_pieces[m_next];
    for (std::size_t m = 0; m < m_readers.size(); ++m) MS_CHECK(m_readers[m]->readTo(piece.tokens[m].first + piece.tokens[m].count, stop));
    for (const auto& reader : m_readers) readings.push_back(reader->take());
    ++m_next;
    return readings;
}

Result<std::vector<float>> LockStep::influence(std::size_t model, std::int64_t piece, const std::stop_token& stop) const {
    if (model >= m_readers.size()) return Error{ErrorCode::InvalidArgument, "model " + std::to_string(model) + " does not take part"};
    if (piece < 0 || piece >= static_cast<std::int64_t>(m_next))
        return Error{ErrorCode::InvalidArgument, "piece " + std::to_string(piece) + " was not read, " + std::to_string(m_next) + " were; give one of those"};
    const auto pieces = std::span(m_pieces).first(static_cast<std::size_t>(piece) + 1);
    const TokenSpan last = pieces.back().tokens[model];
    MS_TRY(const std::vector<double> shares, m_readers[model]->shares(last.first + last.count - 1, stop));
    std::vector<float> sums;
    for (const LockStepPiece& p : pieces) {
        double sum = 0;
        for (std::int64_t s = p.tokens[model].first; s < p.tokens[model].first + p.tokens[model].count; ++s) sum += shares[static_cast<std::size_t>(s)];
        sums.push_back(static_cast<float>(sum));
    }
    return sums;
}

}  // namespace ms
