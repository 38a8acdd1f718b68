// ranvier-probe: opens one library as the host would, and tells what it saw. It may crash, hang or exit: that is its purpose.
//
// Says on file descriptor 3, one line each: `at<TAB>what is going on` before each step, and last `ok<TAB>name` or
// `refused<TAB>name<TAB>reason`. The driver's own output goes elsewhere (core/run/examine.cpp).

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "core/run/library.h"

namespace {

constexpr int kVerdict = 3;
constexpr unsigned kSecondsIfOrphaned = 10;  // the host kills after 2, unless it has died itself

void say(const std::string& line) {
  const std::string whole = line + "\n";
  // A host that no longer listens has no use for the rest either.
  if (write(kVerdict, whole.data(), whole.size()) < 0) _exit(2);
}

void ignore_log(void*, std::uint32_t, rvd_text) {}
rvd_status no_check(void*, const void*, std::uint64_t) { return RVD_NOT_IMPLEMENTED; }
void ignore_text(void*, rvd_text, rvd_text) {}
void ignore_number(void*, rvd_text, std::uint64_t, std::uint64_t) {}

// An error status is no verdict on the library: a device may be plugged in later. Surviving is what counts.
std::string exercise(const rvd_api& api) {
  const rvd_host host{sizeof(rvd_host), RVD_ABI_VERSION, nullptr, &ignore_log, &no_check};
  const rvd_facts facts{sizeof(rvd_facts), 0, nullptr, &ignore_text, &ignore_number};
  rvd_driver_t* driver = nullptr;
  say("at\tin open");
  if (api.open(&host, &driver) != RVD_OK) return "";
  if (driver == nullptr) return "answers RVD_OK to open, but gives no driver";
  say("at\tin enumerate");
  api.enumerate(driver, &facts);
  say("at\tin close");
  api.close(driver);
  return "";
}

std::string examine(const char* path, std::string& name) {
  say("at\twhile it was loaded");
  const ranvier::run::Library library = ranvier::run::open_library(path);
  if (!library.reason.empty()) return library.reason;
  name = library.api->name;
  return exercise(ranvier::run::complete_table(*library.api));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("ranvier-probe is started by Ranvier itself; `ranvier devices` shows what it found.\n", stderr);
    return 2;
  }
  // What the host has open is none of the driver's business. An old kernel without the call leaves them open.
  syscall(SYS_close_range, kVerdict + 1, ~0U, 0);
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  alarm(kSecondsIfOrphaned);

  std::string name;
  std::string reason;
  try {
    reason = examine(argv[1], name);
  } catch (...) {
    reason = "throws an exception out of an entry";
  }
  // What the driver printed must reach the pipe before the verdict does.
  std::fflush(nullptr);
  for (char& c : reason) c = c == '\n' || c == '\t' ? ' ' : c;
  say(reason.empty() ? "ok\t" + name : "refused\t" + name + "\t" + reason);
  // No destructors: a driver that crashes on the way out has passed.
  _exit(0);
}
