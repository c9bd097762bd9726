#include "engine/text/added_tokens.h"

#include <algorithm>
#include <utility>

#include "engine/text/unicode.h"

namespace ms::text {

void AddedTokenMatcher::add(const AddedToken& token, std::string pattern) {
    m_entries.push_back({std::move(pattern), token.id, token.singleWord, token.lstrip, token.rstrip});
}

void AddedTokenMatcher::finish() {
    std::stable_sort(m_entries.begin(), m_entries.end(),
                     [](const Entry& a, const Entry& b) { return a.pattern < b.pattern; });
    m_entries.erase(std::unique(m_entries.begin(), m_entries.end(),
                                [](const Entry& a, const Entry& b) { return a.pattern == b.pattern; }),
                    m_entries.end());
    m_firstByte.fill(0);
    for (const Entry& entry : m_entries) ++m_firstByte[static_cast<unsigned char>(entry.pattern[0]) + std::size_t{1}];
    for (std::size_t b = 1; b < m_firstByte.size(); ++b) m_firstByte[b] += m_firstByte[b - 1];
}

const AddedTokenMatcher::Entry* AddedTokenMatcher::longestAt(std::string_view text, std::size_t at) const {
    const std::size_t first = static_cast<unsigned char>(text[at]);
    auto begin = m_entries.begin() + m_firstByte[first];
    auto end = m_entries.begin() + m_firstByte[first + 1];
    const Entry* longest = nullptr;
    // The entries that share the first `depth` bytes with the text form a range, the shortest of them in front.
    for (std::size_t depth = 1; begin != end; ++depth) {
        if (begin->pattern.size() == depth) longest = &*begin++;
        if (begin == end || at + depth == text.size()) break;
        const auto byte = static_cast<unsigned char>(text[at + depth]);
        const auto byteOf = [depth](const Entry& e) { return static_cast<unsigned char>(e.pattern[depth]); };
        begin = std::partition_point(begin, end, [&](const Entry& e) { return byteOf(e) < byte; });
        end = std::partition_point(begin, end, [&](const Entry& e) { return byteOf(e) == byte; });
    }
    return longest;
}

bool AddedTokenMatcher::split(std::string_view text, const PartSink& sink) const {
    const auto isSpaceBefore = [&](std::size_t end) { return isWhiteSpace(codePointBefore(text, end).value); };
    const auto isSpaceAt = [&](std::size_t at) { return isWhiteSpace(codePointAt(text, at).value); };
    std::size_t done = 0;
    std::size_t at = m_entries.empty() ? text.size() : 0;
    while (at < text.size()) {
        const Entry* entry = longestAt(text, at);
        if (entry == nullptr) {
            ++at;
            continue;
        }
        std::size_t begin = at;
        std::size_t end = at + entry->pattern.size();
        at = end;
        if (entry->singleWord && ((begin > 0 && isWordCharacter(codePointBefore(text, begin).value)) ||
                                  (end < text.size() && isWordCharacter(codePointAt(text, end).value)))) {
            continue;
        }
        if (entry->lstrip) {
            while (begin > done && isSpaceBefore(begin)) begin -= codePointBefore(text, begin).bytes;
        }
        if (entry->rstrip) {
            while (end < text.size() && isSpaceAt(end)) end += codePointAt(text, end).bytes;
        }
        if (begin > done && !sink(text.substr(done, begin - done), std::nullopt)) return false;
        if (!sink(text.substr(begin, end - begin), entry->id)) return false;
        at = done = end;  // white space an rstrip took is not looked at again
    }
    return done == text.size() || sink(text.substr(done), std::nullopt);
}

}  // namespace ms::text
