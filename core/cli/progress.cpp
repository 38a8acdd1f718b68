#include "core/cli/progress.h"

#include <unistd.h>

#include <cstdio>
#include <string>

#include <CLI/CLI.hpp>

namespace ranvier::cli {
namespace {

volatile std::sig_atomic_t interrupted_flag = 0;

}  // namespace

InterruptGuard::InterruptGuard() : before_{} {
  struct sigaction action {};
  action.sa_handler = [](int) { interrupted_flag = 1; };
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, &before_);
}

InterruptGuard::~InterruptGuard() { sigaction(SIGINT, &before_, nullptr); }

bool InterruptGuard::interrupted() const { return interrupted_flag != 0; }

Progress::Progress(bool wanted) : terminal_(wanted && isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (shown_) std::fputs("\r\x1b[K", stderr);
}

std::function<bool(std::uint64_t, std::uint64_t)> Progress::keep_going() {
  return [this](std::uint64_t done, std::uint64_t total) {
    show(done, total);
    return !guard_.interrupted();
  };
}

void Progress::show(std::uint64_t done, std::uint64_t total) {
  if (!terminal_ || total == 0 || Clock::now() - start_ < std::chrono::milliseconds(500)) return;
  constexpr std::size_t kWidth = 30;
  const double share = static_cast<double>(done) / static_cast<double>(total);
  const std::string bar(static_cast<std::size_t>(share * kWidth), '#');
  std::fprintf(stderr, "\r[%-30s] %3d %%  step %llu of %llu", bar.c_str(), static_cast<int>(100 * share),
               static_cast<unsigned long long>(done), static_cast<unsigned long long>(total));
  shown_ = true;
}

void add_progress(CLI::App& command, bool& wanted) {
  command.add_flag("--progress,!--no-progress", wanted,
                   "show a bar on a terminal while it takes longer than half a second; the default");
}

}  // namespace ranvier::cli
