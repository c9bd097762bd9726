#include "engine/base/log.h"

#include <mutex>
#include <utility>

namespace ms {

namespace {
std::mutex s_mutex;
LogSink s_sink;
}  // namespace

void setLogSink(LogSink sink) {
    const std::lock_guard lock(s_mutex);
    s_sink = std::move(sink);
}

void log(LogLevel level, const std::string& message) {
    const std::lock_guard lock(s_mutex);
    if (s_sink) s_sink(level, message);
}

}  // namespace ms
