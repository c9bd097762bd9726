#include "engine/lab/scaling.h"

#include <chrono>
#include <random>

#include "engine/lab/scaling_support.h"
#include "engine/runtime/session.h"

namespace ms {

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kDecoded = 8;  // tokens whose median is the time of one

double since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

Result<ScalingPoint> measure(Session& session, std::span<const TokenId> ids, int repeats, const std::stop_token& stop) {
    ScalingPoint point{static_cast<std::int64_t>(ids.size()), 0, 0, 0};
    std::vector<double> prefill, decode;
    PrefillOptions options;
    options.stop = stop;
    for (int i = 0; i < repeats; ++i) {
        MS_CHECK(goOn(stop));
        MS_CHECK(session.reset());
        const auto begin = Clock::now();
        MS_CHECK(session.prefill(ids, options));
        prefill.push_back(since(begin));
    }
    point.stateBytes = session.stateBytesHeld();
    for (int i = 0; i < kDecoded; ++i) {
        const auto begin = Clock::now();
        MS_CHECK(session.step(ids[static_cast<std::size_t>(i) % ids.size()]));
        decode.push_back(since(begin));
    }
    point.prefillSeconds = median(std::move(prefill));
    point.decodeSeconds = median(std::move(decode));
    return point;
}

}  // namespace

Result<std::vector<ScalingPoint>> measureScaling(const std::shared_ptr<const Model>& model, std::span<const std::int64_t> lengths,
                                                 const ScalingOptions& options, const std::function<void(const ScalingPoint&)>& told) {
    MS_CHECK(checkRising(lengths));
    MS_CHECK(model->expectText());
    MS_TRY(auto session, Session::create(model));
    std::mt19937_64 random(1);
    const auto vocab = static_cast<std::uint64_t>(model->dims().vocab);
    std::vector<TokenId> ids;
    std::vector<ScalingPoint> points;
    for (const std::int64_t length : lengths) {
        if (!points.empty() && tooLong(points.back().prefillSeconds, points.back().length, length, options.mostSeconds)) break;
        while (std::ssize(ids) < length) ids.push_back(static_cast<TokenId>(random() % vocab));
        // Once beforehand: programs are recorded, caches grow and kernels are compiled when a length comes up first.
        MS_CHECK(goOn(options.stop));
        MS_CHECK(session->reset());
        PrefillOptions warmUp;
        warmUp.stop = options.stop;
        MS_CHECK(session->prefill(ids, warmUp));
        MS_CHECK(session->step(ids.front()));
        MS_TRY(const ScalingPoint point, measure(*session, ids, options.repeats, options.stop));
        points.push_back(point);
        if (told) told(point);
    }
    return points;
}

}  // namespace ms
