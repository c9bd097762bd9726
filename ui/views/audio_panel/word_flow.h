// Where the words of a flowing text stand: line and place, broken at the edge and in front of each segment.
#pragma once

#include <QtGlobal>
#include <functional>
#include <vector>

namespace ms {

class WordFlow {
public:
    struct Extent {
        int width = 0;
        bool breaksBefore = false;  ///< begins a line whatever room is left
    };
    struct Place {
        int line = -1;
        int x = 0, width = 0;
    };
    using Measure = std::function<Extent(qint64 word)>;

    static constexpr int kGap = 3;

    explicit WordFlow(Measure measure) : m_measure(std::move(measure)) {}

    /// Lays everything out anew.
    void setWidth(int width);
    /// Words from `first` on are new or others; `count` there are in all. Those in front stay where they are.
    void layOut(qint64 first, qint64 count);

    [[nodiscard]] qint64 size() const { return static_cast<qint64>(m_places.size()); }
    [[nodiscard]] int lines() const { return m_places.empty() ? 0 : m_places.back().line + 1; }
    /// Line -1: there is no such word.
    [[nodiscard]] Place placeOf(qint64 word) const;
    [[nodiscard]] qint64 firstOf(int line) const;
    [[nodiscard]] qint64 endOf(int line) const { return firstOf(line + 1); }
    /// -1 where no word stands.
    [[nodiscard]] qint64 wordAt(int line, int x) const;
    /// The word of a line that is nearest to x; -1: no such line.
    [[nodiscard]] qint64 nearest(int line, int x) const;

private:
    Measure m_measure;
    int m_width = 0;
    std::vector<Place> m_places;
};

}  // namespace ms
