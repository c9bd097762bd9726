// Reads CSV as RFC 4180 has it, with comment lines in front: what a user's program would do.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace ms::test {

struct CsvFile {
    std::vector<std::string> comments;  ///< without "# "
    std::vector<std::string> columns;
    std::vector<std::map<std::string, std::string>> rows;
};

inline CsvFile readCsv(std::string_view text) {
    CsvFile file;
    while (text.starts_with("# ")) {
        const std::size_t end = text.find('\n');
        file.comments.emplace_back(text.substr(2, end - 2));
        text.remove_prefix(end + 1);
    }
    std::vector<std::string> record(1);
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quoted && c == '"' && i + 1 < text.size() && text[i + 1] == '"') record.back() += text[++i];
        else if (c == '"') quoted = !quoted;
        else if (quoted || (c != ',' && c != '\n')) record.back() += c;
        else if (c == ',') record.emplace_back();
        else {
            if (file.columns.empty()) {
                file.columns = record;
            } else {
                auto& row = file.rows.emplace_back();
                for (std::size_t k = 0; k < record.size(); ++k) row[k < file.columns.size() ? file.columns[k] : "(more)"] = record[k];
            }
            record.assign(1, {});
        }
    }
    return file;
}

}  // namespace ms::test
