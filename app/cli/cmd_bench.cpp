#include <cstdio>
#include <iostream>

#include "app/cli/bench/bench.h"
#include "app/cli/command.h"

namespace ms::cli {

namespace {

struct BenchArguments : Common, BenchOptions {};

Result<std::vector<BenchRow>> measure(const std::shared_ptr<Backend>& backend, const BenchOptions& o, const Yardstick& yardstick) {
    if (o.what == "scan") return benchScan(*backend, o, yardstick);
    if (o.what == "ssd") return benchSsd(*backend, o, yardstick);
    if (o.what == "fft") return benchFft(*backend, o, yardstick);
    if (o.what == "matmul") return benchMatmul(*backend, o, yardstick);
    if (o.what == "decode") return benchDecode(backend, o, yardstick);
    if (o.what == "prefill") return benchPrefill(backend, o, yardstick);
    if (o.what == "capture") return benchCapture(backend, o, yardstick);
    return benchLoad(backend, o, yardstick);
}

Result<void> bench(const BenchArguments& o) {
    MS_TRY(auto backend, openDevice(o));
    MS_TRY(const Yardstick yardstick, measureYardstick(*backend));
    if (!o.json)
        std::printf("%s: copy %.1f GB/s (read + written), read %.1f GB/s, F32 product %.1f GFLOP/s\n", backend->info().name.c_str(),
                    yardstick.copyBytesPerSecond / 1e9, yardstick.readBytesPerSecond / 1e9, yardstick.matmulFlops / 1e9);
    MS_TRY(const std::vector<BenchRow> rows, measure(backend, o, yardstick));
    nlohmann::json list = nlohmann::json::array();
    for (const BenchRow& r : rows) {
        const double rate = r.bytesMoved / (r.milliseconds * 1e-3) / 1e9;
        nlohmann::json row = {{"name", r.name}, {"shape", r.shape}, {"milliseconds", r.milliseconds}, {"bytes_moved", r.bytesMoved},
                              {"gb_per_s", rate}, {"floor_milliseconds", r.floorMilliseconds}};
        if (r.tokensPerSecond > 0) row["tokens_per_second"] = r.tokensPerSecond;
        list.push_back(std::move(row));
        if (o.json) continue;
        std::printf("%-24s %-46s %10.4f ms  floor %9.4f ms (%3.0f %%)  %9.2f MB  %8.1f GB/s", r.name.c_str(), r.shape.c_str(),
                    r.milliseconds, r.floorMilliseconds, 100 * r.floorMilliseconds / r.milliseconds, r.bytesMoved / 1e6, rate);
        if (r.tokensPerSecond > 0) std::printf("  %.1f tokens/s", r.tokensPerSecond);
        std::printf("\n");
    }
    if (o.json)
        std::cout << nlohmann::json{{"device", backend->info().name}, {"copy_gb_per_s", yardstick.copyBytesPerSecond / 1e9},
                                    {"read_gb_per_s", yardstick.readBytesPerSecond / 1e9},
                                    {"matmul_gflops", yardstick.matmulFlops / 1e9}, {"rows", list}}.dump(2) << '\n';
    return {};
}

}  // namespace

void addBench(CLI::App& app, int& exitCode) {
    auto o = std::make_shared<BenchArguments>();
    CLI::App* command = app.add_subcommand("bench", "Kernel and model speed beside the device's floor");
    command->add_option("WHAT", o->what, "scan, ssd, fft, matmul, decode, prefill, capture or load")
        ->required()
        ->check(CLI::IsMember({"scan", "ssd", "fft", "matmul", "decode", "prefill", "capture", "load"}));
    command->add_option("--model", o->model, "A checkpoint (default: random weights of Mamba-130M's shape)");
    command->add_option("--dtype", o->dtype, "Type of random weights")->check(CLI::IsMember({"f32", "f16", "bf16"}))->capture_default_str();
    command->add_option("--tokens", o->tokens, "Tokens of a prefill")->check(CLI::Range(1, 1 << 20))->capture_default_str();
    command->add_option("--longest", o->longest, "scan, ssd, fft: longest sequence")->capture_default_str();
    command->add_option("--repeats", o->repeats, "Timed repetitions")->check(CLI::Range(1, 10000))->capture_default_str();
    addCommon(*command, *o);
    command->callback([o, &exitCode] {
        if (const auto done = bench(*o); !done) exitCode = fail(done.error());
    });
}

}  // namespace ms::cli
