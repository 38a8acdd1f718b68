/// How far apart two runs are, layer by layer; collected from one chunk of steps after the other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <ranvier/compare.h>
#include <ranvier/session.h>
#include <ranvier/tensor.h>

#include "core/repeat/first_difference.h"

namespace ranvier::repeat {

/// The spikes of one node. What it keeps grows with neurons and lanes, not with steps.
class LayerStatistics {
 public:
  /// @param steps  of the whole run.
  /// @param tau    in steps, > 0.
  LayerStatistics(std::string node, std::size_t neurons, std::size_t lanes, std::uint64_t steps, double tau);

  void take(const SpikeTrain& a, const SpikeTrain& b);
  LayerDifference finish(double dt_a_ms, double dt_b_ms) const;

 private:
  /// The difference of both trains, each spike with an exponential tail behind it, just after `step`.
  struct Trace {
    double value = 0;
    std::uint64_t step = 0;
  };
  void differ(std::uint64_t step, std::uint32_t lane, std::uint32_t neuron, double by);
  double decay(double steps) const;

  std::string node_;
  std::size_t neurons_, lanes_;
  std::uint64_t steps_;
  double tau_;
  std::uint64_t differing_ = 0;
  std::optional<Place> first_;
  std::vector<std::uint64_t> of_a_, of_b_;  // by neuron
  std::vector<Trace> traces_;               // [lanes][neurons]; empty as long as nothing differs
  double squares_ = 0;                      // what is integrated so far, of all traces
  DifferenceMap map_;
};

/// Which neuron of an output each lane's sums are largest in.
class ArgmaxTally {
 public:
  ArgmaxTally(std::string node, std::size_t neurons, std::size_t lanes);

  /// [steps, lanes, ...shape]
  void take(const Tensor& a, const Tensor& b);
  ArgmaxAgreement finish() const;

 private:
  std::string node_;
  std::size_t neurons_;
  std::vector<double> sums_a_, sums_b_;  // [lanes][neurons]
};

}  // namespace ranvier::repeat
