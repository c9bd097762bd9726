// What numbers cost to write: layer summaries of 24 layers, a whole Δ of 100,000 tokens as a table; hashing. Time, rate, and
// memory that is resident. Prints, gates nothing.
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "engine/export/capture_numbers.h"
#include "engine/export/file_hash.h"
#include "engine/export/number_file.h"

using namespace ms;

namespace {

namespace fs = std::filesystem;

constexpr ModelDims kDims{.d_model = 768, .n_layer = 24, .d_inner = 1536, .d_state = 16, .d_conv = 4, .dt_rank = 48, .vocab = 50280};

double residentMegabytes() {
    long total = 0, resident = 0;
    std::ifstream("/proc/self/statm") >> total >> resident;
    return static_cast<double>(resident) * static_cast<double>(::sysconf(_SC_PAGESIZE)) / 1e6;
}

std::string pieceAt(std::int64_t t) {
    constexpr const char* kPieces[] = {" the", ",", " state", "\n", " \"", "ing", " memory", "s"};
    return kPieces[t % 8];
}

/// Summaries as the window captures them: a float a layer, token and measure.
void fill(CaptureStore& store, std::int64_t tokens, const std::vector<SeriesKey>& keys) {
    std::vector<float> values;
    for (const SeriesKey& key : keys) {
        values.clear();
        for (std::int64_t t = 0; t < tokens; ++t)
            values.push_back(0.05f + 0.04f * std::sin(0.37f * static_cast<float>(t) + static_cast<float>(key.layer.value)));
        const CaptureEntry entry{key, 1, 1, 0, 0, 1};
        store.append({TokenPos(0), tokens, {{&entry, TokenPos(0), tokens, values}}});
    }
}

/// Channels × tokens of one layer, made as they are read: what is measured is the writing.
NumberSource wholeLayer(std::int64_t tokens) {
    NumberSource source;
    NumberArray array{"layer.0.dt", "dt"};
    array.layer = 0;
    array.axes = {{"token", tokens, 0, 1, {}, pieceAt}, {"channel", kDims.d_inner}};
    array.read = [](std::int64_t first, std::int64_t rows, std::span<std::byte> out) -> Result<void> {
        auto* values = reinterpret_cast<float*>(out.data());
        const std::int64_t begin = first * kDims.d_inner;
        for (std::int64_t i = 0; i < rows * kDims.d_inner; ++i) values[i] = 1e-3f + 1.7e-8f * static_cast<float>((begin + i) % 16777213);
        return {};
    };
    source.arrays.push_back(std::move(array));
    return source;
}

void measure(const char* what, const fs::path& file, const NumberSource& source) {
    std::uint64_t values = 0;
    for (const NumberArray& array : source.arrays) values += array.bytes() / byteSize(array.type);
    const auto estimate = estimateBytes(*numberFormat(file), source, {});
    const double before = residentMegabytes();
    double most = before;
    const auto start = std::chrono::steady_clock::now();
    const auto written = writeNumbers(file, source, {}, [&](const Progress&) { most = std::max(most, residentMegabytes()); });
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (!written || !estimate) {
        std::printf("%s: %s\n", what, (written ? estimate.error() : written.error()).message.c_str());
        return;
    }
    const auto bytes = static_cast<double>(fs::file_size(file));
    std::printf("%-44s %8.3f s %8.1f MB %7.1f MB/s %6.2f million values/s; resident +%.1f MB; estimate %+.1f %%\n", what, seconds,
                bytes / 1e6, bytes / 1e6 / seconds, static_cast<double>(values) / 1e6 / seconds, most - before,
                100 * (static_cast<double>(*estimate) / bytes - 1));
    fs::remove(file);
}

std::vector<SeriesKey> summaries(const std::vector<ProbePoint>& points) {
    std::vector<SeriesKey> keys;
    for (const ProbePoint point : points)
        for (std::int64_t layer = 0; layer < kDims.n_layer; ++layer) keys.push_back({point, LayerIndex(layer), Reduction::MeanChannels});
    return keys;
}

}  // namespace

int main(int argc, char** argv) {
    const fs::path folder = argc > 1 ? fs::path(argv[1]) : fs::temp_directory_path();
    const fs::path csv = folder / "bench_export.csv", npz = folder / "bench_export.npz";
    {
        CaptureStore store;
        fill(store, 10'000, summaries({ProbePoint::Dt}));
        const NumberSource source = captureNumbers(store, kDims, pieceAt);
        measure("24 layers x 10,000 tokens, NPZ", npz, source);
        measure("24 layers x 10,000 tokens, CSV", csv, source);
    }
    {
        CaptureStore store;
        fill(store, 100'000, summaries({ProbePoint::Dt, ProbePoint::StateNorm, ProbePoint::Selectivity}));
        const NumberSource source = captureNumbers(store, kDims, pieceAt);
        measure("3 measures x 24 layers x 100,000 tokens, NPZ", npz, source);
        measure("3 measures x 24 layers x 100,000 tokens, CSV", csv, source);
    }
    measure("1536 channels x 10,000 tokens, CSV", csv, wholeLayer(10'000));
    measure("1536 channels x 100,000 tokens, CSV", csv, wholeLayer(100'000));
    measure("1536 channels x 100,000 tokens, NPZ", npz, wholeLayer(100'000));
    {
        std::ofstream(npz, std::ios::binary) << std::string(256 << 20, 'w');
        const auto start = std::chrono::steady_clock::now();
        const auto hash = sha256OfFile(npz);
        const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        std::printf("SHA-256 of 268 MB: %.3f s, %.0f MB/s\n", seconds, hash ? 268.4 / seconds : 0.0);
        fs::remove(npz);
    }
    return 0;
}
