// Signals and small sound files, right ones and wrong ones.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <numbers>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "engine/audio/audio_file.h"
#include "tests/support/temp_folder.h"

namespace ms::test {

inline std::filesystem::path fixture(const std::string& name) {
    return std::filesystem::path(MS_TEST_DATA) / "audio" / name;
}

inline std::vector<std::byte> bytesOf(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    const auto bytes = std::as_bytes(std::span(text));
    return {bytes.begin(), bytes.end()};
}

/// Everything from here to the end, mono; at most `most` frames.
inline std::vector<float> readRest(AudioFile& file, std::size_t most = 10'000'000) {
    std::vector<float> all, block(1000);
    while (const std::size_t got = file.readMono(block)) {
        all.insert(all.end(), block.begin(), block.begin() + static_cast<std::ptrdiff_t>(got));
        if (all.size() >= most) break;
    }
    return all;
}

/// The real clip, 64,000 samples at 16 kHz.
inline std::vector<float> speech() {
    auto file = AudioFile::open(fixture("speech.flac"));
    return file ? readRest(*file) : std::vector<float>();
}

inline std::vector<float> tone(double hz, int rate, std::size_t samples, double amplitude = 0.5) {
    std::vector<float> out(samples);
    for (std::size_t n = 0; n < samples; ++n)
        out[n] = static_cast<float>(amplitude * std::sin(2.0 * std::numbers::pi * hz * static_cast<double>(n) / rate));
    return out;
}

/// White noise of the given root mean square.
inline std::vector<float> noise(std::size_t samples, double rms, unsigned seed = 1) {
    std::mt19937 random(seed);
    std::normal_distribution<double> normal(0.0, rms);
    std::vector<float> out(samples);
    for (float& x : out) x = static_cast<float>(normal(random));
    return out;
}

/// Hands `samples` on in pieces of changing odd sizes, `width` values to a frame.
template <class Push>
void inPieces(std::span<const float> samples, std::size_t width, unsigned seed, Push push) {
    std::mt19937 random(seed);
    for (std::size_t at = 0; at < samples.size();) {
        const std::size_t frames = seed == 0 ? 1 : random() % (random() % 4 == 0 ? 5000 : 37);
        const std::size_t count = std::min(frames * width, samples.size() - at);
        push(samples.subspan(at, count));
        at += count;
    }
}

template <class T>
void put(std::vector<std::byte>& bytes, T value) {
    const auto raw = std::as_bytes(std::span(&value, 1));
    bytes.insert(bytes.end(), raw.begin(), raw.end());
}

inline void put(std::vector<std::byte>& bytes, const char* text) {
    for (; *text; ++text) bytes.push_back(static_cast<std::byte>(*text));
}

struct WavHeader {
    std::uint16_t tag = 3, channels = 1, bits = 32;  // tag 3: float
    std::uint32_t rate = 16000;
    std::int64_t dataBytes = -1;  // what the header promises; −1: the truth
};

/// A WAV file in memory that says whatever the header says.
template <class T>
std::vector<std::byte> wav(const WavHeader& header, const std::vector<T>& samples) {
    const auto size = static_cast<std::uint32_t>(header.dataBytes < 0 ? samples.size() * sizeof(T) : header.dataBytes);
    std::vector<std::byte> bytes;
    put(bytes, "RIFF");
    put(bytes, size + 36);
    put(bytes, "WAVEfmt ");
    put(bytes, std::uint32_t{16});
    put(bytes, header.tag);
    put(bytes, header.channels);
    put(bytes, header.rate);
    put(bytes, header.rate * header.channels * header.bits / 8);
    put(bytes, static_cast<std::uint16_t>(header.channels * header.bits / 8));
    put(bytes, header.bits);
    put(bytes, "data");
    put(bytes, size);
    for (const T x : samples) put(bytes, x);
    return bytes;
}

/// One line that names the file.
template <class Result>
void expectRefusal(const Result& result, const std::string& name) {
    ASSERT_FALSE(result.ok()) << name << " was accepted";
    EXPECT_NE(result.error().message.find(name), std::string::npos) << result.error().message;
    EXPECT_EQ(result.error().message.find('\n'), std::string::npos) << result.error().message;
}

inline double rms(std::span<const float> samples) {
    double sum = 0.0;
    for (const float x : samples) sum += static_cast<double>(x) * static_cast<double>(x);
    return samples.empty() ? 0.0 : std::sqrt(sum / static_cast<double>(samples.size()));
}

}  // namespace ms::test
