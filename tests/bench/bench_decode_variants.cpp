// What a decoded token's dispatches cost: a Mamba-130M-shaped token with and without fusion and push descriptors, and
// the bare price of dispatches that wait for each other. `bench_decode_variants [device index]`
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "engine/base/half.h"
#include "engine/vulkan/vulkan_backend.h"

namespace {

using namespace ms;

constexpr std::int64_t kModel = 768, kInner = 1536, kStates = 16, kRank = 48, kConv = 4, kLayers = 24, kVocab = 50280;

Tensor filled(Backend& backend, DType type, Shape shape, float low, float high) {
    Tensor tensor = *backend.allocate(type, shape, MemoryKind::Device, "input");
    std::vector<std::byte> bytes(tensor.bytes());
    std::uint32_t random = 12345;
    for (std::int64_t i = 0; i < shape.elements(); ++i) {
        random = random * 1664525u + 1013904223u;
        const float value = low + (high - low) * static_cast<float>(random >> 8) * 0x1p-24f;
        if (type == DType::F16) reinterpret_cast<std::uint16_t*>(bytes.data())[i] = floatToHalf(value);
        else reinterpret_cast<float*>(bytes.data())[i] = value;
    }
    if (!backend.write(tensor, bytes)) std::abort();
    return tensor;
}

Tensor zeros(Backend& backend, Shape shape, MemoryKind kind = MemoryKind::Device) {
    return *backend.allocate(DType::F32, shape, kind, "activations");
}

struct Times {
    double device, wall;  // milliseconds
};

Times timed(Backend& backend, const std::function<void(Ops&)>& body) {
    auto program = backend.record("bench", body);
    if (!program) {
        std::fprintf(stderr, "%s\n", program.error().message.c_str());
        std::exit(1);
    }
    using Clock = std::chrono::steady_clock;
    const auto since = [](Clock::time_point start) {
        return std::chrono::duration<double>(Clock::now() - start).count();
    };
    const auto begin = Clock::now();
    std::vector<double> device, wall;
    while (since(begin) < 0.7 || device.size() < 5) {
        const auto start = Clock::now();
        if (!backend.run(**program)) std::abort();
        if (since(begin) < 0.4) continue;  // clocks
        wall.push_back(since(start));
        device.push_back(backend.lastRunSeconds());
    }
    const auto median = [](std::vector<double>& v) {
        std::sort(v.begin(), v.end());
        return v.empty() ? 0 : v[v.size() / 2] * 1e3;
    };
    return {median(device), median(wall)};
}

void print(const char* what, const Times& t, double per = 1) {
    std::printf("%-44s device %8.4f ms  wall %8.4f ms", what, t.device, t.wall);
    if (per > 1) std::printf("  %6.3f us each", t.device * 1e3 / per);
    std::printf("\n");
    std::fflush(stdout);
}

struct Layer {
    Tensor norm, inProj, convWeight, convBias, convState, xProj, dtProj, dtBias, A, D, h, outProj;
};

struct Token {
    Tensor r, normed, xz, u, dbc, dt, gated, normF, head, logits;
    std::vector<Layer> layers;

    explicit Token(Backend& b)
        : r(filled(b, DType::F32, {1, kModel}, -1, 1)),
          normed(zeros(b, {1, kModel})),
          xz(zeros(b, {1, 2 * kInner})),
          u(zeros(b, {1, kInner})),
          dbc(zeros(b, {1, kRank + 2 * kStates})),
          dt(zeros(b, {1, kInner})),
          gated(zeros(b, {1, kInner})),
          normF(filled(b, DType::F32, {kModel}, 0.9f, 1.1f)),
          head(filled(b, DType::F16, {kVocab, kModel}, -0.03f, 0.03f)),
          logits(zeros(b, {1, kVocab}, MemoryKind::Readback)) {
        for (std::int64_t k = 0; k < kLayers; ++k)
            layers.push_back(
                {filled(b, DType::F32, {kModel}, 0.9f, 1.1f),
                 filled(b, DType::F16, {2 * kInner, kModel}, -0.05f, 0.05f),
                 filled(b, DType::F32, {kInner, kConv}, -0.5f, 0.5f), filled(b, DType::F32, {kInner}, -0.1f, 0.1f),
                 zeros(b, {kInner, kConv - 1}), filled(b, DType::F16, {kRank + 2 * kStates, kInner}, -0.04f, 0.04f),
                 filled(b, DType::F16, {kInner, kRank}, -0.1f, 0.1f), filled(b, DType::F32, {kInner}, -5, -3),
                 filled(b, DType::F32, {kInner, kStates}, -8, -0.5f), filled(b, DType::F32, {kInner}, 0.8f, 1.2f),
                 zeros(b, {kInner, kStates}), filled(b, DType::F16, {kModel, kInner}, -0.03f, 0.03f)});
    }

    void normIn(Ops& op, const Layer& w) const {
        op.rmsNorm(r, w.norm, 1e-5f, normed);
        op.matmul({.x = normed, .weight = w.inProj, .bias = {}, .out = xz});
    }
    void toScan(Ops& op, const Layer& w) const {
        normIn(op, w);
        op.causalConv1d(
            {.x = xz.colRange(0, kInner), .weight = w.convWeight, .bias = w.convBias, .state = w.convState, .out = u});
        op.matmul({.x = u, .weight = w.xProj, .bias = {}, .out = dbc});
        op.matmul({.x = dbc.colRange(0, kRank),
                   .weight = w.dtProj,
                   .bias = w.dtBias,
                   .out = dt,
                   .epilogue = MatmulArgs::Epilogue::Softplus});
        op.selectiveScan({.u = u,
                          .dt = dt,
                          .A = w.A,
                          .B = dbc.colRange(kRank, kStates),
                          .C = dbc.colRange(kRank + kStates, kStates),
                          .D = w.D,
                          .z = xz.colRange(kInner, kInner),
                          .dtBias = {},
                          .softplus = false,
                          .state = w.h,
                          .out = gated,
                          .y = {},
                          .gate = {},
                          .stateNorm = {}});
    }
    void out(Ops& op, const Layer& w) const {
        op.matmul(
            {.x = gated, .weight = w.outProj, .bias = {}, .out = r, .epilogue = MatmulArgs::Epilogue::Accumulate});
    }
    void last(Ops& op) const {
        op.rmsNorm(r, normF, 1e-5f, normed);
        op.matmul({.x = normed, .weight = head, .bias = {}, .out = logits});
    }
};

}  // namespace

int main(int argc, char** argv) {
    const int index = argc > 1 ? std::atoi(argv[1]) : 0;
    for (const bool push : {true, false}) {
        for (const bool fuse : {true, false}) {
            auto opened = createVulkanBackend(
                {.deviceIndex = index, .kernels = KernelChoice::Gpu, .pushDescriptors = push, .fuseDecode = fuse});
            if (!opened) return std::fprintf(stderr, "%s\n", opened.error().message.c_str()), 1;
            Backend& b = **opened;
            std::printf("%s, %s, %s\n", b.info().name.c_str(), push ? "push descriptors" : "descriptor pools",
                        fuse ? "fused" : "op by op");
            const Token token(b);
            const auto each = [&](auto part) {
                return [&, part](Ops& op) {
                    for (const Layer& w : token.layers) part(op, w);
                };
            };
            print("token", timed(b, [&](Ops& op) {
                      for (const Layer& w : token.layers) token.toScan(op, w), token.out(op, w);
                      token.last(op);
                  }));
            print("norm and in_proj alone", timed(b, each([&](Ops& op, const Layer& w) { token.normIn(op, w); })),
                  kLayers);
            print("to the scan alone", timed(b, each([&](Ops& op, const Layer& w) { token.toScan(op, w); })), kLayers);
            print("out_proj alone", timed(b, each([&](Ops& op, const Layer& w) { token.out(op, w); })), kLayers);
            print("last norm and head alone", timed(b, [&](Ops& op) { token.last(op); }));
            if (!fuse) continue;
            const Tensor x = zeros(b, {4}), y = zeros(b, {4}), many = zeros(b, {200, 64});
            print("200 copies, each after the last",
                  timed(b,
                        [&](Ops& op) {
                            for (int i = 0; i < 100; ++i) op.copy(x, y), op.copy(y, x);
                        }),
                  200);
            print("200 copies side by side",
                  timed(b,
                        [&](Ops& op) {
                            for (int i = 0; i < 200; ++i) op.copy(x, many.rowRange(i, 1).colRange(0, 4).reshaped({4}));
                        }),
                  200);
            print("one copy", timed(b, [&](Ops& op) { op.copy(x, y); }));
        }
    }
    return 0;
}
