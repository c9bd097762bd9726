// Members of a session's archive. The .npy members make the whole file an NPZ: numpy.load reads their arrays.
#pragma once

#include <cstdint>
#include <string>

#include "engine/probe/capture.h"

namespace ms {

inline constexpr const char* kSessionJson = "session.json";      ///< first in the archive
inline constexpr const char* kSessionCopy = "session.copy.json";  ///< last: damage at one place leaves one of the two
inline constexpr const char* kSessionSound = "audio.flac";
inline constexpr const char* kCapturesOfRun = "captures";
inline constexpr const char* kCapturesOfBaseline = "baseline";

[[nodiscard]] inline std::string stateMember(std::int64_t index) { return "states/" + std::to_string(index) + ".safetensors"; }
/// `group`: kCapturesOfRun or kCapturesOfBaseline.
[[nodiscard]] inline std::string captureMember(const char* group, const SeriesKey& key) {
    return std::string(group) + "/" + key.path() + ".npy";
}
[[nodiscard]] inline std::string tokenMember(const std::string& column) { return "tokens/" + column + ".npy"; }

}  // namespace ms
