// A transcript cut into pieces that can be read on a screen.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "engine/speech/transcript.h"

namespace ms {

/// The usual limits of subtitling.
struct CaptionLimits {
    std::size_t line_characters = 42;
    std::size_t lines = 2;
    double longest_seconds = 7;
    double shortest_seconds = 1;  ///< a caption stays so long if the next one does not need the screen
    double pause_seconds = 1.5;   ///< a pause from which on a new caption starts
};

struct Caption {
    double start = 0, end = 0;  ///< seconds, end > start
    std::vector<std::string> lines;
    friend bool operator==(const Caption&, const Caption&) = default;
};

/// In order, without overlap. No caption reaches beyond a segment. Words longer than a line are cut. Times that run
/// backwards, are negative or not finite are moved to the nearest possible ones.
std::vector<Caption> captionsOf(const Transcript& transcript, const CaptionLimits& limits = {});

}  // namespace ms
