/// What the chip runs: populations and groups of synapses in integers. Compiling makes it, placement and the report read it, the
/// emulator runs it, the exporters write it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernels/fixed/loihi.h"

namespace ranvier::loihi {

/// A value for all neurons (size 1), or one per neuron.
using Values = std::vector<std::int32_t>;
inline std::int32_t at(const Values& values, std::uint64_t i) { return values[values.size() == 1 ? 0 : i]; }

/// Neurons of one population of the plan, by its number.
struct Population {
  enum class Kind : std::uint8_t {
    input,   ///< events come from the host
    neuron,  ///< compartments: u, v, threshold
    graded,  ///< v is this step's sum >> 6, in units of a weight; emitted as the event's value where |v| > vth (lava's
             ///< GradedVec; Loihi 2)
    output,  ///< the host sums what arrives over identity wires; nothing of it is on the chip
    none,    ///< a linear node of the plan that became part of synapses: emits nothing here
  };
  Kind kind = Kind::none;
  std::string name;
  std::uint64_t count = 0;

  // Of neurons and (vth) graded ones; ranges in kernels/fixed/loihi.h. Spike where v > vth << 6, then v = 0.
  Values du{4095}, dv{0}, vth{0};
  Values bias_mant{0}, bias_exp{0};  ///< bias = mant << exp
  Values refractory{1};              ///< 1: none
  Values vmin{1 - fixed::kTop}, vmax{fixed::kTop - 1};
  Values u0{0}, v0{0};
  std::int32_t reset_interval = 0;  ///< 0: none; u and v := 0 before the update of steps t (from 1) with t % interval == offset
  std::int32_t reset_offset = 0;
  bool fires = true;  ///< false: a leaky integrator, whose v the host reads each step

  /// Noise added each step: (r + 64 offset) 2^(exponent - 7), r uniform in -127 .. 127.
  struct Noise {
    enum class On : std::uint8_t { none, u, v };
    On on = On::none;
    std::int32_t exponent = 0, offset = 0;
  } noise;

  /// The chip's integers for 1 of the plan's v and i (of each neuron, or all); 1 where the plan is in integers already.
  std::vector<double> v_scale{1.0}, u_scale{1.0};
  /// What the plan's v and i are behind the chip's: plan v = v / v_scale + v_shift, plan i = u / u_scale + u_shift.
  std::vector<double> v_shift{0.0}, u_shift{0.0};
  /// What 1 of the plan's input adds to u: the plan's weight w is w * input_scale on the chip, but for rounding.
  std::vector<double> input_scale{1.0};

  /// How many steps later than in the plan it emits on the chip, where every synapse takes one step at least. The emulator runs
  /// in the plan's time.
  std::uint32_t latency = 0;
};

/// Synapses of one source, target, delay and format. What arrives at a target in a step is
/// ((sum over sources of weight * value) >> right) << left (kernels/fixed/loihi.h, sum_shift); the sum has 32 bits, and wraps.
struct Group {
  std::uint32_t source = 0, target = 0;  ///< populations
  std::string path;                      ///< "input -> fc1 -> lif1"
  std::uint64_t delay = 0;               ///< steps from emission to arrival in the plan's time, as run
  std::uint32_t axon_delay = 1;          ///< on the chip: delay + latency of the target - latency of the source, at least 1
  fixed::Sign sign = fixed::Sign::mixed;
  int bits = 8, exponent = 0;
  int message_bits = 0;  ///< above 0: the event's value is multiplied, else any event counts as 1
  fixed::SumShift shift{0, fixed::kUnit};
  std::uint32_t joint = 0;  ///< above 0: groups of a target with the same number are one sum, and alike in shift and clamped
  bool clamped = false;     ///< fixed::wrapped(sum, 23) before the shifts: lava's convolution

  /// Mantissas as the chip stores them. Dense: [source][target]; else rows: source i has targets rows[i] .. rows[i + 1] - 1.
  bool dense = true;
  std::vector<std::int32_t> weights;
  std::vector<std::int64_t> rows;
  std::vector<std::int32_t> targets;
  /// Of a convolution as the plan has it: the number of that projection, whose window says which weights are the same; else -1.
  std::int64_t projection = -1;
};

/// The host adds the events of `source` to `target`, an output, with a delay. Of a source that does not fire: its v in each step.
struct Wire {
  std::uint32_t source = 0, target = 0;
  std::uint64_t delay = 0;
};

/// A contiguous part of a population on one core.
struct Placed {
  std::uint32_t population = 0;
  std::uint64_t first = 0, count = 0;
  std::uint32_t chip = 0, core = 0;
};

struct Network {
  fixed::Rules rules = fixed::Rules::lava;
  std::string chip = "loihi2";          ///< or "loihi1"
  std::vector<Population> populations;  ///< as many as the plan's, in its order, which is that of update
  std::vector<Group> groups;
  std::vector<Wire> wires;
  std::vector<Placed> placement;
};

}  // namespace ranvier::loihi
