/// Delivery: events pushed through a projection into the accumulators of the step in which they arrive.
///
/// The contract's order of terms, (step of emission, projection, source), comes by itself: steps run in order; within one,
/// populations update in order of their number, by which projections are sorted; and events are ascending in source.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <ranvier/plan_view.hpp>

#include "devices/cpu/buffer.h"
#include "devices/cpu/program.h"
#include "devices/cpu/window.h"

namespace ranvier::cpu {

/// Events of one population, lane and step, ascending in id.
struct Fired {
  std::vector<std::uint32_t> ids;
  Buffer values;  // of the population's type
  std::size_t count = 0;
};

/// The sums of one receptor: a ring of steps, [step][lane][neuron], +0 where nothing has arrived.
class Accumulators {
 public:
  Accumulators(std::uint32_t type, std::uint64_t steps, std::uint32_t lanes, std::uint64_t neurons);

  std::uint32_t type() const { return type_; }
  const std::byte* row(std::uint64_t step, std::uint32_t lane) const { return sums_.data() + index(step, lane) * row_bytes_; }
  /// The row, about to be added to.
  std::byte* open(std::uint64_t step, std::uint32_t lane) {
    touched_[index(step, lane)] = 1;
    return sums_.data() + index(step, lane) * row_bytes_;
  }
  /// +0 again, for the step that will use the row next.
  void close(std::uint64_t step, std::uint32_t lane);
  void clear();

 private:
  std::uint64_t index(std::uint64_t step, std::uint32_t lane) const { return (step % steps_) * lanes_ + lane; }

  std::uint32_t type_;
  std::uint64_t steps_;
  std::uint32_t lanes_;
  std::size_t row_bytes_;
  Buffer sums_;
  std::vector<std::uint8_t> touched_;
};

/// A projection, prepared. The plan must outlive it.
struct Axon {
  Axon(rvd::PlanView plan, const rvd_projection& projection, bool wide);

  std::uint32_t kind;
  std::uint32_t target, receptor;  // index among the target's
  std::uint32_t delay;
  std::uint64_t targets;
  Values weights;
  Window window;   // of a convolution or pool
  Buffer kernels;  // of a convolution: the weights as [channel in][channel out of its group][kernel]
  const std::int64_t* rows;
  const std::int32_t* neurons;  // of sparse rows
};

/// Adds the events' terms to the target's sums of `step`, the step of arrival.
void deliver(const Axon& axon, const Fired& fired, Accumulators& sums, std::uint64_t step, std::uint32_t lane);

}  // namespace ranvier::cpu
