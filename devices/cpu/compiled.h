/// What a plan becomes once, for any number of sessions: programs as sweeps, projections as deliveries, and where neurons lie.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <ranvier/plan_view.hpp>

#include "devices/common/work.h"
#include "devices/cpu/layout.h"
#include "devices/cpu/options.h"
#include "kernels/neuron/sweep.h"
#include "kernels/simd/buffer.h"
#include "kernels/synapse/delivery.h"
#include "kernels/synapse/events.h"

namespace ranvier::cpu {

using devices::FanOuts;
using simd::Buffer;

/// A population.
struct Neurons {
  const rvd_population* record;
  std::uint32_t type;  ///< of its events, as computed
  std::uint64_t count;
  std::uint64_t padded;  ///< positions of an array of its neurons
  bool input, spiking;
  Layout layout;
  std::vector<std::uint32_t> positions, numbers;  ///< of the layout; empty where plain
  std::vector<std::uint32_t> state_types;
  std::size_t receptors;
  std::vector<Buffer> coefficients;      ///< by position
  std::vector<bool> each;                ///< of each coefficient: not one value for all
  std::unique_ptr<neuron::Sweep> sweep;  ///< none of inputs and relays
  /// Its events are another population's, one by one: outputs, flattened maps. Never swept.
  std::optional<std::uint32_t> relays;
  /// It is a linear node whose value is the last term of one receptor of one population: swept together with it, in `joint`,
  /// unless somebody wants to see its events.
  std::optional<std::uint32_t> front_of;
  std::uint32_t front_receptor = 0;      ///< of that population
  std::optional<std::uint32_t> front;    ///< of the population behind: the front's number
  std::unique_ptr<neuron::Sweep> joint;  ///< with the front
};

/// A projection.
struct Axon {
  std::uint32_t source, target, receptor, delay, kind;
  std::unique_ptr<synapse::Delivery> delivery;
  /// One-to-one between populations of one layout: for values of all positions.
  std::unique_ptr<synapse::Delivery> aligned;
  bool by_position = false;  ///< `delivery` takes the values of all sources by position, not by number
  bool ordered = true;       ///< needs its events in ascending order of number
  Buffer weights;            ///< widened, or gathered from a window
  std::vector<std::int64_t> rows;
  std::vector<std::int32_t> targets;
  // The events of the steps before the first.
  std::vector<std::uint32_t> prior_ids;
  Buffer prior_values;
};

class Compiled {
 public:
  /// Borrows the plan.
  Compiled(rvd::PlanView plan, const Options& options);

  rvd::PlanView plan() const { return plan_; }
  const Options& options() const { return options_; }
  const synapse::EventKernels& kernels() const { return kernels_; }
  std::uint32_t used(std::uint32_t type) const { return options_.wide && type == RVD_F32 ? RVD_F64 : type; }
  const std::vector<Neurons>& populations() const { return populations_; }
  const std::vector<Axon>& axons() const { return axons_; }
  /// Whether a population's program reads what arrives at a receptor.
  bool reads(std::uint32_t population, std::uint32_t receptor) const;
  const FanOuts& fan_outs() const { return fan_outs_; }
  /// Of the projections that a population's events go through, also as those of a relay.
  std::uint32_t longest_delay(std::uint32_t population) const { return longest_delay_[population]; }
  /// Memory of all this, beside the plan.
  std::uint64_t bytes() const;

 private:
  void add_population(const rvd_population& record);
  void choose_layouts();
  void join(std::uint32_t front, const rvd_projection& projection);
  struct Wires;
  const rvd_projection* relayed(std::uint32_t population, const Wires& wires) const;
  const rvd_projection* handed_on(std::uint32_t population, const Wires& wires) const;
  void prepare_program(std::uint32_t population);
  neuron::Program program_of(const Neurons& neurons) const;
  void add_axon(const rvd_projection& projection);
  void add_window(Axon& axon, const rvd_projection& projection, const void* weights);
  void add_one_to_one(Axon& axon, const rvd_projection& projection, const void* weights);
  void add_sparse(Axon& axon, const rvd_projection& projection, const void* weights);
  void gather_rows(Axon& axon, const rvd_projection& projection, std::size_t size);
  void add_prior(Axon& axon, const rvd_projection& projection);

  rvd::PlanView plan_;
  Options options_;
  const synapse::EventKernels& kernels_;
  FanOuts fan_outs_;
  std::vector<Neurons> populations_;
  std::vector<Axon> axons_;                   // in the order of the plan's projections
  std::vector<std::uint32_t> longest_delay_;  // of the projections that leave a population
};

}  // namespace ranvier::cpu
