/// The one way in which the library says something: a hook. Without one, warnings and errors are dropped silently.
#pragma once

#include <functional>
#include <string_view>

#include <ranvier/export.h>

namespace ranvier {

enum class LogLevel { debug, info, warning, error };

using LogHook = std::function<void(LogLevel level, std::string_view message)>;

/// Replaces the hook of this process; an empty one removes it. Thread-safe. The hook may be called from any thread, must not
/// throw and must not call back into Ranvier.
RANVIER_API void set_log_hook(LogHook hook);

/// Passes a message to the hook. Thread-safe.
RANVIER_API void log(LogLevel level, std::string_view message);

}  // namespace ranvier
