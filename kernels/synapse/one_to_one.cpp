#include <vector>

#include "kernels/synapse/delivery.h"
#include "kernels/synapse/dense_loops.h"
#include "kernels/synapse/event.h"
#include "kernels/synapse/types.h"

namespace ranvier::synapse {
namespace {

class OneToOne final : public Delivery {
 public:
  OneToOne(simd::Isa isa, const Shape& shape, const void* weights, std::uint64_t count, const std::uint32_t* position)
      : loop_(loop_of(dense_loops(isa), shape.type)), shape_(shape), weights_(weights), count_(count) {
    if (position != nullptr) position_.assign(position, position + shape.targets);
  }

  void deliver(const Events& events, void* sums, std::size_t begin, std::size_t end) const override {
    if (events.count == 0 || begin == end) return;
    const bool whole = events.ids == nullptr && events.values != nullptr && position_.empty();
    if (whole && count_ < 2) return add_array(events, sums, begin, end);
    with_type(shape_.type, [&](auto zero) { add(events, static_cast<decltype(zero)*>(sums), begin, end); });
  }
  std::size_t bytes() const override { return position_.size() * sizeof(std::uint32_t); }
  bool prefers_dense(std::size_t events) const override { return events * (position_.empty() ? 8 : 2) >= shape_.sources; }

 private:
  /// Values of all sources are one row of weights, of an event of the one weight's value.
  void add_array(const Events& events, void* sums, std::size_t begin, std::size_t end) const {
    static constexpr std::uint32_t kRow = 0;
    const std::size_t offset = begin * size_of(shape_.type);
    loop_(static_cast<const std::byte*>(events.values) + offset, 0, {&kRow, count_ == 0 ? nullptr : weights_, 1},
          static_cast<std::byte*>(sums) + offset, end - begin);
  }

  template <class T>
  void add(const Events& events, T* sums, std::size_t begin, std::size_t end) const {
    const T* weights = static_cast<const T*>(weights_);
    const std::size_t length = end - begin;
    T* first = sums + begin;
    for (std::size_t k = 0; k < events.count; ++k) {
      const std::uint32_t id = id_of(events, k);
      const std::size_t at = (position_.empty() ? id : position_[id]) - begin;
      if (at >= length) continue;
      const T x = value_of<T>(events, k);
      first[at] += count_ == 0 ? x : static_cast<T>(weights[count_ == 1 ? 0 : id] * x);
    }
  }

  DenseLoop loop_;
  Shape shape_;
  const void* weights_;
  std::uint64_t count_;
  std::vector<std::uint32_t> position_;
};

}  // namespace

std::unique_ptr<Delivery> make_one_to_one(simd::Isa isa, const Shape& shape, const void* weights, std::uint64_t count,
                                          const std::uint32_t* position) {
  return std::make_unique<OneToOne>(isa, shape, weights, count, position);
}

}  // namespace ranvier::synapse
