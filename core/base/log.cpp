#include <ranvier/log.h>

#include <mutex>
#include <utility>

namespace ranvier {
namespace {

struct Hook {
  std::mutex mutex;
  LogHook call;
};

// Never destroyed: a driver's thread may still log while the process ends.
Hook& hook() {
  static Hook* const instance = new Hook;
  return *instance;
}

}  // namespace

void set_log_hook(LogHook call) {
  const std::lock_guard lock(hook().mutex);
  hook().call = std::move(call);
}

void log(LogLevel level, std::string_view message) {
  const std::lock_guard lock(hook().mutex);
  if (hook().call) hook().call(level, message);
}

}  // namespace ranvier
