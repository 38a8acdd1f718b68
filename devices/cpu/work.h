/// Counting the work of a session (`counters` of <ranvier/driver.h>), by a look-up for each event that is sent.
#pragma once

#include <cstdint>
#include <vector>

#include <ranvier/driver.hpp>

#include "devices/cpu/delivery.h"

namespace ranvier::cpu {

/// What an event of a source costs over all projections with weights that share a delay.
struct FanOut {
  std::uint32_t delay;
  std::vector<std::uint32_t> operations;  ///< by source: synapses whose weight is not zero
  std::uint64_t prior = 0;                ///< operations of the priors in one step and lane
  bool prior_graded = false;              ///< whether one of the priors' events is neither 1 nor -1
};

/// Immutable; one a plan, shared by sessions.
class FanOuts {
 public:
  FanOuts() = default;
  explicit FanOuts(rvd::PlanView plan);

  const std::vector<FanOut>& of(std::uint32_t population) const { return populations_[population]; }
  std::uint64_t synapses() const { return synapses_; }  ///< of all projections with weights
  std::uint64_t neurons() const { return neurons_; }    ///< of populations with state

 private:
  void add(rvd::PlanView plan, const rvd_projection& projection);

  std::vector<std::vector<FanOut>> populations_;
  std::uint64_t synapses_ = 0;
  std::uint64_t neurons_ = 0;
};

class Work {
 public:
  Work(const FanOuts& fan_outs, std::uint32_t populations, std::uint32_t lanes);

  /// Events that a population sends in one lane of a step.
  void add(std::uint32_t population, std::uint32_t type, const Fired& fired);
  /// Once a population has sent all its events of step n: what arrives in that step counts from now on.
  void close(std::uint32_t population, std::uint64_t n);
  void clear();
  void tell(const rvd::Facts& facts, std::uint64_t steps) const;

 private:
  struct Load {  // of one step, all lanes
    std::uint64_t operations = 0;
    bool graded = false;
  };
  struct Line {  // of one fan-out
    Load now;
    std::vector<Load> waiting;  // [step % delay]
  };
  void count(const Load& load) { (load.graded ? multiplications_ : accumulates_) += load.operations; }

  const FanOuts& fan_outs_;
  std::uint32_t lanes_;
  std::vector<std::vector<Line>> lines_;  // [population]
  std::uint64_t accumulates_ = 0, multiplications_ = 0;
};

}  // namespace ranvier::cpu
