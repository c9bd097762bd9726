// Numbers as the lines of a tidy table: one value a line, and columns that say whose value it is.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/export/number_source.h"

namespace ms {

/// A field of a CSV file (RFC 4180): in quotes where commas, quotes, line ends, '#' or spaces at its ends ask for it. The
/// file stays UTF-8: bytes that are no character, and zero, are spelled <0xE2>, as byte tokens are in SentencePiece.
void appendCsvField(std::string& out, std::string_view bytes);

/// The columns of a source: token, text, layer, channel, always; then its other axes, each followed by AXIS_text where it
/// has texts; then value. Where an array has no such axis the field is empty. `probe` stands first if the arrays measure
/// more than one thing.
class NumberTable {
public:
    /// `source` has passed NumberSource::check and outlives the table.
    explicit NumberTable(const NumberSource& source);

    /// "token,text,layer,channel,value", with the line's end.
    [[nodiscard]] std::string header() const;

    /// Appends a line for each of the first `elements` values of the rows [firstRow, …) of an array; `bytes` begins with
    /// them. Values are the shortest decimals that read back as the same number, NaN is an empty field.
    void appendLines(std::string& out, const NumberArray& array, std::int64_t firstRow, std::span<const std::byte> bytes,
                     std::int64_t elements);

private:
    struct Place {
        std::size_t number = 0, text = 0;  ///< columns of an axis; text 0: none, as column 0 is never a text
    };
    [[nodiscard]] std::size_t column(std::string_view name) const;
    [[nodiscard]] Place placeOf(const NumberAxis& axis) const;
    void setAxis(const NumberAxis& axis, Place place, std::int64_t index);

    std::vector<std::string> m_columns;  ///< but for value
    std::vector<std::string> m_cells;    ///< of the line at hand, as they are written
};

}  // namespace ms
