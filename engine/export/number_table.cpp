#include "engine/export/number_table.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <set>
#include <type_traits>

#include "engine/formats/foreign_text.h"

namespace ms {

namespace {

constexpr std::string_view kToken = "token", kText = "text", kLayer = "layer", kChannel = "channel", kProbe = "probe";

template <class T>
void appendNumber(std::string& out, T value) {
    char text[48];
    const auto end = std::to_chars(text, text + sizeof text, value).ptr;
    out.append(text, end);
}

template <class T>
void appendValue(std::string& out, const std::byte* at) {
    T value;
    std::memcpy(&value, at, sizeof value);
    if constexpr (std::is_floating_point_v<T>) {
        if (std::isnan(value)) return;
    }
    appendNumber(out, value);
}

void appendValue(std::string& out, DType type, const std::byte* at) {
    switch (type) {
        case DType::F32:
            return appendValue<float>(out, at);
        case DType::F64:
            return appendValue<double>(out, at);
        case DType::I32:
            return appendValue<std::int32_t>(out, at);
        case DType::I64:
            return appendValue<std::int64_t>(out, at);
        default:
            return;  // refused by NumberSource::check
    }
}

std::string textColumn(const NumberAxis& axis) {
    return axis.name == kToken ? std::string(kText) : axis.name + "_text";
}

}  // namespace

void appendCsvField(std::string& out, std::string_view bytes) {
    const bool quoted = bytes.find_first_of(",\"\n\r#") != std::string_view::npos ||
                        (!bytes.empty() && (bytes.front() == ' ' || bytes.back() == ' '));
    if (quoted) out += '"';
    while (!bytes.empty()) {
        char32_t point = 0;
        const std::size_t length = decodeUtf8(bytes, point);
        if (length == 0 || point == 0) {
            constexpr char kDigits[] = "0123456789ABCDEF";
            const auto byte = static_cast<unsigned char>(bytes.front());
            out += {'<', '0', 'x', kDigits[byte >> 4], kDigits[byte & 15], '>'};
        } else {
            if (point == U'"') out += '"';
            out += bytes.substr(0, length);
        }
        bytes.remove_prefix(std::max<std::size_t>(length, 1));
    }
    if (quoted) out += '"';
}

NumberTable::NumberTable(const NumberSource& source) {
    std::set<std::string_view> probes;
    for (const NumberArray& array : source.arrays)
        if (!array.companion) probes.insert(array.probe);
    if (probes.size() > 1) m_columns.emplace_back(kProbe);
    for (const std::string_view name : {kToken, kText, kLayer, kChannel}) m_columns.emplace_back(name);
    const auto add = [&](std::string name) {
        if (std::find(m_columns.begin(), m_columns.end(), name) == m_columns.end()) m_columns.push_back(std::move(name));
    };
    for (const NumberArray& array : source.arrays) {
        if (array.companion) continue;
        for (const NumberAxis& axis : array.axes) {
            add(axis.name);
            if (axis.text) add(textColumn(axis));
        }
    }
    m_cells.resize(m_columns.size());
}

std::string NumberTable::header() const {
    std::string line;
    for (const std::string& name : m_columns) {
        appendCsvField(line, name);
        line += ',';
    }
    return line + "value\n";
}

std::size_t NumberTable::column(std::string_view name) const {
    return static_cast<std::size_t>(std::find(m_columns.begin(), m_columns.end(), name) - m_columns.begin());
}

NumberTable::Place NumberTable::placeOf(const NumberAxis& axis) const {
    return {column(axis.name), axis.text ? column(textColumn(axis)) : 0};
}

void NumberTable::setAxis(const NumberAxis& axis, Place place, std::int64_t index) {
    const std::int64_t number = axis.numberAt(index);
    m_cells[place.number].clear();
    appendNumber(m_cells[place.number], number);
    if (place.text == 0) return;
    m_cells[place.text].clear();
    appendCsvField(m_cells[place.text], axis.text(number));
}

void NumberTable::appendLines(std::string& out, const NumberArray& array, std::int64_t firstRow,
                              std::span<const std::byte> bytes, std::int64_t elements) {
    for (std::string& cell : m_cells) cell.clear();
    if (m_columns.front() == kProbe) appendCsvField(m_cells.front(), array.probe);
    if (array.layer >= 0) appendNumber(m_cells[column(kLayer)], array.layer);

    const std::size_t rank = array.axes.size();
    std::vector<Place> places;
    std::vector<std::int64_t> index(rank, 0);
    index[0] = firstRow;
    for (const NumberAxis& axis : array.axes) places.push_back(placeOf(axis));
    const std::size_t size = byteSize(array.type);
    for (std::int64_t e = 0; e < elements; ++e) {
        if (e == 0) {
            for (std::size_t i = 0; i < rank; ++i) setAxis(array.axes[i], places[i], index[i]);
        } else {
            std::size_t turned = rank - 1;  // like a counter: the last axis turns fastest
            while (turned > 0 && index[turned] + 1 == array.axes[turned].size) index[turned--] = 0;
            ++index[turned];
            for (std::size_t i = turned; i < rank; ++i) setAxis(array.axes[i], places[i], index[i]);
        }
        for (const std::string& cell : m_cells) {
            out += cell;
            out += ',';
        }
        appendValue(out, array.type, bytes.data() + static_cast<std::size_t>(e) * size);
        out += '\n';
    }
}

}  // namespace ms
