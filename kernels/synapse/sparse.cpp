#include <vector>

#include "kernels/synapse/delivery.h"
#include "kernels/synapse/event.h"
#include "kernels/synapse/types.h"

namespace ranvier::synapse {
namespace {

/// The term of synapse s of an event of value x.
template <class T>
struct Absent {
  T x;
  T operator()(std::int64_t) const { return x; }
};
template <class T>
struct Each {
  T x;
  const T* weights;
  T operator()(std::int64_t s) const { return static_cast<T>(weights[s] * x); }
};

class Sparse final : public Delivery {
 public:
  Sparse(const Shape& shape, const std::int64_t* rows, const std::int32_t* targets, const void* weights, std::uint64_t count,
         const std::uint32_t* position)
      : shape_(shape), rows_(rows), targets_(targets), weights_(weights), count_(count) {
    if (position == nullptr) return;
    const std::int64_t synapses = shape.sources == 0 ? 0 : rows[shape.sources];
    own_.reserve(static_cast<std::size_t>(synapses));
    for (std::int64_t s = 0; s < synapses; ++s) own_.push_back(static_cast<std::int32_t>(position[targets[s]]));
    targets_ = own_.data();
  }

  void deliver(const Events& events, void* sums, std::size_t begin, std::size_t end) const override {
    with_type(shape_.type, [&](auto zero) { add(events, static_cast<decltype(zero)*>(sums), begin, end); });
  }
  std::size_t bytes() const override { return own_.size() * sizeof(std::int32_t); }
  bool prefers_dense(std::size_t) const override { return false; }

 private:
  template <class T>
  void add(const Events& events, T* sums, std::size_t begin, std::size_t end) const {
    const T* weights = static_cast<const T*>(weights_);
    for (std::size_t k = 0; k < events.count; ++k) {
      const std::uint32_t id = id_of(events, k);
      const T x = value_of<T>(events, k);
      if (count_ == 0) {
        add_row(id, Absent<T>{x}, sums, begin, end);
      } else if (count_ == 1) {
        add_row(id, Absent<T>{static_cast<T>(weights[0] * x)}, sums, begin, end);
      } else {
        add_row(id, Each<T>{x, weights}, sums, begin, end);
      }
    }
  }

  template <class T, class Term>
  void add_row(std::uint32_t id, Term term, T* sums, std::size_t begin, std::size_t end) const {
    const std::size_t length = end - begin;
    if (length == shape_.targets) {
      for (std::int64_t s = rows_[id]; s < rows_[id + std::size_t{1}]; ++s) sums[targets_[s]] += term(s);
      return;
    }
    T* first = sums + begin;
    for (std::int64_t s = rows_[id]; s < rows_[id + std::size_t{1}]; ++s) {
      const std::size_t at = static_cast<std::size_t>(targets_[s]) - begin;
      if (at < length) first[at] += term(s);
    }
  }

  Shape shape_;
  const std::int64_t* rows_;
  const std::int32_t* targets_;
  const void* weights_;
  std::uint64_t count_;
  std::vector<std::int32_t> own_;
};

}  // namespace

std::unique_ptr<Delivery> make_sparse(simd::Isa, const Shape& shape, const std::int64_t* rows, const std::int32_t* targets,
                                      const void* weights, std::uint64_t count, const std::uint32_t* position) {
  return std::make_unique<Sparse>(shape, rows, targets, weights, count, position);
}

}  // namespace ranvier::synapse
