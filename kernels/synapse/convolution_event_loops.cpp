// A convolution's events, one after the other: each adds a piece of the kernels to a piece of some rows of the sums.
#include "kernels/synapse/convolution_loops.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/synapse/convolution_event_loops.cpp"
#include "kernels/simd/simd.h"
#include "kernels/synapse/weights.h"

HWY_BEFORE_NAMESPACE();
namespace ranvier::synapse::HWY_NAMESPACE {

/// sums[j] += weights[j] * x for j below n; not multiplied where kUnits. Weights are ours and have room behind their end.
template <class T, bool kUnits>
RANVIER_INLINE void add_run(T* sums, const T* weights, std::size_t n, T value, Vector<T> x) {
  const Tag<T> d;
  std::size_t j = 0;
  for (; j + kLanes<T> <= n; j += kLanes<T>) {
    const Vector<T> weight = LoadU(d, weights + j);
    StoreU(Add(LoadU(d, sums + j), kUnits ? weight : Mul(weight, x)), d, sums + j);
  }
  if (j == n) return;
  if constexpr (kMasksMemory) {
    const Mask<T> rest = first_lanes<T>(n - j);
    const Vector<T> weight = LoadU(d, weights + j);
    BlendedStore(Add(MaskedLoad(rest, d, sums + j), kUnits ? weight : Mul(weight, x)), rest, d, sums + j);
  } else {
    for (; j < n; ++j) sums[j] = kUnits ? static_cast<T>(sums[j] + weights[j]) : plus_term(sums[j], weights[j], value);
  }
}

/// The rows of out 0 that a source reaches, of first .. last-1.
RANVIER_INLINE Reach clip(Reach rows, std::size_t step, std::size_t back, std::size_t first, std::size_t last) {
  while (rows.count != 0 && rows.o < first) {
    rows.o += static_cast<std::uint32_t>(step);
    rows.k -= static_cast<std::uint32_t>(back);
    --rows.count;
  }
  while (rows.count != 0 && rows.o + (rows.count - std::size_t{1}) * step >= last) --rows.count;
  return rows;
}

// Where a source's targets in a row lie side by side, all their channels are one run; otherwise each target's group is one.
template <class T, bool kUnits>
void add_events_of(const Convolution& c, const Events& events, T* sums, std::size_t first, std::size_t last) {
  const T* values = static_cast<const T*>(events.values);
  const T* kernels = static_cast<const T*>(c.kernels);
  const bool joined = c.step[1] == 1 && c.reaches_out == c.channels_out;
  const std::size_t sums_row = c.step[0] * c.columns_out * c.channels_out;
  const std::size_t sums_column = c.step[1] * c.channels_out;
  const std::size_t weights_row = c.back[0] * c.kernel[1] * c.reaches_out;
  for (std::size_t k = 0; k < events.count; ++k) {
    const std::uint32_t line = c.by_columns.quotient(events.ids[k]), channel = c.by_rows.quotient(line);
    const Reach columns = c.reaches[1][events.ids[k] - line * c.columns_in];
    const Reach rows = clip(c.reaches[0][line - channel * c.rows_in], c.step[0], c.back[0], first, last);
    if (columns.count == 0 || rows.count == 0) continue;
    const T value = kUnits ? T{1} : values[k];
    const Vector<T> x = Set(Tag<T>(), value);
    T* to = sums + (rows.o * c.columns_out + columns.o) * c.channels_out + c.first_out[channel];
    const T* from = kernels + ((channel * c.kernel[0] + rows.k) * c.kernel[1] + c.slots[columns.k]) * c.reaches_out;
    if (joined) {
      const std::size_t run = columns.count * c.channels_out;
      for (std::uint32_t i = 0; i < rows.count; ++i)
        add_run<T, kUnits>(to + i * sums_row, from - i * weights_row, run, value, x);
    } else {
      for (std::uint32_t i = 0; i < rows.count; ++i) {
        for (std::uint32_t j = 0; j < columns.count; ++j) {
          add_run<T, kUnits>(to + i * sums_row + j * sums_column, from - i * weights_row + j * c.reaches_out, c.reaches_out,
                             value, x);
        }
      }
    }
  }
}

template <class T>
void add_events(const Convolution& c, const Events& events, void* sums, std::size_t first, std::size_t last) {
  if (events.values == nullptr) return add_events_of<T, true>(c, events, static_cast<T*>(sums), first, last);
  add_events_of<T, false>(c, events, static_cast<T*>(sums), first, last);
}

const ConvolutionLoops kConvolutionEventLoops{&add_events<float>, &add_events<double>, &add_events<std::uint32_t>,
                                              &add_events<std::uint64_t>};

}  // namespace ranvier::synapse::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ranvier::synapse {
const ConvolutionLoops& convolution_event_loops(simd::Isa isa) { RANVIER_CHOOSE_ISA(isa, kConvolutionEventLoops); }
}  // namespace ranvier::synapse
#endif
