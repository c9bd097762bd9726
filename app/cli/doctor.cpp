#include "app/cli/doctor.h"

#include <algorithm>
#include <cstdio>

#include "app/cli/command.h"

namespace ms::cli {

namespace {

constexpr std::int64_t kBins = 12;
constexpr int kBarColumns = 40;

void printHistogram(const LogHistogram& h) {
    if (h.edges.empty()) return;
    std::printf("\nHalf-lives of the states at rest, ln 2 / (softplus(Δ bias)·|A|):\n");
    const std::uint64_t most = *std::max_element(h.counts.begin(), h.counts.end());
    for (std::size_t i = 0; i < h.counts.size(); ++i) {
        const auto columns = static_cast<int>(h.counts[i] * kBarColumns / std::max<std::uint64_t>(most, 1));
        std::printf("  %9.3g to %-9.3g tokens %10llu  %s\n", h.edges[i], h.edges[i + 1], static_cast<unsigned long long>(h.counts[i]),
                    std::string(static_cast<std::size_t>(h.counts[i] > 0 ? std::max(columns, 1) : 0), '#').c_str());
    }
}

}  // namespace

Result<CheckpointDiagnosis> diagnose(const std::filesystem::path& path) {
    MS_TRY(const Checkpoint checkpoint, Checkpoint::open(path));
    CheckpointDiagnosis diagnosis;
    diagnosis.recognition = recognise(checkpoint);
    MS_TRY(diagnosis.sick, sickTensors(checkpoint, {}, terminalProgress()));
    diagnosis.halfLives = logHistogram(restingHalfLives(checkpoint), kBins);
    return diagnosis;
}

nlohmann::json toJson(const CheckpointDiagnosis& d) {
    nlohmann::json sick = nlohmann::json::array();
    for (const SickTensor& t : d.sick) sick.push_back({{"name", t.name}, {"nan", t.nan}, {"infinite", t.infinite}});
    return {{"recognised", d.recognition.recognised}, {"family", d.recognition.family}, {"reason", d.recognition.reason},
            {"remedies", d.recognition.remedies}, {"not_finite", sick},
            {"half_lives", {{"edges", d.halfLives.edges}, {"counts", d.halfLives.counts}, {"infinite", d.halfLives.infinite}}}};
}

void print(const CheckpointDiagnosis& d) {
    const Recognition& r = d.recognition;
    std::printf("\n%s\n", r.recognised ? ("Recognised as " + r.family + ": " + r.reason).c_str() : ("Not opened: " + r.reason).c_str());
    if (!r.remedies.empty()) std::printf("What would have to change to open it:\n");
    for (const std::string& remedy : r.remedies) std::printf("  %s\n", remedy.c_str());
    if (d.sick.empty()) std::printf("All weights are finite numbers.\n");
    for (const SickTensor& t : d.sick)
        std::printf("tensor %s holds %lld NaN and %lld infinite values\n", t.name.c_str(), static_cast<long long>(t.nan),
                    static_cast<long long>(t.infinite));
    printHistogram(d.halfLives);
}

}  // namespace ms::cli
