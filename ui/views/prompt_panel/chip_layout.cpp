#include "ui/views/prompt_panel/chip_layout.h"

#include <algorithm>

namespace ms {

void ChipLayout::setWidth(int width) {
    if (width == m_width) return;
    m_width = width;
    const qint64 count = m_size;
    clear();
    append(count);
}

void ChipLayout::clear() {
    m_size = 0;
    m_x = 0;
    m_breakPending = true;
    m_lineStarts.clear();
}

void ChipLayout::append(qint64 count) {
    for (qint64 i = 0; i < count; ++i) add();
}

void ChipLayout::add() {
    const Extent extent = m_measure(m_size);
    if (m_breakPending || (m_x > 0 && m_x + extent.width > m_width)) {
        m_lineStarts.push_back(m_size);
        m_x = 0;
    }
    m_x += extent.width + kGap;
    m_breakPending = extent.breaksAfter;
    ++m_size;
}

qint64 ChipLayout::lineOf(qint64 token) const {
    if (token < 0 || token >= m_size) return -1;
    return std::upper_bound(m_lineStarts.begin(), m_lineStarts.end(), token) - m_lineStarts.begin() - 1;
}

ChipLayout::Place ChipLayout::placeOf(qint64 token) const {
    Place place;
    place.line = lineOf(token);
    if (place.line < 0) return place;
    for (qint64 t = firstOf(place.line); t < token; ++t) place.x += m_measure(t).width + kGap;
    place.width = m_measure(token).width;
    return place;
}

qint64 ChipLayout::tokenAt(qint64 line, int x) const {
    if (line < 0 || line >= lines() || x < 0) return -1;
    int left = 0;
    for (qint64 t = firstOf(line); t < endOf(line); ++t) {
        const int width = m_measure(t).width;
        if (x < left + width + kGap) return t;
        left += width + kGap;
    }
    return -1;
}

}  // namespace ms
