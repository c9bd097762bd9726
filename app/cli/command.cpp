#include "app/cli/command.h"

#include <unistd.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <sstream>

#include "engine/base/log.h"

namespace ms::cli {

void addCommon(CLI::App& command, Common& common) {
    command.add_option("--device", common.device, "Device: an index, part of its name, or host (see: devices)");
    command.add_flag("--json", common.json, "Print one JSON object on standard output and nothing else there");
}

int fail(const Error& error) {
    std::cerr << "mambascope-cli: " << error.message << '\n';
    return error.code == ErrorCode::InvalidArgument ? kBadUsage : kFailed;
}

Result<std::shared_ptr<Backend>> openDevice(const Common& common) {
    setLogSink([](LogLevel level, const std::string& message) {
        if (level >= LogLevel::Warning) std::cerr << "mambascope-cli: " << message << '\n';
    });
    return ms::openDevice(common.device);
}

Result<std::shared_ptr<const Model>> openModel(const Common& common, const std::string& path) {
    MS_TRY(std::shared_ptr<Backend> backend, openDevice(common));
    return Model::load(path, std::move(backend), terminalProgress());
}

Result<std::vector<TokenId>> parseIds(const std::string& text) {
    std::vector<TokenId> ids;
    const char* at = text.data();
    const char* end = at + text.size();
    while (at < end) {
        if (*at == ',' || *at == ' ' || *at == '\n') {
            ++at;
            continue;
        }
        TokenId id = 0;
        const auto parsed = std::from_chars(at, end, id);
        if (parsed.ec != std::errc() || id < 0)
            return Error{ErrorCode::InvalidArgument, "--ids: \"" + std::string(at, end).substr(0, 20) + "\" is no token id; write 1,2,3"};
        ids.push_back(id);
        at = parsed.ptr;
    }
    return ids;
}

Result<std::string> readFile(const std::string& path) {
    std::error_code problem;
    if (std::filesystem::is_directory(path, problem)) return Error{ErrorCode::Io, path + ": is a folder; name a file"};
    std::ifstream in(path, std::ios::binary);
    if (!in) return Error{ErrorCode::Io, path + ": cannot be read; check the name and its permissions"};
    std::ostringstream content;
    content << in.rdbuf();
    if (in.bad()) return Error{ErrorCode::Io, path + ": reading failed"};
    return std::move(content).str();
}

ProgressCallback terminalProgress() {
    if (::isatty(STDERR_FILENO) == 0) return {};
    using Clock = std::chrono::steady_clock;
    return [last = Clock::time_point{}](const Progress& p) mutable {
        const bool done = p.total > 0 && p.current >= p.total;
        if (!done && Clock::now() - last < std::chrono::milliseconds(100)) return;
        last = Clock::now();
        std::fprintf(stderr, "\r\033[K%s", done ? "" : p.status.c_str());
        if (!done && p.total > 0)
            std::fprintf(stderr, " %lld/%lld", static_cast<long long>(p.current), static_cast<long long>(p.total));
    };
}

std::string humanBytes(double bytes) {
    const char* units[] = {"B", "KB", "MB", "GB", "TB"};
    int unit = 0;
    while (bytes >= 1000 && unit < 4) {
        bytes /= 1000;
        ++unit;
    }
    char text[32];
    std::snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.1f %s", bytes, units[unit]);
    return text;
}

}  // namespace ms::cli
