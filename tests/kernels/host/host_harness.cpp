#include "tests/kernels/host/host_harness.h"

#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>

namespace ms::test {

namespace {

/// MS_TEST_SIMD=baseline or ssse3 hides the better instruction sets from the dispatcher.
const bool kDispatchLimited = [] {
    const char* wanted = std::getenv("MS_TEST_SIMD");
    if (wanted == nullptr) return false;
    std::int64_t hidden = HWY_AVX2 | HWY_AVX3;
    if (std::string(wanted) == "baseline") hidden |= HWY_SSSE3;
    hwy::DisableTargets(hidden);
    return true;
}();

}  // namespace

HostHarness::HostHarness(int threads) {
    auto backend = createHostBackend({threads});
    if (!backend) ADD_FAILURE() << backend.error().message;
    else m_backend = std::move(*backend);
    if (kDispatchLimited) {
        EXPECT_EQ(m_backend->info().name.find("AVX"), std::string::npos) << m_backend->info().name;
    }
}

Tensor HostHarness::zeros(std::int64_t rows, std::int64_t cols, DType type) {
    auto tensor = m_backend->allocate(type, {rows, cols}, MemoryKind::Device, "test tensor");
    if (!tensor) ADD_FAILURE() << tensor.error().message;
    return tensor ? *tensor : Tensor{};
}

Tensor HostHarness::upload(const Floats& values, std::int64_t rows, std::int64_t cols, DType type) {
    if (values.empty()) return {};
    const Tensor tensor = zeros(rows, cols, type);
    const auto written = m_backend->write(tensor, reference::stored(type, values));
    EXPECT_TRUE(written.ok()) << written.error().message;
    return tensor;
}

Tensor HostHarness::upload(const Floats& values) {
    if (values.empty()) return {};
    const auto n = static_cast<std::int64_t>(values.size());
    return upload(values, 1, n).reshaped({n});
}

Tensor HostHarness::uploadIds(const std::vector<std::int32_t>& ids) {
    auto tensor = m_backend->allocate(DType::I32, {static_cast<std::int64_t>(ids.size())}, MemoryKind::Upload, "ids");
    EXPECT_TRUE(tensor.ok());
    std::memcpy(m_backend->hostPointer(*tensor), ids.data(), ids.size() * sizeof(std::int32_t));
    return *tensor;
}

Tensor HostHarness::uploadStrided(const Floats& values, std::int64_t rows, std::int64_t cols, DType type) {
    if (values.empty()) return {};
    const std::int64_t left = 3, width = cols + 8;
    Floats wide(static_cast<std::size_t>(rows * width), std::numeric_limits<float>::quiet_NaN());
    for (std::int64_t r = 0; r < rows; ++r)
        std::copy_n(values.begin() + r * cols, cols, wide.begin() + r * width + left);
    return upload(wide, rows, width, type).colRange(left, cols);
}

Tensor HostHarness::adopt(const Floats& values, std::int64_t rows, std::int64_t cols, DType type,
                          std::size_t misalignment) {
    const std::vector<std::byte> bytes = reference::stored(type, values);
    // Exactly as long as it must be, so that the address sanitizer sees a read beyond the last weight.
    void* memory = nullptr;
    EXPECT_EQ(posix_memalign(&memory, 64, bytes.size() + misalignment), 0);
    const std::shared_ptr<void> owner(memory, std::free);
    std::byte* start = static_cast<std::byte*>(memory) + misalignment;
    std::memcpy(start, bytes.data(), bytes.size());
    auto tensor = m_backend->adoptWeights(type, {rows, cols}, {start, bytes.size()}, owner, "weights");
    EXPECT_TRUE(tensor.ok());
    return *tensor;
}

Floats HostHarness::download(const Tensor& tensor) {
    Floats values;
    for (std::int64_t r = 0; r < tensor.rows(); ++r) {
        const std::byte* row = m_backend->hostPointer(tensor.rowRange(r, 1));
        const Floats wide =
            reference::widened(tensor.dtype, {row, static_cast<std::size_t>(tensor.cols()) * byteSize(tensor.dtype)});
        values.insert(values.end(), wide.begin(), wide.end());
    }
    return values;
}

void HostHarness::run(const std::function<void(Ops&)>& body) {
    auto program = m_backend->record("test", body);
    ASSERT_TRUE(program.ok()) << program.error().message;
    const auto ran = m_backend->run(**program);
    ASSERT_TRUE(ran.ok()) << ran.error().message;
}

}  // namespace ms::test
