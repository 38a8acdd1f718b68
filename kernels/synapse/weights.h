// Vectors of weights, widened where they are kept narrow. Per instruction set: included between HWY_BEFORE_NAMESPACE and
// HWY_AFTER_NAMESPACE by sources that follow kernels/simd/simd.h, so without a guard of the usual kind.
#if defined(RANVIER_SYNAPSE_WEIGHTS) == defined(HWY_TARGET_TOGGLE)
#ifdef RANVIER_SYNAPSE_WEIGHTS
#undef RANVIER_SYNAPSE_WEIGHTS
#else
#define RANVIER_SYNAPSE_WEIGHTS
#endif

HWY_BEFORE_NAMESPACE();
namespace ranvier::synapse::HWY_NAMESPACE {
using namespace simd::HWY_NAMESPACE;

/// Whether a masked load or store touches only the elements of its mask. Where it does not, tails are loops over elements.
constexpr bool kMasksMemory = HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3;

/// The first n lanes. Highway's own takes an instruction of BMI2 for AVX-512, which is not among what we compile for.
template <class T>
RANVIER_INLINE Mask<T> first_lanes(std::size_t n) {
  if constexpr (HWY_TARGET == HWY_AVX3) {
    const std::uint64_t bits = (std::uint64_t{1} << n) - 1;
    return hwy::HWY_NAMESPACE::LoadMaskBits(Tag<T>(), reinterpret_cast<const std::uint8_t*>(&bits));
  } else {
    return FirstN(Tag<T>(), n);
  }
}

template <class A, class B>
constexpr bool kSame = false;
template <class A>
constexpr bool kSame<A, A> = true;

/// T: float, double, uint32_t, uint64_t. W: T, or int8_t and int16_t for uint32_t.
template <class T, class W>
RANVIER_INLINE Vector<T> load_weights(const W* weights) {
  if constexpr (kSame<T, W>) {
    return LoadU(Tag<T>(), weights);
  } else {
    using Wide = Tag<std::int32_t>;
    return BitCast(Tag<T>(), hwy::HWY_NAMESPACE::PromoteTo(Wide(), LoadU(hwy::HWY_NAMESPACE::Rebind<W, Wide>(), weights)));
  }
}

/// The lanes of the mask, which is whole where memory is not masked; narrow weights are ours and have room behind their end.
template <class T, class W>
RANVIER_INLINE Vector<T> load_weights(const W* weights, Mask<T> mask) {
  if constexpr (kSame<T, W> && kMasksMemory) {
    return MaskedLoad(mask, Tag<T>(), weights);
  } else {
    return load_weights<T, W>(weights);
  }
}

/// sum + weight * value, rounded twice; integers wrap.
template <class T, class W>
RANVIER_INLINE T plus_term(T sum, W weight, T value) {
  return static_cast<T>(sum + static_cast<T>(static_cast<T>(weight) * value));
}

}  // namespace ranvier::synapse::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif  // per target
