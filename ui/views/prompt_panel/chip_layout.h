// Where the coloured tokens of a flowing text stand. Appending a token costs the same however long the text is.
#pragma once

#include <QtGlobal>
#include <functional>
#include <vector>

namespace ms {

class ChipLayout {
public:
    struct Extent {
        int width = 0;
        bool breaksAfter = false;  ///< the token ends with a line break
    };
    /// Width of a token's chip; asked again whenever a position is needed, so it must be cheap.
    using Measure = std::function<Extent(qint64 token)>;
    struct Place {
        qint64 line = -1;
        int x = 0, width = 0;
    };

    static constexpr int kGap = 1;

    explicit ChipLayout(Measure measure) : m_measure(std::move(measure)) {}

    /// Lays everything out anew.
    void setWidth(int width);
    void append(qint64 count);
    void clear();

    [[nodiscard]] qint64 size() const { return m_size; }
    [[nodiscard]] qint64 lines() const { return static_cast<qint64>(m_lineStarts.size()); }
    [[nodiscard]] qint64 firstOf(qint64 line) const { return m_lineStarts[static_cast<std::size_t>(line)]; }
    [[nodiscard]] qint64 endOf(qint64 line) const { return line + 1 < lines() ? firstOf(line + 1) : m_size; }
    [[nodiscard]] qint64 lineOf(qint64 token) const;
    [[nodiscard]] Place placeOf(qint64 token) const;
    /// -1 where no token stands.
    [[nodiscard]] qint64 tokenAt(qint64 line, int x) const;

private:
    void add();

    Measure m_measure;
    int m_width = 0;
    qint64 m_size = 0;
    int m_x = 0;                       // end of the last line
    bool m_breakPending = true;        // the next token begins a line
    std::vector<qint64> m_lineStarts;  // first token of each line
};

}  // namespace ms
