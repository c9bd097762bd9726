// Tokens that were added beside the trained vocabulary: they are cut out of the text before byte pairs are formed.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/typed_index.h"

namespace ms::text {

/// One entry of `added_tokens`, as the file says it.
struct AddedToken {
    TokenId id = 0;
    std::string content;
    bool singleWord = false;  ///< not between word characters
    bool lstrip = false;      ///< takes the white space before it
    bool rstrip = false;      ///< takes the white space after it
    bool normalized = true;   ///< looked for in the normalised text, else in the text as given
    bool special = false;
};

/// Finds the added tokens of one text: at each place the longest, leftmost first, none overlapping.
class AddedTokenMatcher {
public:
    /// Longer contents are refused by the reader: the cost of a search is text × content.
    static constexpr std::size_t kMaxContent = 1024;

    /// Receives the parts of the text in order, with the token or without; false ends the work.
    using PartSink = std::function<bool(std::string_view part, std::optional<TokenId> token)>;

    /// `token` is looked for by `pattern` (its content, normalised where it says so), which is not empty.
    /// Of two with the same pattern the first one counts.
    void add(const AddedToken& token, std::string pattern);
    /// Call once after the last `add`.
    void finish();

    /// False when the sink ended it. `text` is valid UTF-8.
    bool split(std::string_view text, const PartSink& sink) const;

private:
    struct Entry {
        std::string pattern;
        TokenId id;
        bool singleWord, lstrip, rstrip;
    };

    [[nodiscard]] const Entry* longestAt(std::string_view text, std::size_t at) const;

    std::vector<Entry> m_entries;                  // by pattern, once `finish`ed
    std::array<std::uint32_t, 257> m_firstByte{};  // entries whose pattern starts with byte b: [b], [b + 1]
};

}  // namespace ms::text
