/// While a command runs: a line on the terminal, and Ctrl-C.
#pragma once

#include <chrono>
#include <csignal>
#include <cstdint>
#include <functional>

#include <CLI/App.hpp>

namespace ranvier::cli {

/// While it lives, the first Ctrl-C asks the run to end; a second one ends the process. One at a time.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  bool interrupted() const;

 private:
  struct sigaction before_;
};

/// A bar on standard error where that is a terminal, once half a second has passed; taken away at the end.
class Progress {
 public:
  explicit Progress(bool wanted);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// What a run asks between chunks: shows how far it is; false after Ctrl-C.
  std::function<bool(std::uint64_t done, std::uint64_t total)> keep_going();

 private:
  using Clock = std::chrono::steady_clock;
  void show(std::uint64_t done, std::uint64_t total);

  InterruptGuard guard_;
  Clock::time_point start_ = Clock::now();
  bool terminal_;
  bool shown_ = false;
};

/// Adds --progress and --no-progress.
void add_progress(CLI::App& command, bool& wanted);

}  // namespace ranvier::cli
