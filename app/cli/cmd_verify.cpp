#include <cstdio>
#include <iostream>

#include "app/cli/command.h"
#include "engine/runtime/golden_check.h"

namespace ms::cli {

namespace {

struct VerifyArguments : Common {
    std::string model, golden;
    double tolerance = 1e-4;
    GoldenOptions how;
};

nlohmann::json toJson(const GoldenReport& report, const VerifyArguments& o, const std::string& device) {
    nlohmann::json rows = nlohmann::json::array();
    for (const GoldenRow& r : report.rows) {
        nlohmann::json shape = nlohmann::json::array();
        for (int i = 0; i < r.shape.rank(); ++i) shape.push_back(r.shape[i]);
        rows.push_back({{"name", r.name}, {"shape", shape}, {"relative_error", r.relativeError}, {"max_abs_error", r.maxAbsError}});
    }
    return {{"worst_relative_error", report.worstRelativeError}, {"passed", report.worstRelativeError <= o.tolerance},
            {"tolerance", o.tolerance}, {"rows", rows}, {"skipped", report.skipped}, {"device", device}};
}

Result<bool> verify(const VerifyArguments& o) {
    MS_TRY(auto model, openModel(o, o.model));
    MS_TRY(const GoldenReport report, checkGolden(model, o.golden, o.how));
    const bool passed = report.worstRelativeError <= o.tolerance;
    if (o.json) {
        std::cout << toJson(report, o, model->backend().info().name).dump(2) << '\n';
        return passed;
    }
    for (const GoldenRow& r : report.rows)
        std::printf("%c %-24s %-16s relative %.2e  max abs %.2e\n", r.relativeError <= o.tolerance ? ' ' : '!', r.name.c_str(),
                    r.shape.text().c_str(), r.relativeError, r.maxAbsError);
    for (const std::string& name : report.skipped) std::printf("  %-24s not compared\n", name.c_str());
    std::printf("%s: worst relative error %.2e, tolerance %.0e, on %s\n", passed ? "passed" : "FAILED", report.worstRelativeError,
                o.tolerance, model->backend().info().name.c_str());
    return passed;
}

}  // namespace

void addVerify(CLI::App& app, int& exitCode) {
    auto o = std::make_shared<VerifyArguments>();
    CLI::App* command = app.add_subcommand("verify", "Compare logits, hidden states and internals with golden tensors");
    command->add_option("MODEL", o->model, "Checkpoint folder or file")->required();
    command->add_option("--golden", o->golden, "A golden.safetensors (default: the one beside the model)");
    command->add_option("--tolerance", o->tolerance, "Largest relative error allowed")->capture_default_str();
    CLI::Option* chunk = command->add_option("--chunk", o->how.chunk, "Tokens or frames per submission (default: one piece)");
    command->add_flag("--stepwise", o->how.stepwise, "One token or frame at a time, as in decode")->excludes(chunk);
    addCommon(*command, *o);
    command->callback([o, &exitCode] {
        if (o->golden.empty()) o->golden = (std::filesystem::path(o->model) / "golden.safetensors").string();
        const auto passed = verify(*o);
        if (!passed) exitCode = fail(passed.error());
        else exitCode = *passed ? kOk : kFailed;
    });
}

}  // namespace ms::cli
