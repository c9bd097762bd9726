// A host backend with short ways in and out for float vectors.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/host/host_backend.h"
#include "tests/support/reference_ops.h"

namespace ms::test {

using reference::Doubles;
using reference::Floats;

class HostHarness {
public:
    explicit HostHarness(int threads = 2);

    Backend& backend() { return *m_backend; }
    /// Zeroed [rows, cols].
    Tensor zeros(std::int64_t rows, std::int64_t cols, DType type = DType::F32);
    /// [rows, cols] in `type`; an empty vector gives an absent tensor.
    Tensor upload(const Floats& values, std::int64_t rows, std::int64_t cols, DType type = DType::F32);
    Tensor upload(const Floats& values);  ///< [n]
    Tensor uploadIds(const std::vector<std::int32_t>& ids);
    /// The same numbers as columns of a wider matrix whose other columns are NaN.
    Tensor uploadStrided(const Floats& values, std::int64_t rows, std::int64_t cols, DType type = DType::F32);
    /// Read-only weights `misalignment` bytes off a 64-byte boundary, with nothing readable behind them.
    Tensor adopt(const Floats& values, std::int64_t rows, std::int64_t cols, DType type, std::size_t misalignment = 0);
    /// Every element of any view, widened.
    Floats download(const Tensor& tensor);
    /// Records and runs once; fails the test on an error.
    void run(const std::function<void(Ops&)>& body);

private:
    std::unique_ptr<Backend> m_backend;
};

inline constexpr double kTolerance = 1e-5;      ///< of float32 results
inline constexpr double kHalfTolerance = 6e-4;  ///< of results stored as float16: half an ulp is 2^-11

}  // namespace ms::test
