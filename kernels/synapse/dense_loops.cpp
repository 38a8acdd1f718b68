#include "kernels/synapse/dense_loops.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/synapse/dense_loops.cpp"
#include "kernels/simd/simd.h"
#include "kernels/synapse/weights.h"

HWY_BEFORE_NAMESPACE();
namespace ranvier::synapse::HWY_NAMESPACE {
namespace {

/// What an event brings: one from each neuron of `ids`, of value 1 or of `values`; or one from every neuron.
enum class Terms : std::uint8_t { units, graded, all };

// A tile of sums stays in registers while all events pass by: each sum takes its terms one by one, in order. The last vector is
// masked, which costs nothing where it is whole.
template <class T, class W, Terms kTerms, std::size_t kVectors>
HWY_NOINLINE void add_tile(const W* weights, std::size_t stride, const Events& events, T* sums, Mask<T> last) {
  constexpr std::size_t kLast = kVectors - 1;
  const Tag<T> d;
  const std::uint32_t* ids = events.ids;
  const T* values = static_cast<const T*>(events.values);
  Vector<T> sum[kVectors];
  HWY_UNROLL(16)
  for (std::size_t v = 0; v < kVectors; ++v) sum[v] = LoadU(d, sums + v * kLanes<T>);
  for (std::size_t k = 0; k < events.count; ++k) {
    const W* row = weights + (kTerms == Terms::all ? k : std::size_t{ids[k]}) * stride;
    if constexpr (kTerms == Terms::units) {
      HWY_UNROLL(16)
      for (std::size_t v = 0; v < kLast; ++v) sum[v] = Add(sum[v], load_weights<T>(row + v * kLanes<T>));
      sum[kLast] = Add(sum[kLast], load_weights<T>(row + kLast * kLanes<T>, last));
    } else {
      const Vector<T> x = Set(d, kTerms == Terms::all && values == nullptr ? T{1} : values[k]);
      HWY_UNROLL(16)
      for (std::size_t v = 0; v < kLast; ++v) sum[v] = Add(sum[v], Mul(load_weights<T>(row + v * kLanes<T>), x));
      sum[kLast] = Add(sum[kLast], Mul(load_weights<T>(row + kLast * kLanes<T>, last), x));
    }
  }
  HWY_UNROLL(16)
  for (std::size_t v = 0; v < kLast; ++v) StoreU(sum[v], d, sums + v * kLanes<T>);
  if constexpr (kMasksMemory) {
    BlendedStore(sum[kLast], last, d, sums + kLast * kLanes<T>);
  } else {
    StoreU(sum[kLast], d, sums + kLast * kLanes<T>);
  }
}

template <class T, class W>
using Tile = void (*)(const W* weights, std::size_t stride, const Events& events, T* sums, Mask<T> last);

constexpr std::size_t kTile = 8;
template <class T, class W, Terms kTerms>
constexpr Tile<T, W> kTiles[] = {&add_tile<T, W, kTerms, 1>, &add_tile<T, W, kTerms, 2>, &add_tile<T, W, kTerms, 3>,
                                 &add_tile<T, W, kTerms, 4>, &add_tile<T, W, kTerms, 5>, &add_tile<T, W, kTerms, 6>,
                                 &add_tile<T, W, kTerms, 7>, &add_tile<T, W, kTerms, 8>};

template <class T, class W, Terms kTerms>
RANVIER_INLINE void add_element(const W* weights, std::size_t stride, const Events& events, T* sum) {
  const T* values = static_cast<const T*>(events.values);
  T total = *sum;
  for (std::size_t k = 0; k < events.count; ++k) {
    const W weight = weights[(kTerms == Terms::all ? k : std::size_t{events.ids[k]}) * stride];
    total = plus_term(total, weight, values == nullptr ? T{1} : values[k]);
  }
  *sum = total;
}

template <class T, class W, Terms kTerms>
RANVIER_INLINE void add_rows_of(const W* weights, std::size_t stride, const Events& events, T* sums, std::size_t n) {
  constexpr std::size_t kStep = kTile * kLanes<T>;
  for (; n >= kStep; n -= kStep, sums += kStep, weights += kStep) {
    add_tile<T, W, kTerms, kTile>(weights, stride, events, sums, first_lanes<T>(kLanes<T>));
  }
  const std::size_t whole = n / kLanes<T>, rest = n % kLanes<T>;
  if (kMasksMemory && rest != 0) return kTiles<T, W, kTerms>[whole](weights, stride, events, sums, first_lanes<T>(rest));
  if (whole != 0) kTiles<T, W, kTerms>[whole - 1](weights, stride, events, sums, first_lanes<T>(kLanes<T>));
  for (std::size_t j = whole * kLanes<T>; j < n; ++j) add_element<T, W, kTerms>(weights + j, stride, events, sums + j);
}

template <class T, class W>
void add_rows(const void* weights, std::size_t stride, const Events& events, void* sums, std::size_t n) {
  const W* first = static_cast<const W*>(weights);
  T* to = static_cast<T*>(sums);
  if (events.ids == nullptr) {
    add_rows_of<T, W, Terms::all>(first, stride, events, to, n);
  } else if (events.values == nullptr) {
    add_rows_of<T, W, Terms::units>(first, stride, events, to, n);
  } else {
    add_rows_of<T, W, Terms::graded>(first, stride, events, to, n);
  }
}

// Integers are summed without sign, for unsigned ones wrap.
const DenseLoops kDenseLoops{
    &add_rows<float, float>,
    &add_rows<double, double>,
    &add_rows<std::uint32_t, std::uint32_t>,
    &add_rows<std::uint64_t, std::uint64_t>,
    &add_rows<std::uint32_t, std::int16_t>,
    &add_rows<std::uint32_t, std::int8_t>,
};

}  // namespace
}  // namespace ranvier::synapse::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ranvier::synapse {
const DenseLoops& dense_loops(simd::Isa isa) { RANVIER_CHOOSE_ISA(isa, kDenseLoops); }
}  // namespace ranvier::synapse
#endif
