#include "engine/text/sentencepiece_model.h"

#include <sentencepiece_processor.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "engine/text/tokenizer_data.h"

namespace ms::text {

namespace {

constexpr std::string_view kSpace = "\xe2\x96\x81";  // U+2581, a space in a piece
constexpr std::size_t kPartBytes = 64 * 1024;

std::string withSpaces(std::string_view piece) {
    std::string out;
    for (std::size_t at = 0; at < piece.size();) {
        const bool space = piece.substr(at).starts_with(kSpace);
        out += space ? ' ' : piece[at];
        at += space ? kSpace.size() : 1;
    }
    return out;
}

/// "<0x0A>" as the byte that it stands for.
std::string byteOf(std::string_view piece) {
    std::uint8_t value = 0;
    if (piece.size() == 6) std::from_chars(piece.data() + 3, piece.data() + 5, value, 16);
    return std::string(1, static_cast<char>(value));
}

/// A space inside, behind something else: the piece spans two words.
bool spansWords(std::string_view piece) {
    std::size_t at = 0;
    while (piece.substr(at).starts_with(kSpace)) at += kSpace.size();
    return piece.find(kSpace, at) != std::string_view::npos;
}

/// Where a text of more than kPartBytes may be cut: before a single space between two words. The part behind begins after
/// the space, which the prefix that every part gets makes again.
std::size_t cutOf(std::string_view text) {
    for (std::size_t at = kPartBytes; at > 1 && at + 1 < text.size(); --at)
        if (text[at] == ' ' && static_cast<unsigned char>(text[at - 1]) > ' ' && static_cast<unsigned char>(text[at + 1]) > ' ') return at;
    return text.size();
}

// Protocol buffers by hand, after sentencepiece_model.proto: a vocabulary of texts, floats and small numbers.
void putVarint(std::string& out, std::uint64_t value) {
    for (; value >= 128; value >>= 7) out += static_cast<char>((value & 127) | 128);
    out += static_cast<char>(value);
}
void putNumber(std::string& out, std::uint64_t field, std::uint64_t value) {
    putVarint(out, field << 3);
    putVarint(out, value);
}
void putBytes(std::string& out, std::uint64_t field, std::string_view bytes) {
    putVarint(out, field << 3 | 2);
    putVarint(out, bytes.size());
    out += bytes;
}
void putFloat(std::string& out, std::uint64_t field, float value) {
    putVarint(out, field << 3 | 5);
    char bytes[sizeof value];
    std::memcpy(bytes, &value, sizeof value);
    out.append(bytes, sizeof value);
}

}  // namespace

SentencePieceModel::SentencePieceModel(std::unique_ptr<const sentencepiece::SentencePieceProcessor> processor)
    : m_processor(std::move(processor)) {
    std::vector<int> ids;
    m_spaceFirst = m_processor->Encode("a", &ids).ok() && !ids.empty() && m_processor->IdToPiece(ids.front()).starts_with(kSpace);
    m_cuttable = m_spaceFirst;
    for (int id = 0; m_cuttable && id < m_processor->GetPieceSize(); ++id) m_cuttable = !spansWords(m_processor->IdToPiece(id));
}

SentencePieceModel::~SentencePieceModel() = default;

Result<std::vector<TokenId>> SentencePieceModel::encode(std::string_view utf8, const std::stop_token& stop,
                                                        const ProgressCallback& progress) const {
    std::vector<TokenId> out;
    std::vector<int> ids;
    const std::size_t all = utf8.size();
    while (!utf8.empty()) {
        if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "tokenization was stopped"};
        const std::size_t cut = m_cuttable && utf8.size() > kPartBytes ? cutOf(utf8) : utf8.size();
        if (const auto status = m_processor->Encode({utf8.data(), cut}, &ids); !status.ok())
            return Error{ErrorCode::Internal, "SentencePiece cannot tokenize the text: " + status.ToString()};
        out.insert(out.end(), ids.begin(), ids.end());
        utf8.remove_prefix(std::min(utf8.size(), cut + 1));
        if (progress && !utf8.empty())
            progress({static_cast<std::int64_t>(all - utf8.size()), static_cast<std::int64_t>(all), "tokenizing"});
    }
    return out;
}

Result<std::shared_ptr<const TokenizerData>> readSentencePiece(std::string_view bytes, const std::string& name,
                                                               std::optional<TokenId> bos) {
    auto processor = std::make_unique<sentencepiece::SentencePieceProcessor>();
    if (const auto status = processor->LoadFromSerializedProto({bytes.data(), bytes.size()}); !status.ok())
        return Error{ErrorCode::Format, name + ": is no SentencePiece model: " + status.ToString()};
    auto data = std::make_shared<TokenizerData>();
    for (int id = 0; id < processor->GetPieceSize(); ++id) {
        const std::string& piece = processor->IdToPiece(id);
        const bool special = processor->IsControl(id) || processor->IsUnknown(id);
        data->entries.push_back({id, special, processor->IsByte(id) ? byteOf(piece) : special ? piece : withSpaces(piece)});
        data->spelled.emplace(piece, id);
    }
    if (data->entries.empty()) return Error{ErrorCode::Format, name + ": holds no pieces"};
    if (bos) data->prefix = {*bos};
    data->pieces = std::make_shared<const SentencePieceModel>(std::move(processor));
    data->dropsPrefixSpace = data->pieces->putsSpaceFirst();
    return std::shared_ptr<const TokenizerData>(std::move(data));
}

std::string sentencePieceFile(const PieceVocabulary& vocabulary) {
    std::string file, trainer, normalizer;
    std::uint64_t unknown = 0;
    bool byteFallback = false;
    for (std::size_t i = 0; i < vocabulary.pieces.size(); ++i) {
        const auto kind = static_cast<std::uint64_t>(vocabulary.kinds[i]);
        std::string piece;
        putBytes(piece, 1, vocabulary.pieces[i]);
        putFloat(piece, 2, vocabulary.scores[i]);
        putNumber(piece, 3, kind);
        putBytes(file, 1, piece);
        if (kind == 2) unknown = i;
        byteFallback = byteFallback || kind == 6;
    }
    putNumber(trainer, 3, 2);  // model_type: BPE
    putNumber(trainer, 35, byteFallback ? 1 : 0);
    putNumber(trainer, 40, unknown);
    putBytes(file, 2, trainer);
    putBytes(normalizer, 1, "identity");
    putNumber(normalizer, 3, vocabulary.addPrefixSpace ? 1 : 0);
    putNumber(normalizer, 4, vocabulary.removeExtraSpaces ? 1 : 0);
    putNumber(normalizer, 5, 1);  // spaces become U+2581
    putBytes(file, 3, normalizer);
    return file;
}

}  // namespace ms::text
