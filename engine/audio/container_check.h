// A look at a sound file's first bytes before a decoder sees them.
#pragma once

#include <string>

#include "engine/audio/byte_source.h"

namespace ms {

struct ContainerCheck {
    /// False for anything but the formats that AudioFile promises: decoders of rarer ones never run on foreign bytes.
    bool known = false;
    /// Not empty if a WAV or AIFF file ends before its header says, which libsndfile would silently put right.
    std::string truncation;
};

/// WAV (RIFF, RIFX, RF64), AIFF, FLAC, OGG, MPEG audio with or without an ID3 tag. Reads a few bytes per chunk.
ContainerCheck checkContainer(ByteSource& source);

}  // namespace ms
