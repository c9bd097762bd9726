// JSON as configuration files really carry it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace ms {

inline constexpr std::uint64_t kMaxConfigBytes = 16u << 20;
inline constexpr int kMaxJsonDepth = 64;

/// What infinities become: JSON has none, and a finite number survives being written out again.
inline constexpr double kJsonInfinity = 1.0e+308;

/// Parses JSON, accepting what Python and transformers write besides: a bare Infinity or -Infinity and
/// {"__float__": "Infinity"} become ±kJsonInfinity; a bare NaN and {"__float__": "NaN"} become null.
/// Errors (Format): one line with `file`, line and column; nesting deeper than kMaxJsonDepth; a number no double holds.
Result<nlohmann::json> parseJson(std::string_view text, const std::string& file);

/// Reads and parses a file of at most `maxBytes`. Errors: as MappedFile::open and parseJson; Format when too large.
Result<nlohmann::json> readJsonFile(const std::filesystem::path& path, std::uint64_t maxBytes = kMaxConfigBytes);

/// What went wrong, out of the text of the JSON library's exceptions: without its numbers and positions, one line.
std::string jsonProblem(std::string_view exceptionText);

/// Levels of nested objects and arrays, found without recursion, text in strings left aside.
int jsonDepth(std::string_view text);

}  // namespace ms
