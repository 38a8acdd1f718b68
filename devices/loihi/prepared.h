/// What a network becomes once, for any number of sessions: parameters as the loops read them, synapses as deliveries.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <ranvier/plan_view.hpp>

#include "devices/common/work.h"
#include "devices/loihi/network.h"
#include "kernels/fixed/step.h"
#include "kernels/simd/buffer.h"
#include "kernels/synapse/delivery.h"

namespace ranvier::loihi {

/// A group, as its target sees it.
struct Arrival {
  std::uint32_t source;
  std::uint64_t delay;
  bool counted;     ///< any event counts as 1
  std::size_t sum;  ///< which of the target's
  std::unique_ptr<synapse::Delivery> delivery;
};

/// What enters u after the same shifts.
struct SumFormat {
  fixed::SumShift shift;
  bool clamped;
};

/// A parameter of a population, padded.
class Parameter {
 public:
  Parameter() = default;
  /// value(i) of neurons 0 .. count-1, or value(0) for all.
  template <class Value>
  Parameter(std::size_t count, bool each, Value value)
      : each_(each ? ~std::size_t{0} : 0), values_(bytes_of(each ? count : fixed::kShared)) {
    auto* to = reinterpret_cast<std::int32_t*>(values_.data());
    for (std::size_t i = 0; i < (each ? count : fixed::kShared); ++i) to[i] = value(each ? i : 0);
  }
  fixed::Column column() const { return {reinterpret_cast<const std::int32_t*>(values_.data()), each_}; }
  static std::size_t padded(std::size_t count) { return (count + 63) / 64 * 64; }

 private:
  static std::size_t bytes_of(std::size_t count) { return padded(count) * sizeof(std::int32_t); }
  std::size_t each_ = 0;
  simd::Buffer values_;
};

struct Neurons {
  Parameter du, dv, bias, threshold, vmin, vmax, refractory;
  bool waits = false;  ///< some are refractory
  std::vector<SumFormat> sums;
  std::vector<Arrival> arrivals;
  std::uint64_t longest_delay = 0;  ///< of what leaves the population
  /// Up to this largest value of an input's event nothing leaves the narrow loop's integers; 0: it may whatever the input.
  double narrow_below = 0;
  std::uint32_t type;  ///< of the events' values: i32, or what the plan says of what does not fire and of outputs
  std::size_t padded = 0;
};

/// What the host may write to an input.
struct InputRange {
  std::int32_t low, high;
};

class Prepared {
 public:
  /// Borrows both.
  Prepared(rvd::PlanView plan, const Network& network, simd::Isa isa);

  const Network& network() const { return network_; }
  const std::vector<Neurons>& populations() const { return populations_; }
  const devices::FanOuts& fan_outs() const { return fan_outs_; }
  InputRange input_range(std::uint32_t population) const { return input_ranges_[population]; }
  fixed::Parameters parameters(std::uint32_t population) const;
  simd::Isa isa() const { return isa_; }

 private:
  void prepare(rvd::PlanView plan, std::uint32_t population);
  void connect(const Group& group);
  std::size_t sum_of(const Group& group);
  void find_input_ranges(rvd::PlanView plan);
  void find_bounds();

  const Network& network_;
  simd::Isa isa_;
  devices::FanOuts fan_outs_;
  std::vector<Neurons> populations_;
  std::vector<std::vector<std::uint32_t>> joints_;  // by population and sum: the groups' number of it, 0: of one group
  std::vector<InputRange> input_ranges_;
};

}  // namespace ranvier::loihi
