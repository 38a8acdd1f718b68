#include "devices/cpu/team.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
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

/// The state that threads share is one word: the number of the phase, how many units it has, how many of them are taken. A unit is
/// taken by raising the last; a thread that slept through phases fails in that and looks again.
class Round {
 public:
  explicit Round(const Team::Erased& job) : job_(job) { open(0); }

  void work(unsigned worker) {
    const FloatMode ieee;
    int spins = 0;
    while (true) {
      std::uint64_t ticket = ticket_.load(std::memory_order_acquire);
      const std::uint32_t taken = taken_of(ticket), all = all_of(ticket);
      if (all == 0) return;
      if (taken == all) {
        wait(spins);
        continue;
      }
      if (!ticket_.compare_exchange_weak(ticket, ticket + 1, std::memory_order_acq_rel)) continue;
      spins = 0;
      const std::uint32_t serial = serial_of(ticket);
      guard([&] { job_.work(job_.job, serial - first_, taken, worker); });
      if (done_.fetch_add(1, std::memory_order_acq_rel) + 1 == all) open(serial + 1);
    }
  }

  void rethrow() const {
    if (fault_) std::rethrow_exception(fault_);
  }

 private:
  static std::uint32_t serial_of(std::uint64_t ticket) { return static_cast<std::uint32_t>(ticket >> 32); }
  static std::uint32_t all_of(std::uint64_t ticket) { return static_cast<std::uint32_t>(ticket >> 16) & Team::kMostUnits; }
  static std::uint32_t taken_of(std::uint64_t ticket) { return static_cast<std::uint32_t>(ticket) & Team::kMostUnits; }

  // By whoever ended the last unit of a phase: nobody else is at work.
  void open(std::uint32_t serial) {
    std::uint64_t units = 0;
    while (true) {
      if (serial == end_) {
        bool more = false;
        guard([&] { more = job_.next(job_.job); });
        if (!more || failed_.load(std::memory_order_relaxed)) break;
        first_ = serial;
        end_ = serial + static_cast<std::uint32_t>(job_.units(job_.job).size());
        continue;
      }
      units = job_.units(job_.job)[serial - first_];
      if (units != 0) break;
      ++serial;
    }
    done_.store(0, std::memory_order_relaxed);
    ticket_.store((std::uint64_t{serial} << 32) | (units << 16), std::memory_order_release);
  }

  template <class Body>
  void guard(Body&& body) {
    if (failed_.load(std::memory_order_relaxed)) return;
    try {
      body();
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

  const Team::Erased& job_;
  std::uint32_t first_ = 0, end_ = 0;  // serials of the block's phases
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
  template <class Work>
  void run(unsigned threads, const Work& work) {
    arena.execute([&] { oneapi::tbb::parallel_for(0U, threads, work, oneapi::tbb::simple_partitioner()); });
  }
  oneapi::tbb::task_arena arena;
};
#elif defined(RANVIER_STD_THREADS)
struct Team::Arena {
  explicit Arena(unsigned) {}
  template <class Work>
  void run(unsigned threads, const Work& work) {
    std::vector<std::jthread> others;
    others.reserve(threads);
    try {
      for (unsigned worker = 1; worker < threads; ++worker) others.emplace_back(work, worker);
    } catch (const std::system_error&) {
      // The system gives no more: those that are there do all of the work.
    }
    work(0U);
  }
};
#else
struct Team::Arena {
  explicit Arena(unsigned) {}
  template <class Work>
  void run(unsigned, const Work& work) {
    work(0U);
  }
};
#endif

Team::~Team() = default;

Team::Team(unsigned threads) : size_(available(threads)), arena_(size_ > 1 ? std::make_unique<Arena>(size_) : nullptr) {}

unsigned Team::available(unsigned threads) {
#if defined(RANVIER_TBB)
  return std::min(threads, static_cast<unsigned>(oneapi::tbb::info::default_concurrency()));
#elif defined(RANVIER_STD_THREADS)
  return threads;
#else
  return std::min(threads, 1U);
#endif
}

void Team::run_erased(const Erased& job) {
  Round round(job);
  const auto work = [&](unsigned worker) { round.work(worker); };
  if (arena_ == nullptr) work(0);
  else arena_->run(size_, work);
  round.rethrow();
}

}  // namespace ranvier::cpu
