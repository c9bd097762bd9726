// Whole models: decode, prefill, the price of capture, opening.
#include <chrono>
#include <optional>

#include "app/cli/bench/bench.h"
#include "engine/probe/state_layout.h"
#include "engine/runtime/sampler.h"
#include "engine/runtime/session.h"

namespace ms::cli {

namespace {

using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/// The model of the options, or a random one that lives as long as this.
struct BenchModel {
    std::optional<RandomCheckpoint> random;
    std::shared_ptr<const Model> model;
    std::string shape;
};

Result<BenchModel> openBenchModel(std::shared_ptr<Backend> backend, const BenchOptions& options) {
    BenchModel bench;
    std::filesystem::path path = options.model;
    if (path.empty()) {
        MS_TRY(RandomCheckpoint random, RandomCheckpoint::create(options.dtype));
        bench.random.emplace(std::move(random));
        path = bench.random->folder();
    }
    MS_TRY(bench.model, Model::load(path, std::move(backend)));
    const ModelDims& d = bench.model->dims();
    bench.shape = "d_model=" + std::to_string(d.d_model) + " n_layer=" + std::to_string(d.n_layer) + " vocab=" +
                  std::to_string(d.vocab) + (options.model.empty() ? " " + options.dtype : "");
    return bench;
}

/// Bytes a decoded token must move: the weights it needs once, the state in and out; what grows is counted as it is at 256 tokens.
double decodeBytes(const Model& model) {
    return static_cast<double>(model.info().weightBytesPerToken) + 2.0 * static_cast<double>(stateBytes(model.dims(), 0)) +
           static_cast<double>(stateBytes(model.dims(), 256) - stateBytes(model.dims(), 0));
}

/// Operations of the layers' products for one token.
double layerFlops(const ModelInfo& info) { return 2.0 * static_cast<double>(info.multipliesPerToken); }

Result<double> decodeSeconds(Session& session, int tokens) {
    TokenId id = 1;
    const std::int64_t vocab = session.model().tokenCount();
    const auto start = Clock::now();
    for (int i = 0; i < tokens; ++i) {
        MS_TRY(const std::span<const float> logits, session.step(id));
        id = std::max(argmax(logits, vocab), 0);
    }
    return secondsSince(start) / tokens;
}

/// Until caches are warm and, on a GPU, clocks are up.
Result<void> warmUp(Session& session) {
    const double enough = session.model().backend().info().kind == DeviceKind::Gpu ? 0.5 : 0.0;
    const auto start = Clock::now();
    do MS_CHECK(decodeSeconds(session, 8));
    while (secondsSince(start) < enough);
    return {};
}

Result<double> prefillSeconds(Session& session, std::span<const TokenId> ids) {
    MS_CHECK(session.reset());
    const auto start = Clock::now();
    MS_CHECK(session.prefill(ids));
    return secondsSince(start);
}

std::vector<TokenId> someIds(std::int64_t count, std::int64_t vocab) {
    std::vector<TokenId> ids;
    for (std::int64_t i = 0; i < count; ++i) ids.push_back(static_cast<TokenId>(i * 7919 % vocab));
    return ids;
}

Result<CapturePlan> layerSummaries(const ModelDims& dims) {
    std::vector<CaptureRequest> requests;
    for (const ProbePoint point : {ProbePoint::Dt, ProbePoint::StateNorm, ProbePoint::Selectivity, ProbePoint::AttentionEntropy})
        if (dims.has(point)) requests.push_back({point, {}, Reduction::MeanChannels, 1, 0, 0, 1});
    return CapturePlan::create(requests, dims);
}

}  // namespace

Result<std::vector<BenchRow>> benchDecode(std::shared_ptr<Backend> backend, const BenchOptions& options, const Yardstick& yardstick) {
    MS_TRY(const BenchModel bench, openBenchModel(std::move(backend), options));
    MS_TRY(auto session, Session::create(bench.model));
    MS_CHECK(warmUp(*session));
    std::vector<double> seconds, deviceSeconds;
    for (int i = 0; i < options.repeats; ++i) {
        MS_TRY(const double s, decodeSeconds(*session, 16));
        seconds.push_back(s);
        deviceSeconds.push_back(session->lastDeviceSeconds());
    }
    const double typical = median(seconds), device = median(deviceSeconds), bytes = decodeBytes(*bench.model);
    const double floor = bytes / yardstick.readBytesPerSecond * 1e3;
    return std::vector<BenchRow>{{"decode", bench.shape, typical * 1e3, bytes, 1 / typical, floor},
                                 {"decode, device alone", bench.shape, device * 1e3, bytes, 1 / device, floor}};
}

Result<std::vector<BenchRow>> benchPrefill(std::shared_ptr<Backend> backend, const BenchOptions& options, const Yardstick& yardstick) {
    MS_TRY(const BenchModel bench, openBenchModel(std::move(backend), options));
    MS_TRY(auto session, Session::create(bench.model));
    const std::vector<TokenId> ids = someIds(options.tokens, bench.model->tokenCount());
    MS_CHECK(warmUp(*session));
    MS_CHECK(prefillSeconds(*session, ids));
    std::vector<double> seconds;
    for (int i = 0; i < std::max(3, options.repeats / 4); ++i) {
        MS_TRY(const double s, prefillSeconds(*session, ids));
        seconds.push_back(s);
    }
    const auto tokens = static_cast<double>(options.tokens);
    const double typical = median(seconds), bytes = decodeBytes(*bench.model);
    const double floor = std::max(bytes / yardstick.readBytesPerSecond, layerFlops(bench.model->info()) * tokens / yardstick.matmulFlops);
    return std::vector<BenchRow>{{"prefill " + std::to_string(options.tokens), bench.shape, typical * 1e3, bytes, tokens / typical, floor * 1e3}};
}

Result<std::vector<BenchRow>> benchCapture(std::shared_ptr<Backend> backend, const BenchOptions& options, const Yardstick& yardstick) {
    MS_TRY(const BenchModel bench, openBenchModel(std::move(backend), options));
    MS_TRY(const CapturePlan plan, layerSummaries(bench.model->dims()));
    MS_TRY(auto plain, Session::create(bench.model));
    MS_TRY(auto probed, Session::create(bench.model));
    MS_CHECK(probed->setCapture(plan, [](const CaptureFrame&) {}));
    const std::vector<TokenId> ids = someIds(options.tokens, bench.model->tokenCount());
    MS_CHECK(warmUp(*plain));
    std::vector<double> decode[2], prefill[2];
    for (int i = -1; i < options.repeats; ++i)  // the first round warms up
        for (int which = 0; which < 2; ++which) {
            Session& session = which == 0 ? *plain : *probed;
            MS_TRY(const double d, decodeSeconds(session, 16));
            if (i >= 0) decode[which].push_back(d);
            if (i % 4 != 0 && i >= 0) continue;
            MS_TRY(const double p, prefillSeconds(session, ids));
            if (i >= 0) prefill[which].push_back(p);
        }
    std::vector<BenchRow> rows;
    const double bytes = decodeBytes(*bench.model), floor = bytes / yardstick.readBytesPerSecond * 1e3;
    const auto tokens = static_cast<double>(options.tokens);
    const char* names[] = {"plain", "layer summaries"};
    for (int which = 0; which < 2; ++which) {
        const double d = median(decode[which]), p = median(prefill[which]);
        rows.push_back({std::string("decode, ") + names[which], bench.shape, d * 1e3, bytes, 1 / d, floor});
        rows.push_back({std::string("prefill, ") + names[which], bench.shape, p * 1e3, bytes, tokens / p, floor});
    }
    return rows;
}

Result<std::vector<BenchRow>> benchLoad(std::shared_ptr<Backend> backend, const BenchOptions& options, const Yardstick& yardstick) {
    std::optional<RandomCheckpoint> random;
    std::filesystem::path path = options.model;
    if (path.empty()) {
        MS_TRY(RandomCheckpoint made, RandomCheckpoint::create(options.dtype));
        random.emplace(std::move(made));
        path = random->folder();
    }
    std::vector<double> seconds;
    double bytes = 0;
    for (int i = 0; i < 5; ++i) {
        const auto start = Clock::now();
        MS_TRY(auto model, Model::load(path, backend));
        MS_TRY(auto session, Session::create(model));
        MS_CHECK(session->step(0));
        if (i > 0) seconds.push_back(secondsSince(start));  // the first one warms the page cache
        bytes = static_cast<double>(model->info().weightBytes);
    }
    return std::vector<BenchRow>{{"open and read one token", options.model.empty() ? "130M " + options.dtype : options.model,
                                  median(seconds) * 1e3, bytes, 0, bytes / yardstick.readBytesPerSecond * 1e3}};
}

}  // namespace ms::cli
