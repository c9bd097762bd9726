// A whole sound file: what it says about itself, then its samples, after a seek too.
#include <array>
#include <cmath>
#include <vector>

#include "engine/audio/audio_file.h"
#include "tests/fuzz/fuzz_support.h"

namespace {

/// Reads on, up to a limit: a few bytes of FLAC can stand for minutes of silence.
void readOn(ms::AudioFile& file) {
    std::array<float, 3000> block;
    for (int i = 0; i < 100; ++i) {
        const std::size_t got = file.readMono(block);
        ms::fuzz::require(got <= block.size());
        for (std::size_t n = 0; n < got; ++n) ms::fuzz::require(std::abs(block[n]) <= 1000.0f);
        if (got < block.size()) {
            ms::fuzz::require(file.readMono(block) == 0);
            break;
        }
    }
}

}  // namespace

/// Libraries below libsndfile 1.2 leak what they set up before they meet a bad header.
extern "C" const char* __lsan_default_suppressions() {
    return "leak:libsndfile\nleak:libvorbis\nleak:libogg\nleak:libopus\nleak:libFLAC\nleak:libmpg123\n";
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = std::as_bytes(std::span(data, size));
    auto file = ms::AudioFile::fromBytes({bytes.begin(), bytes.end()}, "f");
    ms::fuzz::checkError(file);
    if (!file.ok()) return 0;
    ms::fuzz::require(file->channels() >= 1 && file->channels() <= ms::AudioFile::kMostChannels &&
                      file->sampleRate() >= ms::AudioFile::kLowestRate &&
                      file->sampleRate() <= ms::AudioFile::kHighestRate);
    readOn(*file);
    const auto sought = file->seek(size % 5000);
    ms::fuzz::checkError(sought);
    if (sought.ok()) readOn(*file);
    for (const std::string& note : file->notes()) ms::fuzz::require(!note.empty() && note.find('\n') == note.npos);
    return 0;
}
