// Benchmarks print; they never gate. Every row states the floor it is measured against.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "engine/backend/backend.h"

namespace ms::cli {

struct BenchRow {
    std::string name;
    std::string shape;
    double milliseconds = 0;      ///< median
    double bytesMoved = 0;        ///< each input read once, each output written once
    double tokensPerSecond = 0;   ///< 0: does not apply
    double floorMilliseconds = 0; ///< the larger of bytes over bandwidth and operations over rate
};

struct BenchOptions {
    std::string what;             ///< scan, ssd, fft, decode, prefill, capture, load, matmul
    std::string model;            ///< decode, prefill, capture, load: a checkpoint; empty: random weights of 130M shape
    std::string dtype = "f16";    ///< random weights: f32, f16, bf16
    std::int64_t tokens = 512;    ///< prefill
    std::int64_t longest = 131072;///< scan, ssd, fft: largest L
    int repeats = 20;
};

/// What the device can do, measured in the same run.
struct Yardstick {
    double copyBytesPerSecond = 0;  ///< read + written
    double readBytesPerSecond = 0;  ///< what a product that reads its weights once could reach
    double matmulFlops = 0;         ///< best rate seen in a large product, F32
};

double median(std::vector<double> values);

/// Median device seconds of one run of the program, after warming up.
Result<double> timeProgram(Backend& backend, Program& program, int repeats);

/// A tensor of uniform random numbers in [low, high). F32 or F16.
Result<Tensor> randomTensor(Backend& backend, DType type, Shape shape, float low, float high, std::uint64_t seed);

Result<Yardstick> measureYardstick(Backend& backend);

Result<std::vector<BenchRow>> benchScan(Backend& backend, const BenchOptions& options, const Yardstick& yardstick);
/// Mamba-2's scan at the shapes of real layers.
Result<std::vector<BenchRow>> benchSsd(Backend& backend, const BenchOptions& options, const Yardstick& yardstick);
/// The convolution of S4 by Fourier transforms.
Result<std::vector<BenchRow>> benchFft(Backend& backend, const BenchOptions& options, const Yardstick& yardstick);
Result<std::vector<BenchRow>> benchMatmul(Backend& backend, const BenchOptions& options, const Yardstick& yardstick);
Result<std::vector<BenchRow>> benchDecode(std::shared_ptr<Backend> backend, const BenchOptions& options, const Yardstick& yardstick);
Result<std::vector<BenchRow>> benchPrefill(std::shared_ptr<Backend> backend, const BenchOptions& options, const Yardstick& yardstick);
/// Decode and prefill with and without layer-summary capture, interleaved.
Result<std::vector<BenchRow>> benchCapture(std::shared_ptr<Backend> backend, const BenchOptions& options, const Yardstick& yardstick);
/// Opening a checkpoint until the first token could be read.
Result<std::vector<BenchRow>> benchLoad(std::shared_ptr<Backend> backend, const BenchOptions& options, const Yardstick& yardstick);

/// A checkpoint of Mamba-130M's shape (d_model 768, 24 layers, vocabulary 50280) with random weights, in a folder that
/// is removed with the object.
class RandomCheckpoint {
public:
    static Result<RandomCheckpoint> create(const std::string& dtype);
    RandomCheckpoint(RandomCheckpoint&& other) noexcept;
    RandomCheckpoint& operator=(RandomCheckpoint&&) = delete;
    ~RandomCheckpoint();
    [[nodiscard]] const std::filesystem::path& folder() const { return m_folder; }

private:
    explicit RandomCheckpoint(std::filesystem::path folder) : m_folder(std::move(folder)) {}
    std::filesystem::path m_folder;
};

}  // namespace ms::cli
