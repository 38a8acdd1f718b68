// A convolution of a value for each source: tiles of targets and channels stay in registers while the kernel passes by.
#include "kernels/synapse/convolution_loops.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/synapse/convolution_dense_loops.cpp"
#include "kernels/simd/simd.h"
#include "kernels/synapse/weights.h"

HWY_BEFORE_NAMESPACE();
namespace ranvier::synapse::HWY_NAMESPACE {
namespace {

/// Targets side by side in a row of out 0, and channels of one group, that all see sources through the same part of the kernel.
template <class T>
struct Patch {
  const T* weights;  // of the first channel in of the group, kernel 0's first position, slot 0, this vector of channels
  const T* values;   // of that channel in, at the first position of both axes, of the first target; nullptr: all 1
  T* sums;
  std::uint32_t k0, k0_end, k1, k1_end;
  std::size_t rest;  // channels of the last vector
};

// The value times the weight is always a product, since a weight times 1 is the weight.
template <class T, std::size_t kTargets, std::size_t kVectors>
HWY_NOINLINE void add_patch(const Convolution& c, const Patch<T>& patch) {
  constexpr std::size_t kLast = kVectors - 1;
  const Tag<T> d;
  Vector<T> sum[kTargets][kVectors];
  HWY_UNROLL(8)
  for (std::size_t t = 0; t < kTargets; ++t) {
    T* sums = patch.sums + t * c.channels_out;
    HWY_UNROLL(2) for (std::size_t v = 0; v < kLast; ++v) sum[t][v] = LoadU(d, sums + v * kLanes<T>);
    sum[t][kLast] =
        patch.rest == kLanes<T> ? LoadU(d, sums + kLast * kLanes<T>) : load_tail(sums + kLast * kLanes<T>, patch.rest);
  }
  const std::size_t target_apart = c.stride[1] * c.apart[1];
  for (std::size_t channel = 0; channel < c.sees; ++channel) {
    const T* kernel = patch.weights + channel * c.kernel[0] * c.kernel[1] * c.reaches_out;
    const T* plane = patch.values + channel * c.channel_apart;
    for (std::uint32_t k0 = patch.k0; k0 < patch.k0_end; ++k0, plane += c.dilation[0] * c.apart[0]) {
      const T* value = plane;
      for (std::uint32_t k1 = patch.k1; k1 < patch.k1_end; ++k1, value += c.dilation[1] * c.apart[1]) {
        const T* weights = kernel + (k0 * c.kernel[1] + c.slots[k1]) * c.reaches_out;
        Vector<T> weight[kVectors];
        HWY_UNROLL(2) for (std::size_t v = 0; v < kVectors; ++v) weight[v] = LoadU(d, weights + v * kLanes<T>);
        HWY_UNROLL(8)
        for (std::size_t t = 0; t < kTargets; ++t) {
          const Vector<T> x = Set(d, value[t * target_apart]);
          HWY_UNROLL(2) for (std::size_t v = 0; v < kVectors; ++v) sum[t][v] = Add(sum[t][v], Mul(weight[v], x));
        }
      }
    }
  }
  HWY_UNROLL(8)
  for (std::size_t t = 0; t < kTargets; ++t) {
    T* sums = patch.sums + t * c.channels_out;
    HWY_UNROLL(2) for (std::size_t v = 0; v < kLast; ++v) StoreU(sum[t][v], d, sums + v * kLanes<T>);
    if (patch.rest == kLanes<T>) {
      StoreU(sum[t][kLast], d, sums + kLast * kLanes<T>);
    } else {
      store_tail(sum[t][kLast], sums + kLast * kLanes<T>, patch.rest);
    }
  }
}

// As many sums as leave registers for weights and a value: there are 32 or 16 of them.
constexpr std::uint32_t kMostTargets = HWY_TARGET == HWY_AVX3 || HWY_TARGET == RANVIER_HWY_NEON ? 8 : 4;
constexpr std::size_t kMostVectors = 2;

/// Of 1 .. kTargets targets.
template <class T, std::size_t kVectors, std::size_t kTargets>
RANVIER_INLINE void add_targets(const Convolution& c, const Patch<T>& patch, std::size_t targets) {
  if constexpr (kTargets == 1) {
    add_patch<T, 1, kVectors>(c, patch);
  } else if (targets == kTargets) {
    add_patch<T, kTargets, kVectors>(c, patch);
  } else {
    add_targets<T, kVectors, kTargets - 1>(c, patch, targets);
  }
}

/// How many targets from o on, of at most `left`, see through the same positions: cut evenly into tiles.
RANVIER_INLINE std::uint32_t alike(const View* views, std::uint32_t left) {
  std::uint32_t n = 1;
  while (n < left && views[n].k == views[0].k && views[n].end == views[0].end) ++n;
  const std::uint32_t tiles = (n + kMostTargets - 1) / kMostTargets;
  return (n + tiles - 1) / tiles;
}

/// Channels of one group from one on, of a row of out 0: `values` are of the group's first channel in and the row's first position.
template <class T, std::size_t kVectors>
RANVIER_INLINE void add_line(const Convolution& c, Patch<T> patch) {
  const T* values = patch.values;
  T* sums = patch.sums;
  const auto columns = static_cast<std::uint32_t>(c.columns_out);
  for (std::uint32_t o = 0; o < columns;) {
    const View* view = c.views[1] + o;
    const std::uint32_t targets = alike(view, columns - o);
    patch.k1 = view->k;
    patch.k1_end = view->end;
    patch.values = values + view->i * c.apart[1];
    patch.sums = sums + o * c.channels_out;
    if (patch.k1 < patch.k1_end) add_targets<T, kVectors, kMostTargets>(c, patch, targets);
    o += targets;
  }
}

template <class T>
RANVIER_INLINE void add_group(const Convolution& c, Patch<T> patch) {
  std::size_t left = c.reaches_out;
  while (left != 0) {
    const std::size_t vectors = left > kLanes<T> ? kMostVectors : 1;
    const std::size_t channels = left < vectors * kLanes<T> ? left : vectors * kLanes<T>;
    patch.rest = channels - (vectors - 1) * kLanes<T>;
    if (vectors == kMostVectors) {
      add_line<T, kMostVectors>(c, patch);
    } else {
      add_line<T, 1>(c, patch);
    }
    patch.weights += channels;
    patch.sums += channels;
    left -= channels;
  }
}

template <class T>
void add_all(const Convolution& c, const Events& events, void* sums, std::size_t first, std::size_t last) {
  const std::size_t groups = c.channels_out / c.reaches_out;
  for (std::size_t o = first; o < last; ++o) {
    const View& view = c.views[0][o];
    if (view.k == view.end) continue;
    for (std::size_t group = 0; group < groups; ++group) {
      const std::size_t channel = group * c.sees;
      add_group(c, Patch<T>{static_cast<const T*>(c.kernels) + channel * c.kernel[0] * c.kernel[1] * c.reaches_out,
                            static_cast<const T*>(events.values) + channel * c.channel_apart + view.i * c.apart[0],
                            static_cast<T*>(sums) + o * c.columns_out * c.channels_out + group * c.reaches_out, view.k,
                            view.end, 0, 0, 0});
    }
  }
}

const ConvolutionLoops kConvolutionDenseLoops{&add_all<float>, &add_all<double>, &add_all<std::uint32_t>,
                                              &add_all<std::uint64_t>, kLanes<std::uint8_t>};

}  // namespace
}  // namespace ranvier::synapse::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ranvier::synapse {
const ConvolutionLoops& convolution_dense_loops(simd::Isa isa) { RANVIER_CHOOSE_ISA(isa, kConvolutionDenseLoops); }
}  // namespace ranvier::synapse
#endif
