#include "engine/formats/json_file.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "engine/formats/byte_reader.h"
#include "engine/formats/foreign_text.h"
#include "engine/formats/mapped_file.h"

namespace ms {

namespace {

using nlohmann::json;

/// Calls `visit(i)` for every position outside strings.
template <class Visit>
void outsideStrings(std::string_view text, Visit visit) {
    bool inString = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (inString && text[i] == '\\') ++i;
        else if (text[i] == '"') inString = !inString;
        else if (!inString) visit(i);
    }
}

/// Strict JSON in place of Python's words. "Infinity" keeps its length, so that positions in errors stay true;
/// "NaN" grows by one and its positions are returned.
std::string withoutPythonWords(std::string_view text, std::vector<std::size_t>& grownAt) {
    std::string strict(text);
    std::vector<std::size_t> nans;
    outsideStrings(text, [&](std::size_t i) {
        if (text[i] == 'I' && text.substr(i).starts_with("Infinity")) strict.replace(i, 8, "1.0e+308");
        else if (text[i] == 'N' && text.substr(i).starts_with("NaN")) nans.push_back(i);
    });
    if (nans.empty()) return strict;
    std::string grown;
    grown.reserve(strict.size() + nans.size());
    std::size_t from = 0;
    for (const std::size_t at : nans) {
        grown.append(strict, from, at - from);
        grownAt.push_back(grown.size());
        grown += "null";
        from = at + 3;
    }
    return grown.append(strict, from);
}

/// {"__float__": "Infinity"} -> number. Depth is bounded by kMaxJsonDepth.
void replaceTaggedFloats(json& value) {
    if (value.is_object() && value.size() == 1 && value.contains("__float__") && value["__float__"].is_string()) {
        const std::string word = value["__float__"].get<std::string>();
        if (word == "Infinity") value = kJsonInfinity;
        else if (word == "-Infinity") value = -kJsonInfinity;
        else if (word == "NaN") value = nullptr;
    } else if (value.is_structured()) {
        for (auto& child : value) replaceTaggedFloats(child);
    }
}

std::string lineAndColumn(std::string_view text, std::size_t offset) {
    const std::string_view before = text.substr(0, std::min(offset, text.size()));
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const std::size_t lineStart = before.rfind('\n');
    const std::size_t column = lineStart == std::string_view::npos ? before.size() : before.size() - lineStart - 1;
    return "line " + std::to_string(line) + ", column " + std::to_string(std::max<std::size_t>(column, 1));
}

}  // namespace

std::string jsonProblem(std::string_view exceptionText) {
    // "[json.exception.parse_error.101] parse error at line 1, column 2: what went wrong"
    std::size_t from = exceptionText.find("column ");
    from = from == std::string_view::npos ? exceptionText.find("] ") : exceptionText.find(": ", from);
    if (from != std::string_view::npos) exceptionText.remove_prefix(from + 2);
    return shown(exceptionText, 200);
}

int jsonDepth(std::string_view text) {
    int depth = 0, deepest = 0;
    outsideStrings(text, [&](std::size_t i) {
        if (text[i] == '{' || text[i] == '[') deepest = std::max(deepest, ++depth);
        else if (text[i] == '}' || text[i] == ']') --depth;
    });
    return deepest;
}

Result<json> parseJson(std::string_view text, const std::string& file) {
    if (const int depth = jsonDepth(text); depth > kMaxJsonDepth)
        return Error{ErrorCode::Format, file + ": JSON nested " + std::to_string(depth) + " levels deep, at most " +
                                            std::to_string(kMaxJsonDepth) + " are read"};
    std::vector<std::size_t> grownAt;
    const std::string strict = withoutPythonWords(text, grownAt);
    try {
        json value = json::parse(strict);
        replaceTaggedFloats(value);
        return value;
    } catch (const json::parse_error& e) {
        const auto grown = std::lower_bound(grownAt.begin(), grownAt.end(), e.byte) - grownAt.begin();
        return Error{ErrorCode::Format, file + ": not valid JSON at " +
                                            lineAndColumn(text, e.byte - static_cast<std::size_t>(grown)) + ": " +
                                            jsonProblem(e.what())};
    } catch (const json::exception& e) {
        return Error{ErrorCode::Format, file + ": not valid JSON: " + jsonProblem(e.what())};
    } catch (const std::bad_alloc&) {
        return Error{ErrorCode::OutOfMemory, file + ": not enough memory to parse it"};
    }
}

Result<json> readJsonFile(const std::filesystem::path& path, std::uint64_t maxBytes) {
    MS_TRY(const auto file, MappedFile::open(path));
    if (file->bytes().size() > maxBytes)
        return Error{ErrorCode::Format, path.string() + ": " + std::to_string(file->bytes().size()) +
                                            " bytes, which is no configuration (at most " + std::to_string(maxBytes) +
                                            " are read)"};
    return parseJson(asText(file->bytes()), path.string());
}

}  // namespace ms
