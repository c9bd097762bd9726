// What the subcommands of mambascope-cli share: exit codes, output, device choice.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "engine/runtime/devices.h"
#include "engine/runtime/model.h"

namespace ms::cli {

inline constexpr int kOk = 0, kFailed = 1, kBadUsage = 2;

/// Options of every command.
struct Common {
    std::string device;
    bool json = false;
};

/// Adds --device and --json.
void addCommon(CLI::App& command, Common& common);

/// Prints one line on standard error and returns the exit code that fits.
int fail(const Error& error);

/// Opens the chosen device, reporting messages of the engine as warnings.
Result<std::shared_ptr<Backend>> openDevice(const Common& common);

/// Opens device and model, with a progress line on a terminal.
Result<std::shared_ptr<const Model>> openModel(const Common& common, const std::string& path);

/// Token ids as --ids has them: "1,2,3" or "1 2 3". InvalidArgument for anything else.
Result<std::vector<TokenId>> parseIds(const std::string& text);

/// The whole file; the error names it.
Result<std::string> readFile(const std::string& path);

/// A progress line on standard error, only when that is a terminal.
[[nodiscard]] ProgressCallback terminalProgress();

/// "1.5 MB"
[[nodiscard]] std::string humanBytes(double bytes);

// Each registers a subcommand; `exitCode` is set when it runs.
void addDevices(CLI::App& app, int& exitCode);
void addInspect(CLI::App& app, int& exitCode);
void addRun(CLI::App& app, int& exitCode);
void addVerify(CLI::App& app, int& exitCode);
void addEvaluate(CLI::App& app, int& exitCode);
void addTokenize(CLI::App& app, int& exitCode);
void addTranscribe(CLI::App& app, int& exitCode);
void addEvaluateSpeech(CLI::App& app, int& exitCode);
void addBench(CLI::App& app, int& exitCode);
void addLab(CLI::App& app, int& exitCode);
void addLabCompare(CLI::App& lab, int& exitCode);  // of `lab`

}  // namespace ms::cli
