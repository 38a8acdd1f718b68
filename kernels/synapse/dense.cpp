#include <algorithm>
#include <cstring>
#include <limits>

#include "kernels/simd/buffer.h"
#include "kernels/synapse/delivery.h"
#include "kernels/synapse/dense_loops.h"
#include "kernels/synapse/types.h"

namespace ranvier::synapse {
namespace {

/// Targets that lie apart are cut by sums, so a row of weights must begin wherever its sums do.
class Dense final : public Delivery {
 public:
  Dense(simd::Isa isa, const Shape& shape, const void* weights, const std::uint32_t* position, How how)
      : loop_(loop_of(dense_loops(isa), shape.type)),
        weights_(static_cast<const std::byte*>(weights)),
        size_(size_of(shape.type)),
        width_(size_),
        shape_(shape),
        how_(how) {
    if (shape.type == RVD_I32) narrow(dense_loops(isa), position);
    if (own_.size() == 0 && position != nullptr) keep(own_copy(size_, position));
  }

  void deliver(const Events& events, void* sums, std::size_t begin, std::size_t end) const override {
    if (events.count == 0 || begin == end) return;
    loop_(weights_ + begin * width_, shape_.targets, events, static_cast<std::byte*>(sums) + begin * size_, end - begin);
  }
  std::size_t bytes() const override { return own_.size(); }
  // A row costs the same with an id as without, so a list is never worse; what it takes to make one is small beside a row.
  bool prefers_dense(std::size_t events) const override {
    return how_ == How::dense || (how_ == How::choose && events == shape_.sources);
  }

 private:
  void keep(simd::Buffer own) {
    own_ = std::move(own);
    weights_ = own_.data();
  }

  void narrow(const DenseLoops& loops, const std::uint32_t* position) {
    const auto* weights = reinterpret_cast<const std::int32_t*>(weights_);
    const auto [least, most] = std::minmax_element(weights, weights + shape_.sources * shape_.targets);
    if (shape_.sources * shape_.targets == 0) return;
    if (fits<std::int8_t>(*least, *most)) {
      width_ = sizeof(std::int8_t);
      loop_ = loops.i8;
      keep(own_copy_as<std::int8_t>(position));
    } else if (fits<std::int16_t>(*least, *most)) {
      width_ = sizeof(std::int16_t);
      loop_ = loops.i16;
      keep(own_copy_as<std::int16_t>(position));
    }
  }

  template <class Narrow>
  static bool fits(std::int32_t least, std::int32_t most) {
    return least >= std::numeric_limits<Narrow>::min() && most <= std::numeric_limits<Narrow>::max();
  }

  template <class Narrow>
  simd::Buffer own_copy_as(const std::uint32_t* position) const {
    simd::Buffer own(shape_.sources * shape_.targets * sizeof(Narrow) + kRoom);
    const auto* from = reinterpret_cast<const std::int32_t*>(weights_);
    auto* to = reinterpret_cast<Narrow*>(own.data());
    for (std::uint64_t source = 0; source < shape_.sources; ++source, from += shape_.targets, to += shape_.targets) {
      for (std::uint64_t j = 0; j < shape_.targets; ++j) {
        to[position == nullptr ? j : position[j]] = static_cast<Narrow>(from[j]);
      }
    }
    return own;
  }

  simd::Buffer own_copy(std::size_t size, const std::uint32_t* position) const {
    simd::Buffer own(shape_.sources * shape_.targets * size + kRoom);
    const std::byte* from = weights_;
    std::byte* to = own.data();
    const std::size_t row = shape_.targets * size;
    for (std::uint64_t source = 0; source < shape_.sources; ++source, from += row, to += row) {
      for (std::uint64_t j = 0; j < shape_.targets; ++j) std::memcpy(to + position[j] * size, from + j * size, size);
    }
    return own;
  }

  DenseLoop loop_;
  const std::byte* weights_;
  std::size_t size_, width_;  // of a sum, of a weight
  Shape shape_;
  How how_;
  simd::Buffer own_;
};

}  // namespace

std::unique_ptr<Delivery> make_dense(simd::Isa isa, const Shape& shape, const void* weights, const std::uint32_t* position,
                                     How how) {
  return std::make_unique<Dense>(isa, shape, weights, position, how);
}

}  // namespace ranvier::synapse
