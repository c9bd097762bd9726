#include "engine/text/tokenizer.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <exception>
#include <functional>

#include "engine/text/byte_alphabet.h"
#include "engine/text/json_field.h"
#include "engine/text/tokenizer_data.h"
#include "engine/text/unicode.h"

namespace ms {
namespace {

using text::TokenizerData;

constexpr std::size_t kMaxText = std::size_t{1} << 30;  // ICU counts bytes in 32 bits, and normalisation can grow text
constexpr std::size_t kReportEvery = 256 * 1024;

// Tokens of short pieces seen in this text, as spans of the output so far: words repeat.
class PieceCache {
public:
    explicit PieceCache(std::size_t textBytes) : m_slots(textBytes < kMinText ? 0 : kSlots) {}

    // False on a miss.
    bool append(std::string_view piece, std::vector<TokenId>& out) const {
        if (!fits(piece)) return false;
        const Slot& slot = m_slots[slotOf(piece)];
        if (slot.size != piece.size() || std::memcmp(slot.bytes.data(), piece.data(), piece.size()) != 0) return false;
        for (std::uint32_t i = 0; i < slot.count; ++i) out.push_back(out[slot.begin + i]);
        return true;
    }

    void remember(std::string_view piece, std::size_t begin, std::size_t end) {
        if (!fits(piece)) return;
        Slot& slot = m_slots[slotOf(piece)];
        slot.begin = static_cast<std::uint32_t>(begin);
        slot.count = static_cast<std::uint32_t>(end - begin);
        slot.size = static_cast<std::uint8_t>(piece.size());
        std::memcpy(slot.bytes.data(), piece.data(), piece.size());
    }

private:
    static constexpr std::size_t kSlots = 1 << 15;
    static constexpr std::size_t kMinText = 16 * 1024;  // shorter texts are done before the slots are cleared
    struct Slot {
        std::uint32_t begin = 0, count = 0;
        std::uint8_t size = 0;
        std::array<char, 23> bytes{};
    };
    static_assert(sizeof(Slot) == 32);

    [[nodiscard]] bool fits(std::string_view piece) const {
        return !m_slots.empty() && piece.size() <= std::tuple_size_v<decltype(Slot::bytes)>;
    }
    static std::size_t slotOf(std::string_view piece) { return std::hash<std::string_view>()(piece) % kSlots; }

    std::vector<Slot> m_slots;
};

// One text on its way through the stages.
class Encoding {
public:
    Encoding(const TokenizerData& data, std::size_t textBytes, const std::stop_token& stop,
             const ProgressCallback& progress)
        : m_data(data), m_stop(stop), m_progress(progress), m_textBytes(textBytes), m_cache(textBytes) {
        m_out.reserve(textBytes / 4 + 8);
    }

    Result<std::vector<TokenId>> run(std::string_view utf8) {
        m_out = m_data.prefix;
        m_data.givenTokens.split(utf8, [this](std::string_view part, std::optional<TokenId> token) {
            return token ? add(part, *token) : addText(part);
        });
        if (m_failure) return *m_failure;
        if (m_stop.stop_requested()) return Error{ErrorCode::Cancelled, "tokenization was stopped"};
        m_out.insert(m_out.end(), m_data.suffix.begin(), m_data.suffix.end());
        return std::move(m_out);
    }

private:
    // All of these: false ends the work.
    bool add(std::string_view part, TokenId token) {
        m_out.push_back(token);
        return advance(part.size());
    }

    bool addText(std::string_view part) {
        const Result<std::string> normalized = m_data.normalizer.apply(part);
        if (!normalized) return fail(normalized.error());
        return m_data.normalizedTokens.split(*normalized, [this](std::string_view text, std::optional<TokenId> token) {
            return token ? add(text, *token) : addPieces(text);
        });
    }

    bool addPieces(std::string_view text) {
        const Result<void> split =
            m_data.preTokenizer.run(text, m_stop, [this](std::string_view piece) { return addPiece(piece); });
        if (!split) return fail(split.error());
        return !m_stopped && !m_stop.stop_requested();
    }

    bool addPiece(std::string_view piece) {
        if (!m_cache.append(piece, m_out)) {
            const std::size_t begin = m_out.size();
            if (!encodePiece(piece)) return false;
            m_cache.remember(piece, begin, m_out.size());
        }
        return advance(piece.size());
    }

    bool encodePiece(std::string_view piece) {
        if (m_data.ignoreMerges) {
            if (const auto whole = m_data.spelled.find(text::spell(piece)); whole != m_data.spelled.end()) {
                m_out.push_back(whole->second);
                return true;
            }
        }
        return m_data.bpe.encode(piece, m_stop, m_out);
    }

    bool advance(std::size_t bytes) {
        m_done += bytes;
        if (m_done < m_nextReport) return true;
        m_nextReport = m_done + kReportEvery;
        if (m_progress) {
            // Normalisation may have changed the length a little.
            const std::size_t current = std::min(m_done, m_textBytes);
            m_progress({static_cast<std::int64_t>(current), static_cast<std::int64_t>(m_textBytes), "tokenizing"});
        }
        m_stopped = m_stop.stop_requested();
        return !m_stopped;
    }

    bool fail(const Error& error) {
        m_failure = error;
        return false;
    }

    const TokenizerData& m_data;
    const std::stop_token& m_stop;
    const ProgressCallback& m_progress;
    const std::size_t m_textBytes;
    PieceCache m_cache;
    std::vector<TokenId> m_out;
    std::optional<Error> m_failure;
    std::size_t m_done = 0;
    std::size_t m_nextReport = kReportEvery;
    bool m_stopped = false;
};

}  // namespace

const TokenizerData::Entry* TokenizerData::find(TokenId id) const {
    if (id < 0) return nullptr;
    // Vocabularies are dense as a rule, and then the id is the index.
    const auto index = static_cast<std::size_t>(id);
    if (index < entries.size() && entries[index].id == id) return &entries[index];
    const auto entry = std::lower_bound(entries.begin(), entries.end(), id,
                                        [](const Entry& e, TokenId wanted) { return e.id < wanted; });
    return entry != entries.end() && entry->id == id ? &*entry : nullptr;
}

Result<Tokenizer> Tokenizer::fromFile(const std::filesystem::path& tokenizerJson) {
    try {
        MS_TRY(const std::string json, text::readJsonFile(tokenizerJson));
        if (tokenizerJson.extension() == ".model") return fromSentencePiece(json, tokenizerJson.string());
        return fromJson(json, tokenizerJson.string());
    } catch (const std::exception& failure) {
        return Error{ErrorCode::OutOfMemory, "the tokenizer file cannot be read: " + std::string(failure.what())};
    }
}

Result<Tokenizer> Tokenizer::fromJson(std::string_view json, const std::string& nameForErrors) {
    try {
        MS_TRY(auto data, text::readTokenizer(json, nameForErrors));
        return Tokenizer(std::move(data));
    } catch (const std::exception& failure) {
        return Error{ErrorCode::OutOfMemory, nameForErrors + ": " + failure.what()};
    }
}

Result<Tokenizer> Tokenizer::fromSentencePiece(std::string_view bytes, const std::string& nameForErrors, std::optional<TokenId> bos) {
    try {
        MS_TRY(auto data, text::readSentencePiece(bytes, nameForErrors, bos));
        return Tokenizer(std::move(data));
    } catch (const std::exception& failure) {
        return Error{ErrorCode::OutOfMemory, nameForErrors + ": " + failure.what()};
    }
}

Result<std::vector<TokenId>> Tokenizer::encode(std::string_view utf8, const std::stop_token& stop,
                                               const ProgressCallback& progress) const {
    if (utf8.size() > kMaxText) {
        return Error{ErrorCode::InvalidArgument, "the text is longer than 1 GiB; split it into parts"};
    }
    try {
        std::string repaired;
        if (!text::isValidUtf8(utf8)) {
            repaired = text::toValidUtf8(utf8);
            utf8 = repaired;
        }
        if (m_data->pieces == nullptr) return Encoding(*m_data, utf8.size(), stop, progress).run(utf8);
        MS_TRY(std::vector<TokenId> ids, m_data->pieces->encode(utf8, stop, progress));
        ids.insert(ids.begin(), m_data->prefix.begin(), m_data->prefix.end());
        return ids;
    } catch (const std::exception& failure) {
        return Error{ErrorCode::OutOfMemory,
                     "a text of " + std::to_string(utf8.size()) + " bytes cannot be tokenized: " + failure.what()};
    }
}

std::string Tokenizer::decode(std::span<const TokenId> ids) const {
    std::string bytes;
    bool begun = false;
    for (const TokenId id : ids) bytes += pieceInText(id, begun);
    return text::toValidUtf8(bytes);
}

std::string_view Tokenizer::pieceInText(TokenId id, bool& begun) const {
    const auto* entry = m_data->find(id);
    if (entry == nullptr) return {};
    std::string_view bytes = entry->bytes;
    if (entry->special || begun) return bytes;
    begun = true;
    if (m_data->dropsPrefixSpace && bytes.starts_with(' ')) bytes.remove_prefix(1);
    return bytes;
}

std::string Tokenizer::pieceBytes(TokenId id) const {
    const auto* entry = m_data->find(id);
    return entry != nullptr ? entry->bytes : std::string();
}

std::int64_t Tokenizer::size() const { return std::int64_t{m_data->entries.back().id} + 1; }

bool Tokenizer::hasToken(TokenId id) const { return m_data->find(id) != nullptr; }

std::optional<TokenId> Tokenizer::tokenId(std::string_view content) const {
    const auto found = m_data->spelled.find(std::string(content));
    return found != m_data->spelled.end() ? std::optional(found->second) : std::nullopt;
}

bool Tokenizer::isSpecial(TokenId id) const {
    const auto* entry = m_data->find(id);
    return entry != nullptr && entry->special;
}

std::string StreamDecoder::push(TokenId id) {
    m_pending += m_tokenizer.pieceInText(id, m_begun);
    const std::size_t whole = m_pending.size() - text::incompleteTail(m_pending);
    std::string out = text::toValidUtf8(std::string_view(m_pending).substr(0, whole));
    m_pending.erase(0, whole);
    return out;
}

std::string StreamDecoder::flush() {
    std::string out = text::toValidUtf8(m_pending);
    m_pending.clear();
    m_begun = false;
    return out;
}

}  // namespace ms
