// `mambascope-cli lab`: experiments that compare architectures.
#include <cmath>
#include <cstdio>
#include <iostream>
#include <random>

#include "app/cli/command.h"
#include "engine/analysis/power_law.h"
#include "engine/base/program_files.h"
#include "engine/lab/published_results.h"
#include "engine/lab/scaling.h"
#include "engine/lab/task_models.h"
#include "engine/lab/task_run.h"

namespace ms::cli {

namespace {

struct TaskOptions : Common {
    std::vector<std::string> models;
    std::string task = "selective-copying";
    std::vector<std::int64_t> lengths;  // empty: the task's usual ones
    int sequences = 64;
    std::uint64_t seed = 1;
};

Result<TaskScore> measureTask(TaskRun& run, TaskKind kind, std::int64_t length, const TaskOptions& o) {
    std::mt19937_64 random(o.seed);
    TaskScore score;
    for (int i = 0; i < o.sequences; ++i) {
        MS_TRY(const TaskSequence task, makeTask(kind, length, random));
        MS_CHECK(run.score(task, score));
    }
    return score;
}

/// Models to measure: those given, or those that come with the program.
Result<std::vector<std::string>> participants(const TaskOptions& o, TaskKind kind) {
    if (!o.models.empty()) return o.models;
    std::vector<std::string> models;
    if (const auto folder = findProgramFile("models/tasks"))
        for (const auto& path : taskModels(*folder, kind)) models.push_back(path.string());
    if (models.empty()) return Error{ErrorCode::NotFound, "no models of this task come with this program: name checkpoints to measure"};
    return models;
}

void printPublished(TaskKind kind) {
    for (const PublishedResult& result : publishedResults(kind)) {
        std::printf("%-40s", ("Gu & Dao 2023: " + std::string(result.model)).c_str());
        for (const PublishedPoint& p : result.points) std::printf("  %lld: %.1f %%", static_cast<long long>(p.length), 100 * p.accuracy);
        std::printf("\n");
    }
}

Result<void> runTask(const TaskOptions& o) {
    const auto kind = taskNamed(o.task);
    if (!kind) return Error{ErrorCode::InvalidArgument, "--task " + o.task + ": selective-copying, induction-heads or parity is expected"};
    MS_TRY(const auto models, participants(o, *kind));
    nlohmann::json all = nlohmann::json::array();
    for (const std::string& path : models) {
        MS_TRY(auto model, openModel(o, path));
        MS_TRY(TaskRun run, TaskRun::create(model));
        for (const std::int64_t length : o.lengths.empty() ? usualLengths(*kind) : o.lengths) {
            MS_TRY(const TaskScore score, measureTask(run, *kind, length, o));
            if (o.json)
                all.push_back({{"model", path}, {"task", o.task}, {"length", length}, {"sequences", score.sequences}, {"asked", score.asked},
                               {"right", score.right}, {"accuracy", score.accuracy()}, {"seconds", score.seconds}});
            else
                std::printf("%-40s %s %7lld symbols: %6.2f %% of %lld answers\n", path.c_str(), o.task.c_str(), static_cast<long long>(length),
                            100 * score.accuracy(), static_cast<long long>(score.asked));
            std::fflush(stdout);
        }
    }
    if (o.json) std::cout << all.dump(2) << '\n';
    else printPublished(*kind);
    return {};
}

struct ScalingArguments : Common {
    std::vector<std::string> models;
    std::vector<std::int64_t> lengths{1024, 4096, 16384, 65536};
    int repeats = 3;
    double mostSeconds = 10;
};

/// The curve's slope over all its points, and its points.
nlohmann::json curve(const std::string& name, const std::vector<double>& lengths, const std::vector<double>& values) {
    const double slope = fittedSlope(lengths, values);
    return {{"name", name}, {"lengths", lengths}, {"values", values}, {"slope", std::isfinite(slope) ? nlohmann::json(slope) : nlohmann::json()}};
}

void print(const nlohmann::json& curve, const char* unit, double factor) {
    std::printf("%s, slope %s\n", curve["name"].get<std::string>().c_str(),
                curve["slope"].is_null() ? "unknown" : std::to_string(curve["slope"].get<double>()).substr(0, 5).c_str());
    for (std::size_t i = 0; i < curve["lengths"].size(); ++i)
        std::printf("  %8.0f  %12.4f %s\n", curve["lengths"][i].get<double>(), curve["values"][i].get<double>() * factor, unit);
    std::fflush(stdout);
}

Result<void> runScaling(const ScalingArguments& o) {
    ScalingOptions options{o.repeats, o.mostSeconds, {}};
    nlohmann::json curves = nlohmann::json::array();
    const auto tell = [&](nlohmann::json made, const char* unit, double factor) {
        if (!o.json) print(made, unit, factor);
        curves.push_back(std::move(made));
    };
    for (const std::string& path : o.models) {
        MS_TRY(auto model, openModel(o, path));
        MS_TRY(const auto points, measureScaling(model, o.lengths, options));
        std::vector<double> lengths, prefill, decode, state;
        for (const ScalingPoint& p : points) {
            lengths.push_back(static_cast<double>(p.length));
            prefill.push_back(p.prefillSeconds);
            decode.push_back(p.decodeSeconds);
            state.push_back(static_cast<double>(p.stateBytes));
        }
        tell(curve(path + ": prefill", lengths, prefill), "ms", 1e3);
        tell(curve(path + ": one token more", lengths, decode), "ms", 1e3);
        tell(curve(path + ": state", lengths, state), "kB", 1e-3);
    }
    if (o.models.empty()) {
        MS_TRY(auto backend, openDevice(o));
        for (const ScalingKernel kernel : kScalingKernels) {
            MS_TRY(const auto points, measureKernel(*backend, kernel, o.lengths, options));
            std::vector<double> lengths, seconds;
            for (const KernelPoint& p : points) {
                lengths.push_back(static_cast<double>(p.length));
                seconds.push_back(p.seconds);
            }
            tell(curve(std::string(kernelName(kernel)), lengths, seconds), "ms", 1e3);
        }
    }
    if (o.json) std::cout << curves.dump(2) << '\n';
    return {};
}

}  // namespace

void addLab(CLI::App& app, int& exitCode) {
    CLI::App* lab = app.add_subcommand("lab", "Experiments that compare architectures: synthetic tasks, cost against length, models on one input");
    lab->require_subcommand(1);
    auto t = std::make_shared<TaskOptions>();
    CLI::App* task = lab->add_subcommand("task", "How many questions of a synthetic task models answer right, by length");
    task->add_option("MODEL", t->models, "Checkpoint folders or files (default: the small trained ones that come with the program)");
    task->add_option("--task", t->task, "selective-copying, induction-heads or parity");
    task->add_option("--lengths", t->lengths, "Symbols of a sequence, comma-separated (default: from below the shipped models' training length to far beyond)")->delimiter(',');
    task->add_option("--sequences", t->sequences, "Sequences of each length")->check(CLI::Range(1, 1'000'000));
    task->add_option("--seed", t->seed, "Of the sequences");
    addCommon(*task, *t);
    task->callback([t, &exitCode] {
        if (const auto done = runTask(*t); !done) exitCode = fail(done.error());
    });
    auto s = std::make_shared<ScalingArguments>();
    CLI::App* scaling = lab->add_subcommand("scaling", "Time and state of prefill and decode by length, with fitted slopes; without a model: bare kernels");
    scaling->add_option("MODEL", s->models, "Checkpoint folders or files");
    scaling->add_option("--lengths", s->lengths, "Tokens, rising, comma-separated")->delimiter(',');
    scaling->add_option("--repeats", s->repeats, "Runs of each measurement; the median counts")->check(CLI::Range(1, 1000));
    scaling->add_option("--most-seconds", s->mostSeconds, "Leave lengths out that would take longer")->check(CLI::Range(0.001, 86400.0));
    addCommon(*scaling, *s);
    scaling->callback([s, &exitCode] {
        if (const auto done = runScaling(*s); !done) exitCode = fail(done.error());
    });
    addLabCompare(*lab, exitCode);
}

}  // namespace ms::cli
