// The engine's only way to speak without being asked. Silent until a front end installs a sink.
#pragma once

#include <functional>
#include <string>

namespace ms {

enum class LogLevel { Debug, Info, Warning, Error };

/// Called from any thread, one call at a time; must return quickly.
using LogSink = std::function<void(LogLevel, const std::string&)>;

void setLogSink(LogSink sink);
void log(LogLevel level, const std::string& message);

}  // namespace ms
