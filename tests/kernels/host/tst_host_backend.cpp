#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <cstring>

#include "tests/kernels/host/host_harness.h"

namespace ms::test {
namespace {

TEST(HostBackend, DescribesItself) {
    HostHarness host(3);
    const DeviceInfo& info = host.backend().info();
    EXPECT_EQ(info.kind, DeviceKind::Host);
    EXPECT_NE(info.name.find("3 threads"), std::string::npos) << info.name;
    EXPECT_NE(info.driver.find("OpenBLAS"), std::string::npos) << info.driver;
    EXPECT_GT(info.memoryBytes, 1u << 20);
    EXPECT_FALSE(info.features.empty());
}

TEST(HostBackend, RefusesANegativeThreadCount) {
    const auto backend = createHostBackend({-1});
    ASSERT_FALSE(backend.ok());
    EXPECT_EQ(backend.error().code, ErrorCode::InvalidArgument);
}

TEST(HostBackend, AllocatesZeroedAlignedMemoryAndCountsIt) {
    HostHarness host;
    const std::uint64_t before = host.backend().allocatedBytes();
    {
        const Tensor small = host.zeros(3, 5), large = host.zeros(1024, 1024), empty = host.zeros(0, 7);
        EXPECT_EQ(host.backend().allocatedBytes() - before, 60u + (4u << 20));
        for (const Tensor& tensor : {small, large}) {
            EXPECT_EQ(reinterpret_cast<std::uintptr_t>(host.backend().hostPointer(tensor)) % 64, 0u);
            for (const float v : host.download(tensor)) ASSERT_EQ(v, 0.0f);
        }
        EXPECT_EQ(empty.shape.elements(), 0);
    }
    EXPECT_EQ(host.backend().allocatedBytes(), before);
}

TEST(HostBackend, RefusesWhatDoesNotFit) {
    HostHarness host;
    const std::int64_t huge = std::int64_t{1} << 40;
    for (const Shape& shape : {Shape{huge}, Shape{huge, huge}, Shape{huge, huge, huge, huge}}) {
        const auto tensor = host.backend().allocate(DType::F32, shape, MemoryKind::Device, "layer.0.state");
        ASSERT_FALSE(tensor.ok());
        EXPECT_EQ(tensor.error().code, ErrorCode::OutOfMemory);
        EXPECT_NE(tensor.error().message.find("layer.0.state"), std::string::npos) << tensor.error().message;
        EXPECT_NE(tensor.error().message.find("available"), std::string::npos) << tensor.error().message;
    }
    const auto negative = host.backend().allocate(DType::F32, {3, -1}, MemoryKind::Device, "x");
    ASSERT_FALSE(negative.ok());
    EXPECT_EQ(negative.error().code, ErrorCode::InvalidArgument);
}

TEST(HostBackend, TensorsOutliveTheirBackend) {
    Tensor tensor;
    {
        HostHarness host;
        tensor = host.upload({1, 2, 3});
    }
    EXPECT_TRUE(static_cast<bool>(tensor));
}

TEST(HostBackend, TransfersCheckSizes) {
    HostHarness host;
    const Tensor tensor = host.zeros(2, 3);
    std::array<std::byte, 24> bytes{};
    EXPECT_TRUE(host.backend().write(tensor, bytes).ok());
    EXPECT_TRUE(host.backend().read(tensor, bytes).ok());
    EXPECT_FALSE(host.backend().write(tensor, std::span(bytes).first(20)).ok());
    EXPECT_FALSE(host.backend().read(tensor.colRange(0, 2), std::span(bytes).first(16)).ok());
    EXPECT_FALSE(host.backend().read(Tensor{}, bytes).ok());
}

TEST(HostBackend, ReadsWeightsInPlaceAndNeverWritesThem) {
    HostHarness host;
    const auto memory = std::make_shared<std::array<float, 6>>();
    (*memory)[5] = 7.0f;
    const auto bytes = std::as_bytes(std::span(*memory));
    const auto weights = host.backend().adoptWeights(DType::F32, {2, 3}, bytes, memory, "w");
    ASSERT_TRUE(weights.ok());
    EXPECT_EQ(memory.use_count(), 2);
    EXPECT_EQ(static_cast<const void*>(host.backend().hostPointer(*weights)), memory->data());
    EXPECT_FALSE(host.backend().adoptWeights(DType::F32, {2, 4}, bytes, memory, "w").ok());
    EXPECT_FALSE(host.backend().write(*weights, bytes).ok());
    const auto program = host.backend().record("overwrite", [&](Ops& ops) { ops.copy(host.zeros(2, 3), *weights); });
    ASSERT_FALSE(program.ok());
    EXPECT_NE(program.error().message.find("overwrite: copy: dst"), std::string::npos) << program.error().message;
}

TEST(HostBackend, RecordReportsTheFirstMistake) {
    HostHarness host;
    const Tensor x = host.zeros(2, 3), out = host.zeros(2, 4);
    const auto program = host.backend().record("step", [&](Ops& ops) {
        ops.matmul({x, host.zeros(4, 5), {}, out});
        ops.copy(x, out);
    });
    ASSERT_FALSE(program.ok());
    EXPECT_EQ(program.error().code, ErrorCode::InvalidArgument);
    EXPECT_NE(program.error().message.find("step: matmul"), std::string::npos) << program.error().message;
}

TEST(HostBackend, RefusesForeignTensorsAndViewsBeyondTheirBuffer) {
    class OtherBuffer final : public Buffer {};
    HostHarness host;
    const Tensor x = host.zeros(2, 3);
    Tensor foreign = x, beyond = x;
    foreign.buffer = std::make_shared<OtherBuffer>();
    beyond.offset = 4;
    for (const Tensor& bad : {foreign, beyond}) {
        EXPECT_FALSE(host.backend().record("bad", [&](Ops& ops) { ops.copy(bad, x); }).ok());
        EXPECT_EQ(host.backend().hostPointer(bad), nullptr);
    }
}

TEST(HostBackend, ProgramsKeepTheirTensorsAlive) {
    HostHarness host;
    const Tensor out = host.zeros(1, 3);
    std::unique_ptr<Program> program;
    {
        const Tensor x = host.upload({1, 2, 3}, 1, 3), between = host.zeros(1, 3);
        auto recorded = host.backend().record("chain", [&](Ops& ops) {
            ops.copy(x, between);
            ops.copy(between, out);
        });
        ASSERT_TRUE(recorded.ok());
        program = std::move(*recorded);
    }
    ASSERT_TRUE(host.backend().run(*program).ok());
    EXPECT_EQ(host.download(out), (Floats{1, 2, 3}));
    EXPECT_GT(host.backend().lastRunSeconds(), 0.0);
}

TEST(HostBackend, RefusesAForeignProgram) {
    class OtherProgram final : public Program {};
    HostHarness host;
    OtherProgram other;
    EXPECT_FALSE(host.backend().run(other).ok());
}

TEST(HostBackend, AnEmptyProgramRuns) {
    HostHarness host;
    host.run([](Ops&) {});
    const Tensor none = host.zeros(0, 4);
    host.run([&](Ops& ops) { ops.copy(none, none); });
}

}  // namespace
}  // namespace ms::test
