// What kind of sound file some bytes are, and a clean view of it for the decoder.
#pragma once

#include <memory>
#include <string>

#include "engine/audio/byte_source.h"
#include "engine/base/result.h"

namespace ms {

struct Container {
    std::unique_ptr<ByteSource> source;  ///< what the decoder may see
    std::string note;                    ///< not empty: what is missing of the file
};

/// Lets through WAV (RIFF, RIFX, RF64), AIFF, FLAC, OGG and MPEG audio, so that libsndfile's parsers of rarer formats
/// never meet foreign bytes. Of WAV and AIFF the view holds the format and the samples alone, with sizes that are true:
/// libsndfile 1.2 loops for ever in some broken metadata chunks and mends wrong sizes without a word. ID3 tags in front
/// are left out. Errors: Format, naming `name`.
Result<Container> recogniseContainer(std::unique_ptr<ByteSource> source, const std::string& name);

}  // namespace ms
