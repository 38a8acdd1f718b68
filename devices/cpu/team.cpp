#include "devices/cpu/team.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>

#if defined(__linux__)
#include <sched.h>
#endif
#if defined(RANVIER_TBB)
#include <oneapi/tbb/info.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>
#endif

#include "kernels/math/float_mode.h"

namespace ranvier::cpu {
namespace {

// Long enough to outlast a phase of a small network, short enough to give a core back that somebody else needs.
constexpr int kSpins = 4000;

void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// The state that threads share is one word: which phase, how many units it has, how many of them are taken. A unit is taken by
/// raising the last; a thread that slept through phases fails in that and looks again.
class Round {
 public:
  Round(const std::vector<std::uint32_t>& units, void (*call)(void*, std::uint32_t, std::uint32_t, unsigned), void* context)
      : units_(units), call_(call), context_(context) {
    open(0);
  }

  void work(unsigned worker) {
    const FloatMode ieee;
    int spins = 0;
    while (true) {
      std::uint64_t ticket = ticket_.load(std::memory_order_acquire);
      const std::uint32_t phase = phase_of(ticket);
      if (phase == units_.size()) return;
      const std::uint32_t taken = taken_of(ticket), all = all_of(ticket);
      if (taken == all) {
        wait(spins);
        continue;
      }
      if (!ticket_.compare_exchange_weak(ticket, ticket + 1, std::memory_order_acq_rel)) continue;
      spins = 0;
      one(phase, taken, worker);
      if (done_.fetch_add(1, std::memory_order_acq_rel) + 1 == all) open(phase + 1);
    }
  }

  void rethrow() const {
    if (fault_) std::rethrow_exception(fault_);
  }

 private:
  static constexpr unsigned kUnitBits = 20;
  static constexpr std::uint64_t kUnitMask = (std::uint64_t{1} << kUnitBits) - 1;
  static std::uint32_t phase_of(std::uint64_t ticket) { return static_cast<std::uint32_t>(ticket >> (2 * kUnitBits)); }
  static std::uint32_t all_of(std::uint64_t ticket) { return static_cast<std::uint32_t>((ticket >> kUnitBits) & kUnitMask); }
  static std::uint32_t taken_of(std::uint64_t ticket) { return static_cast<std::uint32_t>(ticket & kUnitMask); }

  void open(std::size_t phase) {
    while (phase < units_.size() && units_[phase] == 0) ++phase;
    done_.store(0, std::memory_order_relaxed);
    const std::uint64_t all = phase < units_.size() ? units_[phase] : 0;
    ticket_.store((std::uint64_t{phase} << (2 * kUnitBits)) | (all << kUnitBits), std::memory_order_release);
  }

  void one(std::uint32_t phase, std::uint32_t unit, unsigned worker) {
    if (failed_.load(std::memory_order_relaxed)) return;
    try {
      call_(context_, phase, unit, worker);
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (!fault_) fault_ = std::current_exception();
      failed_ = true;
    }
  }

  static void wait(int& spins) {
    if (++spins < kSpins) {
      pause();
    } else {
      std::this_thread::yield();
    }
  }

  const std::vector<std::uint32_t>& units_;
  void (*call_)(void*, std::uint32_t, std::uint32_t, unsigned);
  void* context_;
  alignas(64) std::atomic<std::uint64_t> ticket_{0};
  alignas(64) std::atomic<std::uint32_t> done_{0};
  std::atomic<bool> failed_{false};
  std::mutex mutex_;
  std::exception_ptr fault_;
};

}  // namespace

unsigned default_threads() {
#if defined(__linux__)
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0) return std::clamp(static_cast<unsigned>(CPU_COUNT(&set)), 1U, 256U);
#endif
  return std::clamp(std::thread::hardware_concurrency(), 1U, 256U);
}

#if defined(RANVIER_TBB)
struct Team::Arena {
  explicit Arena(unsigned threads) : arena(static_cast<int>(threads)) {}
  oneapi::tbb::task_arena arena;
};
#else
struct Team::Arena {
  explicit Arena(unsigned) {}
};
#endif

Team::~Team() = default;

Team::Team(unsigned threads) : size_(available(threads)), arena_(size_ > 1 ? std::make_unique<Arena>(size_) : nullptr) {}

unsigned Team::available(unsigned threads) {
#if defined(RANVIER_TBB)
  return std::min(threads, static_cast<unsigned>(oneapi::tbb::info::default_concurrency()));
#else
  return std::min(threads, 1U);
#endif
}

void Team::run_erased(const std::vector<std::uint32_t>& units, Call call, void* context) {
  Round round(units, call, context);
#if defined(RANVIER_TBB)
  if (arena_ != nullptr) {
    arena_->arena.execute([&] {
      oneapi::tbb::parallel_for(
          0U, size_, [&](unsigned worker) { round.work(worker); }, oneapi::tbb::simple_partitioner());
    });
    round.rethrow();
    return;
  }
#endif
  round.work(0);
  round.rethrow();
}

}  // namespace ranvier::cpu
