/// Threads of one session, which share the units of a phase and meet at its end.
///
/// No thread is ever waited for before it has taken a unit: whoever comes first does the work, so a run ends whether or not the
/// others come, and a neighbour that takes a core away costs no more than the unit that it interrupts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace ranvier::cpu {

/// The processors that this process may use.
unsigned default_threads();

class Team {
 public:
  /// With oneTBB no more than there are processors; in a build without threads it is the caller alone, whatever `threads` says.
  explicit Team(unsigned threads);
  ~Team();
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  unsigned size() const { return size_; }
  /// How many of `threads` there would be.
  static unsigned available(unsigned threads);

  /// Blocks of phases of units, until there is no other block. `job` has
  ///   bool next()                       makes the next block, or says that there is none; one thread at a time, and no unit
  ///                                     is under way then
  ///   units()                           of that block: how many there are in each phase, at most kMostUnits
  ///   void work(phase, unit, worker)    one of them; workers are 0 .. size()-1, each used by one thread at a time
  /// Phases come one after the other. What `work` or `next` throws is thrown again once all threads have stopped.
  template <class Job>
  void run(Job& job) {
    run_erased({&job, [](void* context) { return static_cast<Job*>(context)->next(); },
                [](void* context) -> const std::vector<std::uint32_t>& { return static_cast<Job*>(context)->units(); },
                [](void* context, std::uint32_t phase, std::uint32_t unit, unsigned worker) {
                  static_cast<Job*>(context)->work(phase, unit, worker);
                }});
  }
  static constexpr std::uint32_t kMostUnits = 0xFFFF;

  struct Erased {
    void* job;
    bool (*next)(void* job);
    const std::vector<std::uint32_t>& (*units)(void* job);
    void (*work)(void* job, std::uint32_t phase, std::uint32_t unit, unsigned worker);
  };

 private:
  void run_erased(const Erased& job);

  struct Arena;
  unsigned size_;
  std::unique_ptr<Arena> arena_;
};

}  // namespace ranvier::cpu
