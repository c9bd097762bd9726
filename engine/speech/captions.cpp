#include "engine/speech/captions.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "engine/speech/utf8_text.h"

namespace ms {

namespace {

constexpr double kTick = 0.001;           // captions are timed in milliseconds
constexpr double kLatest = 359999999.0;   // 99,999 hours: beyond every recording, and printable

double possible(double seconds) { return std::isfinite(seconds) ? std::clamp(seconds, 0.0, kLatest) : 0.0; }

class Builder {
public:
    explicit Builder(const CaptionLimits& limits) : m_limits(limits) {}

    void add(const TranscriptWord& word) {
        const double start = std::max(possible(word.start), m_clock);
        const double end = std::max(possible(word.end), start);
        m_clock = start;
        std::string_view rest = word.text;
        while (!rest.empty()) {  // more than one round only for words longer than a line
            const std::size_t bytes = bytesOf(rest, std::max<std::size_t>(m_limits.line_characters, 1));
            place(rest.substr(0, bytes), start, end);
            rest.remove_prefix(bytes);
        }
    }

    void close() {
        if (!m_caption.lines.empty()) m_captions.push_back(std::move(m_caption));
        m_caption = {};
    }

    std::vector<Caption> take() {
        close();
        for (std::size_t i = 0; i < m_captions.size(); ++i) {
            Caption& caption = m_captions[i];
            const double room = i + 1 < m_captions.size() ? m_captions[i + 1].start : kLatest + m_limits.longest_seconds;
            caption.end = std::max(caption.end, caption.start + m_limits.shortest_seconds);
            caption.end = std::min({caption.end, caption.start + m_limits.longest_seconds, room});
            caption.end = std::max(caption.end, caption.start + kTick);
            if (i + 1 < m_captions.size()) m_captions[i + 1].start = std::max(room, caption.end);
        }
        return std::move(m_captions);
    }

private:
    void place(std::string_view text, double start, double end) {
        if (!m_caption.lines.empty() &&
            (start - m_caption.end >= m_limits.pause_seconds || end - m_caption.start > m_limits.longest_seconds))
            close();
        if (!m_caption.lines.empty()) {
            std::string& line = m_caption.lines.back();
            if (characterCount(line) + 1 + characterCount(text) <= m_limits.line_characters) {
                line.append(" ").append(text);
                m_caption.end = std::max(m_caption.end, end);
                return;
            }
            if (m_caption.lines.size() >= m_limits.lines) close();
        }
        if (m_caption.lines.empty()) m_caption.start = start;
        m_caption.lines.emplace_back(text);
        m_caption.end = std::max(m_caption.end, end);
    }

    CaptionLimits m_limits;
    Caption m_caption;
    std::vector<Caption> m_captions;
    double m_clock = 0;
};

}  // namespace

std::vector<Caption> captionsOf(const Transcript& transcript, const CaptionLimits& limits) {
    Builder builder(limits);
    for (const TranscriptSegment& segment : transcript.segments) {
        for (const TranscriptWord& word : segment.words) builder.add(word);
        builder.close();
    }
    return builder.take();
}

}  // namespace ms
