// What a speech model costs as it listens: frames read a few at a time, logits of each.
// `bench_speech_steps FOLDER [device [threads of the host]]`; tests/support/make_mamba_ctc.py makes a model of full size.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "engine/runtime/devices.h"
#include "engine/runtime/session.h"

namespace {

using namespace ms;
using Clock = std::chrono::steady_clock;

int fail(const Error& error) {
    std::fprintf(stderr, "bench_speech_steps: %s\n", error.message.c_str());
    return 1;
}

Result<void> measure(const std::shared_ptr<const Model>& model, std::int64_t frames) {
    MS_CHECK(model->expectSpeech());
    MS_TRY(auto session, Session::create(model));
    const InputDims& input = model->dims().input;
    std::vector<float> window(static_cast<std::size_t>(input.shape(frames).elements()));
    for (std::size_t i = 0; i < window.size(); ++i) window[i] = static_cast<float>(i * 7919 % 1000) / 500.0f - 1.0f;
    PrefillOptions options;
    options.onLogits = [](TokenPos, std::span<const float>) {};
    std::vector<double> wall, device;
    const auto begin = Clock::now();
    while (wall.size() < 20 || Clock::now() - begin < std::chrono::seconds(2)) {
        const auto start = Clock::now();
        MS_CHECK(session->prefillFrames(window, options));
        wall.push_back(std::chrono::duration<double>(Clock::now() - start).count());
        device.push_back(session->lastDeviceSeconds());
    }
    const auto at = [](std::vector<double> v, double part) {
        std::sort(v.begin(), v.end());
        return v[static_cast<std::size_t>(part * static_cast<double>(v.size() - 1))];
    };
    const double audio = static_cast<double>(frames) * model->info().speech->frameSeconds(input);
    std::printf("%5lld frames (%6.0f ms of audio): %8.3f ms, 95th percentile %8.3f, on the device %8.3f; real-time factor %.4f\n",
                static_cast<long long>(frames), audio * 1e3, at(wall, 0.5) * 1e3, at(wall, 0.95) * 1e3, at(device, 0.5) * 1e3,
                at(wall, 0.5) / audio);
    return {};
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::fprintf(stderr, "usage: bench_speech_steps FOLDER [device [threads]]\n");
        return 2;
    }
    const auto backend = openDevice(argc > 2 ? argv[2] : "", {.threads = argc > 3 ? std::atoi(argv[3]) : 0});
    if (!backend) return fail(backend.error());
    const auto model = Model::load(argv[1], *backend);
    if (!model) return fail(model.error());
    std::printf("%s on %s\n", (*model)->info().name.c_str(), (*backend)->info().name.c_str());
    for (const std::int64_t frames : {1, 2, 4, 16, 64, 512})
        if (const auto done = measure(*model, frames); !done) return fail(done.error());
    return 0;
}
