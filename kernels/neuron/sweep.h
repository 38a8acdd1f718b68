// One pass over the neurons of a population: the program of its model, block by block or as one fused loop, which reads the sums
// of the step, stores the new states, says who emitted what, and leaves the sums at +0 for the next step.
//
// Arrays are indexed by position, a permutation of neuron numbers that is the caller's business. All, coefficients too, begin on
// a cache line and are padded to a multiple of kPad elements; what stands in the padding after a call is of no meaning, but for
// sums (+0) and masks (0). Sums are never -0.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include <ranvier/driver.h>

#include "kernels/random/philox.h"
#include "kernels/simd/isa.h"

namespace ranvier::neuron {

constexpr std::size_t kPad = 64;

/// Values of one coefficient of a program: one for all neurons, or one a position.
struct Coefficient {
  const void* values;
  bool each;
};

/// A population's program. Types are those computed in (a caller who widens f32 has done so, in ops, immediates and coefficients).
struct Program {
  std::vector<rvd_op> ops;
  std::uint32_t registers = 0;
  std::vector<Coefficient> coefficients;  // borrowed by a Sweep for its life
  std::size_t neurons = 0;                // if given, coefficients that are the same for all these positions count as one value
};

/// Whose random numbers a sweep draws: of a population, in a step and lane.
struct Draws {
  PhiloxKey key;
  std::uint64_t step;
  std::uint32_t lane;
  const std::uint32_t* numbers;  // of the neurons, by position; nullptr: the position
};

struct SweepArgs {
  void* const* states;           // one a state
  void* const* sums;             // one a receptor; read, then +0 (what a program never reads stays as it is)
  void* inner;                   // the sums of the program in front, if there is one; read, then +0
  void* values;                  // by position: what was emitted, zeros included. nullptr: not wanted, only where unit() holds
  std::uint64_t* mask;           // bit i % 64 of word i / 64: position i emitted something that is not zero
  std::size_t begin, end;        // positions; begin is a multiple of kPad, and so is end but for the population's own
  const Draws* draws = nullptr;  // may be nullptr where the program draws none
};

/// Working memory of one thread; grows to what the sweeps used with it need when they are made ready, never in `run`.
class Scratch {
 public:
  void reserve(std::size_t bytes);
  std::byte* data() const { return bytes_.get(); }

 private:
  struct Free {
    void operator()(std::byte* bytes) const;
  };
  std::unique_ptr<std::byte, Free> bytes_;
  std::size_t size_ = 0;
};

/// Immutable once made; one is used by any number of threads at once, each with its Scratch.
class Sweep {
 public:
  virtual ~Sweep() = default;
  virtual void run(const SweepArgs& args, Scratch& scratch) const = 0;

  bool unit() const { return unit_; }    ///< each value emitted is 0 or 1
  bool fused() const { return fused_; }  ///< by a kernel for exactly this program; otherwise block by block
  std::size_t scratch() const { return scratch_; }

 protected:
  bool unit_ = false;
  bool fused_ = false;
  std::size_t scratch_ = 0;
};

/// `front`, if given: a program without state and with one receptor (a linear node, a scale ...) whose value is the last term of
/// receptor `receptor` of `program` in each step: sums[receptor] + front(inner). Its own events are not seen.
/// With `fused` false the blocks are used in any case.
std::unique_ptr<Sweep> make_sweep(simd::Isa isa, Program program, bool fused = true);
std::unique_ptr<Sweep> make_sweep(simd::Isa isa, Program program, Program front, std::uint32_t receptor, bool fused = true);

}  // namespace ranvier::neuron
