// One step of Loihi's neurons, a population and lane at a time: what loihi.h says of one, for all.
//
// Arrays are padded to a multiple of 64 elements, which loops may read and write; what they hold there has no meaning.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/fixed/loihi.h"
#include "kernels/random/philox.h"
#include "kernels/simd/isa.h"

namespace ranvier::fixed {

/// A parameter: one value for each neuron, or one for all, which then stands there kShared times.
struct Column {
  const std::int32_t* values;
  std::size_t each;  ///< a mask of the neuron's number: ~0, or 0
};
inline constexpr std::size_t kShared = 16;

/// The sum over synapses of one format, in 32 bits, wrapping; 0 again after the step. It enters u as
/// (sum >> shift.right) << shift.left.
struct Sum {
  std::uint32_t* terms;
  SumShift shift;
  bool clamped;  ///< wrapped(sum, 23) first
};
struct Sums {
  const Sum* first;
  std::size_t count;
};

struct Parameters {
  Rules rules;
  bool fires;
  Column du, dv;
  Column bias;       ///< mantissa << exponent
  Column threshold;  ///< mantissa << 6; what does not fire has the largest integer
  Column vmin, vmax;
  Column refractory;
};

/// State and surroundings of a population in one lane.
struct Arrays {
  std::size_t count;
  Sums sums;
  const std::int32_t *noise_u, *noise_v;  ///< of the step; nullptr: none
  void *u, *v;                            ///< i32 of the narrow loop, i64 of the wide one
  std::int32_t* wait;                     ///< steps that a neuron still waits; nullptr: none ever does
  std::uint64_t* mask;                    ///< out: a bit for each neuron that fired, none beyond count
};

/// In how many neurons and steps u, or a sum on its way to u, left its width; and v was cut at vmin or vmax.
struct Tally {
  std::uint64_t wraps = 0, clips = 0;
};

using Step = void (*)(const Parameters& parameters, const Arrays& arrays, Tally& tally);

/// For neurons of which neither u, nor v, nor what arrives in a step goes beyond kNarrow.
Step narrow_step(simd::Isa isa, Rules rules);
inline constexpr double kNarrow = 1 << 30;
/// For any neurons; with integers of 64 bits, that wrap.
void wide_step(const Parameters& parameters, const Arrays& arrays, Tally& tally);

/// Lava's GradedVec: v is what arrives >> 6. Where |v| > threshold the value is v in 32 bits, else 0; the mask says where it is not 0.
void graded_step(Column threshold, Sums sums, std::size_t count, std::int32_t* values, std::uint64_t* mask);

/// noise_of for each neuron, from its draw 0 in this step and lane. @param lane  the caller's sample number.
void fill_noise(PhiloxKey key, std::uint64_t step, std::uint32_t lane, std::int32_t exponent, std::int32_t offset,
                std::size_t count, std::int32_t* noise);

}  // namespace ranvier::fixed
