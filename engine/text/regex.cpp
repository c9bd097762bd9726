#include "engine/text/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <new>
#include <string>
#include <utility>

namespace ms::text {
namespace {

// Steps of backtracking per start position, start positions per call, and time for searches that find nothing near.
// Pre-tokenizer patterns match within a few steps of where they start; only a runaway one meets these.
constexpr std::uint32_t kMatchLimit = 200'000;
constexpr std::size_t kWindow = 64;
constexpr auto kSlowBudget = std::chrono::seconds(10);
constexpr std::size_t kMaxPattern = 16384;
constexpr std::size_t kMaxCompiled = 1 << 20;

Error runaway(const std::string& why) {
    return {ErrorCode::Unsupported, "the split pattern is too slow on this text (" + why +
                                        "); simplify pre_tokenizer.pattern or shorten the text"};
}

}  // namespace

void Regex::Free::operator()(pcre2_real_code_8* code) const { pcre2_code_free(code); }
void Regex::Scan::Free::operator()(pcre2_real_match_data_8* data) const { pcre2_match_data_free(data); }
void Regex::Scan::Free::operator()(pcre2_real_match_context_8* context) const { pcre2_match_context_free(context); }

Result<Regex> Regex::compile(std::string_view pattern, bool literal) {
    if (pattern.empty()) return Error{ErrorCode::Format, "the pattern is empty"};
    if (pattern.size() > kMaxPattern) {
        return Error{ErrorCode::Unsupported, "the pattern is longer than " + std::to_string(kMaxPattern) + " bytes"};
    }
    // \C (a single byte) would tear characters apart.
    const std::uint32_t options = PCRE2_UTF | PCRE2_USE_OFFSET_LIMIT |
                                  (literal ? std::uint32_t{PCRE2_LITERAL} : PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C);
    int code = 0;
    PCRE2_SIZE offset = 0;
    Regex regex;
    regex.m_code.reset(
        pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(), options, &code, &offset, nullptr));
    if (regex.m_code == nullptr) {
        std::array<PCRE2_UCHAR, 160> message{};
        pcre2_get_error_message(code, message.data(), message.size());
        return Error{ErrorCode::Format, "the pattern is invalid at byte " + std::to_string(offset) + ": " +
                                            reinterpret_cast<const char*>(message.data())};
    }
    std::size_t bytes = 0;
    pcre2_pattern_info(regex.m_code.get(), PCRE2_INFO_SIZE, &bytes);
    if (bytes > kMaxCompiled) return Error{ErrorCode::Unsupported, "the pattern is too complex"};
    // Without JIT (rare processors) the interpreter does the same, slower.
    pcre2_jit_compile(regex.m_code.get(), PCRE2_JIT_COMPLETE);
    return regex;
}

Regex::Scan::Scan(const Regex& regex, std::string_view text, std::stop_token stop)
    : m_regex(regex),
      m_text(text),
      m_stop(std::move(stop)),
      m_data(pcre2_match_data_create(1, nullptr)),
      m_context(pcre2_match_context_create(nullptr)) {
    if (m_data == nullptr || m_context == nullptr) throw std::bad_alloc();
    pcre2_set_match_limit(m_context.get(), kMatchLimit);
    pcre2_set_heap_limit(m_context.get(), 64 * 1024);  // KiB
}

Result<std::optional<Regex::Match>> Regex::Scan::next(std::size_t from) {
    const auto isContinuation = [this](std::size_t at) {
        return at < m_text.size() && (static_cast<unsigned char>(m_text[at]) & 0xC0u) == 0x80u;
    };
    for (bool near = true; from < m_text.size(); near = false) {
        if (!near && m_stop.stop_requested()) return std::optional<Match>();
        const auto started = near ? std::chrono::steady_clock::time_point{} : std::chrono::steady_clock::now();
        pcre2_set_offset_limit(m_context.get(), from + kWindow);
        const int found = pcre2_match(m_regex.m_code.get(), reinterpret_cast<PCRE2_SPTR>(m_text.data()), m_text.size(),
                                      from, PCRE2_NO_UTF_CHECK, m_data.get(), m_context.get());
        if (found >= 0) {
            const PCRE2_SIZE* span = pcre2_get_ovector_pointer(m_data.get());
            // \K inside a look-around can report an end before the start.
            return std::optional<Match>(Match{std::min(span[0], span[1]), std::max(span[0], span[1])});
        }
        if (found != PCRE2_ERROR_NOMATCH) {
            std::array<PCRE2_UCHAR, 160> message{};
            pcre2_get_error_message(found, message.data(), message.size());
            return runaway(reinterpret_cast<const char*>(message.data()));
        }
        if (!near) m_slow += std::chrono::steady_clock::now() - started;
        if (m_slow > kSlowBudget) return runaway("no match in ten seconds");
        from += kWindow + 1;
        while (isContinuation(from)) ++from;
    }
    return std::optional<Match>();
}

}  // namespace ms::text
