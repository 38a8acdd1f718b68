/// Counting the work of a session (`counters` of <ranvier/driver.h>), by a look-up for each event.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <ranvier/driver.hpp>

#include "kernels/synapse/events.h"

namespace ranvier::devices {

/// The synapses of one source with one delay.
struct Fan {
  std::uint32_t source, delay;
  bool unit = false;                      ///< an event counts as 1, whatever its value
  std::uint64_t synapses = 0;             ///< those of weight zero, too
  std::vector<std::uint32_t> operations;  ///< by neuron of the source: synapses whose weight is not zero
};

/// What an event of a source costs over all projections with weights that share a delay.
struct FanOut {
  std::uint32_t delay;
  bool unit;
  std::vector<std::uint32_t> operations;  ///< by source: synapses whose weight is not zero; empty where all have as many
  std::uint32_t each = 0;                 ///< then that number
  /// Operations of the priors in one step and lane: of projections whose prior events are all 1 or -1, and of the others.
  std::uint64_t prior_plain = 0, prior_graded = 0;
};

/// Immutable; one a plan, shared by sessions.
class FanOuts {
 public:
  explicit FanOuts(rvd::PlanView plan);
  /// Of a device whose synapses are not the plan's projections. `neurons`: of all populations with state.
  FanOuts(std::size_t populations, std::uint64_t neurons, const std::vector<Fan>& fans);

  const std::vector<FanOut>& of(std::uint32_t population) const { return populations_[population]; }
  std::uint64_t synapses() const { return synapses_; }  ///< of all projections with weights
  std::uint64_t neurons() const { return neurons_; }    ///< of populations with state
  std::uint64_t bytes() const;

 private:
  void add(rvd::PlanView plan, const rvd_projection& projection);
  FanOut& add(const Fan& fan);
  void settle();

  std::vector<std::vector<FanOut>> populations_;
  std::uint64_t synapses_ = 0;
  std::uint64_t neurons_ = 0;
};

/// Steps come in blocks. Within one, each worker adds what it sees in any order; at its end it is put into the order of steps.
class Work {
 public:
  Work(const FanOuts& fan_outs, const synapse::EventKernels& kernels, std::uint32_t populations, std::uint32_t lanes,
       unsigned workers, std::uint32_t most_steps);

  bool counts(std::uint32_t population) const { return first_[population] != first_[population + 1]; }
  /// Events that a population sends in one lane and one step of the block.
  void add(unsigned worker, std::uint32_t population, std::uint32_t step_of_block, std::uint32_t type,
           const synapse::Events& events);
  /// The block of `steps` from step n on is over for a population; different ones may be closed by different threads.
  void close(std::uint32_t population, std::uint64_t n, std::uint32_t steps);
  void clear();
  void tell(const rvd::Facts& facts, std::uint64_t steps) const;

 private:
  struct Load {  // of one step, all lanes
    std::uint64_t operations = 0;
    bool graded = false;
  };
  struct Sum {  // of a step that is over
    std::uint64_t accumulates = 0, multiplications = 0;
  };
  struct Line {
    const FanOut* fan_out;
    std::vector<Sum> waiting;  // [step % delay]
    Sum sum;                   // of all that has arrived
  };

  const FanOuts& fan_outs_;
  const synapse::EventKernels& kernels_;
  std::uint32_t lanes_;
  std::uint32_t most_steps_;
  std::vector<std::size_t> first_;  // line of a population
  std::vector<Line> lines_;
  std::vector<std::vector<Load>> loads_;  // [worker][line][step of the block]
};

}  // namespace ranvier::devices
