// A compiled Perl-style pattern (PCRE2 with JIT), bounded so that a hostile pattern is an error and not a hang.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <stop_token>
#include <string_view>

#include "engine/base/result.h"

struct pcre2_real_code_8;
struct pcre2_real_match_data_8;
struct pcre2_real_match_context_8;

namespace ms::text {

class Regex {
public:
    struct Match {
        std::size_t begin, end;  ///< bytes
    };

    /// Unicode classes (\p{L}, \s, \d) are on; `literal` takes the pattern as plain text. Error: Format.
    static Result<Regex> compile(std::string_view pattern, bool literal);

    /// One pass over one text: holds what PCRE2 needs per match.
    class Scan {
    public:
        /// `text` is valid UTF-8 and outlives the scan.
        Scan(const Regex& regex, std::string_view text, std::stop_token stop);

        /// The leftmost match that starts at or after byte `from`; none at the end of the text or when stopped.
        /// Error: Unsupported, when the pattern backtracks without end on this text.
        Result<std::optional<Match>> next(std::size_t from);

    private:
        struct Free {
            void operator()(pcre2_real_match_data_8* data) const;
            void operator()(pcre2_real_match_context_8* context) const;
        };
        const Regex& m_regex;
        std::string_view m_text;
        std::stop_token m_stop;
        std::unique_ptr<pcre2_real_match_data_8, Free> m_data;
        std::unique_ptr<pcre2_real_match_context_8, Free> m_context;
        std::chrono::steady_clock::duration m_slow{};  // time spent on searches that did not match nearby
    };

private:
    struct Free {
        void operator()(pcre2_real_code_8* code) const;
    };
    std::unique_ptr<pcre2_real_code_8, Free> m_code;
};

}  // namespace ms::text
