// Delivery: the terms weight x value of a step's events, added to the sums of their targets in ascending order of sources.
//
// Sums lie by position. Where a projection is a convolution or pool that is [out 0][out 1][channel], channels last; for others a
// caller may give a permutation. They begin on a cache line and are padded to a multiple of 64 elements. `deliver` adds to the
// positions begin .. end-1 only and neither reads nor writes others (but may read padding), so threads may share an array cut into
// ranges: multiples of 64 for Dense, Sparse and OneToOne, whole rows of out 0 for windows. Sums are never -0.
//
// Sums and values are of `type`: RVD_F32, RVD_F64, RVD_I32, RVD_I64. Integers wrap. Weights are finite; values may be anything.
// A list of events is delivered event by event, and values of all sources (ids nullptr) densely. Which of the two a delivery is
// given changes no bit: `prefers_dense` says when the second is faster, and `How` makes it say one thing always, for tests.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include <ranvier/driver.h>

#include "kernels/simd/isa.h"
#include "kernels/synapse/events.h"

namespace ranvier::synapse {

enum class How : std::uint8_t { choose, events, dense };

/// Immutable once made; used by any number of threads.
class Delivery {
 public:
  virtual ~Delivery() = default;
  virtual void deliver(const Events& events, void* sums, std::size_t begin, std::size_t end) const = 0;
  /// Memory of its own, beside what it borrows.
  virtual std::size_t bytes() const = 0;
  /// True where it is worth having `values` of all sources (ids nullptr) instead of a list once so many are not zero.
  virtual bool prefers_dense(std::size_t events) const = 0;
};

struct Shape {
  std::uint32_t type;
  std::uint64_t sources, targets;
};

/// weights [source][target], of `type`, borrowed; `position` (borrowed while it is made): of each target, nullptr: its number.
/// i32 weights that fit are kept as i8 or i16.
std::unique_ptr<Delivery> make_dense(simd::Isa isa, const Shape& shape, const void* weights, const std::uint32_t* position,
                                     How how = How::choose);
/// weights [channel out][channel in of the group][kernel 0][kernel 1], of `type`. Values of all sources (ids nullptr) are in order
/// of id, [channel in][in 0][in 1], or with `channels_last` [in 0][in 1][channel in].
std::unique_ptr<Delivery> make_convolution(simd::Isa isa, std::uint32_t type, const rvd_window& window, const void* weights,
                                           bool channels_last, How how = How::choose);
std::unique_ptr<Delivery> make_pool(simd::Isa isa, std::uint32_t type, const rvd_window& window);
/// Sparse rows as in the Plan, borrowed; `weights` has `count` elements: 0 (the value itself), 1, or one a synapse.
std::unique_ptr<Delivery> make_sparse(simd::Isa isa, const Shape& shape, const std::int64_t* rows, const std::int32_t* targets,
                                      const void* weights, std::uint64_t count, const std::uint32_t* position);
/// `position`: of target i. Weights as above, one a neuron.
std::unique_ptr<Delivery> make_one_to_one(simd::Isa isa, const Shape& shape, const void* weights, std::uint64_t count,
                                          const std::uint32_t* position);

}  // namespace ranvier::synapse
