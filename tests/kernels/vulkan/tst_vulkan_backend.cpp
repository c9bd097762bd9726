// The backend around the kernels: memory, transfers, programs, limits and errors.
#include <cstring>
#include <numeric>

#include "tests/kernels/vulkan/vulkan_fixture.h"

namespace ms::test {
namespace {

using namespace reference;

class VulkanBackendTest : public VulkanTest {};

TEST_F(VulkanBackendTest, DescribesItsDevice) {
    const DeviceInfo& info = current().info();
    EXPECT_FALSE(info.name.empty());
    EXPECT_NE(info.kind, DeviceKind::Host);
    EXPECT_GT(info.memoryBytes, 0u);
    EXPECT_FALSE(info.features.empty());
    EXPECT_EQ(listVulkanDevices().at(0).name, info.name);
}

TEST_F(VulkanBackendTest, UnknownDeviceIsNotFound) {
    const auto result = createVulkanBackend({.deviceIndex = 99});
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::NotFound);
    EXPECT_FALSE(createVulkanBackend({.deviceIndex = -1}));
}

TEST_F(VulkanBackendTest, MemoryStartsZeroedAlsoWhenReused) {
    for (int round = 0; round < 2; ++round) {
        const Tensor t = zeros({1000});
        EXPECT_EQ(download(t), Floats(1000, 0.0f));
        ASSERT_TRUE(current().write(t, stored(DType::F32, Floats(1000, 7.0f))));
    }
}

TEST_F(VulkanBackendTest, AllocatedBytesFollowTensors) {
    VulkanOptions own;
    own.memoryLimitBytes = 1u << 30;
    use(own);
    EXPECT_EQ(current().allocatedBytes(), 0u);
    {
        const Tensor small = zeros({10}), large = zeros({30 << 20, 1});
        EXPECT_GE(current().allocatedBytes(), large.bytes() + small.bytes());
    }
    EXPECT_EQ(current().allocatedBytes(), 0u);
}

TEST_F(VulkanBackendTest, OutOfMemoryNamesTheTensorAndTheBytes) {
    VulkanOptions limited;
    limited.memoryLimitBytes = 20'000'000;
    use(limited);
    const Tensor first = zeros({2'000'000});  // 8 MB
    const auto second = current().allocate(DType::F32, {5'000'000}, MemoryKind::Device, "layers.3.in_proj");
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::OutOfMemory);
    for (const char* part : {"layers.3.in_proj", "20.0 MB", "left"})
        EXPECT_NE(second.error().message.find(part), std::string::npos) << second.error().message;
    EXPECT_TRUE(current().allocate(DType::F32, {2'000'000}, MemoryKind::Device, "fits"));
}

TEST_F(VulkanBackendTest, AbsurdSizesAreRefused) {
    const auto result = current().allocate(DType::F32, {1 << 30, 1 << 14}, MemoryKind::Device, "huge");
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::OutOfMemory);
}

TEST_F(VulkanBackendTest, HostSeesUploadAndReadbackOnly) {
    const auto up = current().allocate(DType::F32, {4}, MemoryKind::Upload, "up"),
               back = current().allocate(DType::F32, {4}, MemoryKind::Readback, "back");
    ASSERT_TRUE(up && back);
    EXPECT_EQ(current().hostPointer(zeros({4})), nullptr);
    const Floats values{1, 2, 3, 4};
    std::memcpy(current().hostPointer(*up), values.data(), 16);
    run([&](Ops& ops) { ops.copy(*up, *back); });
    Floats seen(4);
    std::memcpy(seen.data(), current().hostPointer(*back), 16);
    EXPECT_EQ(seen, values);
}

TEST_F(VulkanBackendTest, ProgramsReplayWithNewInput) {
    const auto up = current().allocate(DType::F32, {4}, MemoryKind::Upload, "up");
    ASSERT_TRUE(up);
    const Tensor sum = zeros({1, 4}), one = weights({1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1}, {4, 4});
    const auto program = current().record("sum", [&](Ops& ops) {
        ops.matmul({.x = up->reshaped({1, 4}), .weight = one, .bias = {}, .out = sum,
                    .epilogue = MatmulArgs::Epilogue::Accumulate});
    });
    ASSERT_TRUE(program) << program.error().message;
    for (int i = 1; i <= 3; ++i) {
        const Floats values{1.0f * static_cast<float>(i), 10, 0, -1};
        std::memcpy(current().hostPointer(*up), values.data(), 16);
        ASSERT_TRUE(current().run(**program));
        EXPECT_GE(current().lastRunSeconds(), 0.0);
    }
    EXPECT_EQ(download(sum), (Floats{6, 30, 0, -3}));
}

TEST_F(VulkanBackendTest, ProgramsOutliveTheBackend) {
    auto own = createVulkanBackend({.validation = true});
    ASSERT_TRUE(own);
    std::unique_ptr<Program> program;
    {
        auto a = (*own)->allocate(DType::F32, {8}, MemoryKind::Device, "a"),
             b = (*own)->allocate(DType::F32, {8}, MemoryKind::Device, "b");
        auto recorded = (*own)->record("copy", [&](Ops& ops) { ops.copy(*a, *b); });
        ASSERT_TRUE(recorded);
        program = std::move(*recorded);
    }
    own->reset();
    program.reset();
}

TEST_F(VulkanBackendTest, DozensOfBackendsAtOnce) {
    std::vector<std::unique_ptr<Backend>> many;
    for (int i = 0; i < 40; ++i) {
        auto created = createVulkanBackend({.validation = i % 2 == 0});
        ASSERT_TRUE(created) << i << ": " << created.error().message;
        many.push_back(std::move(*created));
    }
    many.resize(1);  // the others' end leaves its instance alone
    EXPECT_TRUE(many[0]->allocate(DType::F32, {8}, MemoryKind::Device, "a"));
    EXPECT_FALSE(listVulkanDevices().empty());
}

TEST_F(VulkanBackendTest, FirstBadCallIsTheRecordingsError) {
    const Tensor x = zeros({2, 4}), weight = weights(Floats(12), {4, 3}), out = zeros({2, 4});
    const auto program = current().record("layer 3", [&](Ops& ops) {
        ops.matmul({.x = x, .weight = weight, .bias = {}, .out = out});
        ops.copy(x, weight);
    });
    ASSERT_FALSE(program);
    EXPECT_EQ(program.error().code, ErrorCode::InvalidArgument);
    EXPECT_EQ(program.error().message.rfind("layer 3: matmul: ", 0), 0u) << program.error().message;
}

TEST_F(VulkanBackendTest, ViewsPastTheirBufferAreRefused) {
    const Tensor x = zeros({2, 64}), out = zeros({4, 64});
    const auto program = current().record("stray", [&](Ops& ops) { ops.copy(x.rowRange(0, 4), out); });
    ASSERT_FALSE(program);
    EXPECT_EQ(program.error().code, ErrorCode::InvalidArgument);
}

TEST_F(VulkanBackendTest, TensorsOfAnotherBackendAreRefused) {
    struct Foreign final : Buffer {};
    Tensor foreign = zeros({4});
    foreign.buffer = std::make_shared<Foreign>();
    const Tensor own = zeros({4});
    EXPECT_FALSE(current().record("mixed", [&](Ops& ops) { ops.copy(foreign, own); }));
    EXPECT_FALSE(current().write(foreign, std::vector<std::byte>(16)));
    EXPECT_EQ(current().hostPointer(foreign), nullptr);
}

TEST_F(VulkanBackendTest, WrongTransferSizesAreRefused) {
    const Tensor t = zeros({4});
    EXPECT_FALSE(current().write(t, std::vector<std::byte>(12)));
    std::vector<std::byte> large(20);
    EXPECT_FALSE(current().read(t, large));
    EXPECT_FALSE(current().adoptWeights(DType::F32, {4}, large, nullptr, "weights"));
}

TEST_F(VulkanBackendTest, PoolsOfDescriptorsAndPushedOnes) {
    for (const bool push : {false, true}) {
        use({.pushDescriptors = push});
        const Floats values = normal(64, 1);
        const Tensor a = upload(values, {64}), b = zeros({64});
        run([&](Ops& ops) {
            for (int i = 0; i < 150; ++i) {  // more sets than one pool holds
                ops.copy(i % 2 ? b : a, i % 2 ? a : b);
            }
        });
        EXPECT_EQ(download(b), values);
    }
}

TEST_F(VulkanBackendTest, ShardsTablesAndRows) {
    for (const KernelChoice kernels : {KernelChoice::Gpu, KernelChoice::Software}) {
        use({.kernels = kernels, .bindingLimitBytes = 1024});
        const std::int64_t vocab = 101, d = 18, L = 40;
        const Floats table = rounded(DType::F16, normal(vocab * d, 2));
        const std::vector<std::int32_t> ids = indices(L, 3, 101);
        const Tensor weight = weights(table, {vocab, d}, DType::F16), id = integers(ids, {L}), x = zeros({L, d}),
                     normed = zeros({L, d}), copied = zeros({L, d}), mean = zeros({L, 1}),
                     ones = weights(Floats(18, 1.0f), {d}), lows = weights(Floats(18, -0.5f), {d}),
                     varied = zeros({L, d}), history = zeros({4, d}), measured = zeros({L, d}), clamped = zeros({L, d}),
                     rates = weights(negativeA(d, 3, 5), {d, 3}), kept = zeros({L, d}),
                     position = integers(std::vector<std::int32_t>{0}, {1}), convolved = zeros({L, d}),
                     filter = weights(normal(d * 4, 4), {d, 4}), state = zeros({d, 3});
        run([&](Ops& ops) {
            ops.embedding(weight, id, x);
            ops.rmsNorm(x, ones, 1e-5f, normed);
            ops.copy(normed, copied);
            ops.reduceRows(copied, {.kind = RowReduction::Kind::Mean}, mean);
            ops.windowVariation({.x = x, .history = history, .position = position, .out = varied});
            ops.copy(x, clamped);
            ops.scaleClamp({.x = clamped, .scale = ones, .low = lows, .high = ones});
            ops.writeStrength({.dt = x, .u = clamped, .B = normed, .out = measured});
            ops.retention({.dt = clamped, .A = rates, .out = kept});
            ops.causalConv1d({.x = x, .weight = filter, .bias = {}, .state = state, .out = convolved});
        });
        const Doubles embedded = embedding(table, d, ids);
        const Floats rows(embedded.begin(), embedded.end());
        EXPECT_EQ(download(x), rows);
        EXPECT_LT(relativeError(download(copied), rmsNorm(rows, Floats(18, 1.0f), 1e-5f, L, d)), kTolerance);
        EXPECT_LT(relativeError(download(mean), reduceRows(download(copied), L, d, {.kind = RowReduction::Kind::Mean})),
                  kTolerance);
        Floats past(static_cast<std::size_t>(d * 3));
        EXPECT_LT(relativeError(download(convolved), causalConv1d(rows, normal(d * 4, 4), {}, past, L, d, 4)), kTolerance);
        EXPECT_LT(relativeError(download(varied), windowVariation(rows, L, d, 4)), kTolerance);
        const Doubles bounded = scaleClamp(rows, Floats(18, 1.0f), Floats(18, -0.5f), Floats(18, 1.0f), L, d);
        const Floats bounds(bounded.begin(), bounded.end());
        EXPECT_EQ(download(clamped), bounds);
        EXPECT_LT(relativeError(download(measured), writeStrength(rows, bounds, download(normed), L, d, d)), kTolerance);
        EXPECT_LT(relativeError(download(kept), retention(bounds, negativeA(d, 3, 5), L, d, 3)), kTolerance);
    }
}

TEST_F(VulkanBackendTest, RowsLongerThanABindingAreAnError) {
    use({.bindingLimitBytes = 1024});
    const Tensor x = zeros({2, 2000}), out = zeros({2, 1});
    const auto program = current().record("wide", [&](Ops& ops) { ops.reduceRows(x, {}, out); });
    ASSERT_FALSE(program);
    EXPECT_EQ(program.error().code, ErrorCode::Unsupported);
}

}  // namespace
}  // namespace ms::test
