#include "ui/views/audio_panel/word_flow.h"

#include <algorithm>

namespace ms {

void WordFlow::setWidth(int width) {
    if (width == m_width) return;
    m_width = width;
    layOut(0, size());
}

void WordFlow::layOut(qint64 first, qint64 count) {
    m_places.resize(static_cast<std::size_t>(std::clamp<qint64>(first, 0, size())));
    m_places.reserve(static_cast<std::size_t>(count));
    for (qint64 word = size(); word < count; ++word) {
        const Extent extent = m_measure(word);
        Place place{0, 0, extent.width};
        if (!m_places.empty()) {
            const Place& last = m_places.back();
            place.line = last.line;
            place.x = last.x + last.width + kGap;
            if (extent.breaksBefore || place.x + extent.width > m_width) place = {last.line + 1, 0, extent.width};
        }
        m_places.push_back(place);
    }
}

WordFlow::Place WordFlow::placeOf(qint64 word) const {
    return word < 0 || word >= size() ? Place{} : m_places[static_cast<std::size_t>(word)];
}

qint64 WordFlow::firstOf(int line) const {
    return std::partition_point(m_places.begin(), m_places.end(), [line](const Place& p) { return p.line < line; }) - m_places.begin();
}

qint64 WordFlow::wordAt(int line, int x) const {
    const qint64 word = line < 0 ? -1 : nearest(line, x);
    if (word < 0) return -1;
    const Place place = placeOf(word);
    return x >= place.x && x < place.x + place.width + kGap ? word : -1;
}

qint64 WordFlow::nearest(int line, int x) const {
    if (line < 0 || line >= lines()) return -1;
    qint64 word = firstOf(line);
    while (word + 1 < endOf(line) && m_places[static_cast<std::size_t>(word) + 1].x <= x) ++word;
    return word;
}

}  // namespace ms
