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
  /// No more than there are processors. Without oneTBB in the build it is the caller alone, whatever `threads` says.
  explicit Team(unsigned threads);
  ~Team();
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  unsigned size() const { return size_; }
  /// How many of `threads` there would be.
  static unsigned available(unsigned threads);

  /// Calls work(phase, unit, worker) for each unit of each phase, phases one after the other; workers are 0 .. size()-1, each
  /// used by one thread at a time. An exception of any unit is thrown again once all have stopped.
  template <class Work>
  void run(const std::vector<std::uint32_t>& units, Work& work) {
    run_erased(
        units,
        [](void* context, std::uint32_t phase, std::uint32_t unit, unsigned worker) {
          (*static_cast<Work*>(context))(phase, unit, worker);
        },
        &work);
  }

 private:
  using Call = void (*)(void* context, std::uint32_t phase, std::uint32_t unit, unsigned worker);
  void run_erased(const std::vector<std::uint32_t>& units, Call call, void* context);

  struct Arena;
  unsigned size_;
  std::unique_ptr<Arena> arena_;
};

}  // namespace ranvier::cpu
