// |x| f >> 12 has more than 32 bits, and its parts have not: with |x| = 4096 hi + lo it is hi f + (lo f >> 12).
#include "kernels/fixed/step.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/fixed/narrow.cpp"
#include "kernels/simd/simd.h"

HWY_BEFORE_NAMESPACE();
namespace ranvier::fixed::HWY_NAMESPACE {
namespace {
using namespace simd::HWY_NAMESPACE;
namespace hn = hwy::HWY_NAMESPACE;

using Int = std::int32_t;
using V = Vector<Int>;
using M = Mask<Int>;

RANVIER_INLINE V all(Int value) { return Set(Tag<Int>(), value); }
RANVIER_INLINE V at(const Column& column, std::size_t i) { return LoadU(Tag<Int>(), column.values + (i & column.each)); }
RANVIER_INLINE M differ(V a, V b) { return hn::Ne(a, b); }

RANVIER_INLINE std::uint64_t first(std::size_t n) { return n < 64 ? (std::uint64_t{1} << n) - 1 : ~std::uint64_t{0}; }

/// `factor` from 0 to 4096.
RANVIER_INLINE V toward_zero(V x, V factor) {
  const V size = hn::Abs(x);
  const V high = Mul(hn::ShiftRight<12>(size), factor);
  const V low = hn::ShiftRight<12>(Mul(And(size, all(4095)), factor));
  const V magnitude = Add(high, low);
  const V sign = hn::ShiftRight<31>(x);  // 0 or -1
  return Sub(Xor(magnitude, sign), sign);
}

template <int kBits>
RANVIER_INLINE V wrapped(V x) {
  constexpr Int kHalf = Int{1} << kBits;
  return Sub(And(Add(x, all(kHalf)), all(2 * kHalf - 1)), all(kHalf));
}

/// What arrives at neurons i ...; their sums are 0 afterwards.
RANVIER_INLINE V take(const Sums& sums, std::size_t i, M& wraps) {
  const Tag<Int> d;
  V arriving = Zero(d);
  for (std::size_t k = 0; k < sums.count; ++k) {
    const Sum& sum = sums.first[k];
    Int* terms = reinterpret_cast<Int*>(sum.terms + i);
    V x = LoadU(d, terms);
    StoreU(Zero(d), d, terms);
    if (sum.clamped) {
      const V kept = wrapped<23>(x);
      wraps = hn::Or(wraps, differ(kept, x));
      x = kept;
    }
    arriving = Add(arriving, hn::ShiftLeftSame(hn::ShiftRightSame(x, sum.shift.right), sum.shift.left));
  }
  return arriving;
}

template <Rules kRules>
RANVIER_INLINE V current(V u, V du, V arriving, M& wraps) {
  constexpr Int kAdded = kRules == Rules::brian2 ? 0 : 1;
  const V decayed = toward_zero(u, Sub(all(4096 - kAdded), du));
  if constexpr (kRules == Rules::brian2) return Add(decayed, arriving);
  if constexpr (kRules == Rules::nengo) {
    const V cut = wrapped<21>(arriving);
    const V sum = Add(decayed, cut);
    const V kept = wrapped<23>(sum);
    wraps = hn::Or(wraps, hn::Or(differ(cut, arriving), differ(kept, sum)));
    return kept;
  }
  const V sum = Add(decayed, arriving);
  const M over = hn::Gt(sum, all(kTop)), under = hn::Lt(sum, all(1 - kTop));
  wraps = hn::Or(wraps, hn::Or(over, under));
  return Add(Sub(sum, IfThenElseZero(over, all(2 * kTop))), IfThenElseZero(under, all(2 * kTop)));
}

template <Rules kRules>
void step(const Parameters& p, const Arrays& a, Tally& tally) {
  const Tag<Int> d;
  auto *us = static_cast<Int*>(a.u), *vs = static_cast<Int*>(a.v);
  for (std::size_t word = 0; word * 64 < a.count; ++word) {
    std::uint64_t bits = 0;
    for (std::size_t lane = 0; lane < 64 && word * 64 + lane < a.count; lane += kLanes<Int>) {
      const std::size_t i = word * 64 + lane;
      M wraps = hn::MaskFromVec(Zero(d)), clips = wraps;
      V arriving = take(a.sums, i, wraps);
      if (a.noise_u != nullptr) arriving = Add(arriving, LoadU(d, a.noise_u + i));
      const V u = current<kRules>(LoadU(d, us + i), at(p.du, i), arriving, wraps);
      V drive = Add(u, at(p.bias, i));
      if (a.noise_v != nullptr) drive = Add(drive, LoadU(d, a.noise_v + i));
      if constexpr (kRules == Rules::nengo) {
        const V kept = wrapped<23>(drive);
        wraps = hn::Or(wraps, differ(kept, drive));
        drive = kept;
      }
      V v = Add(toward_zero(LoadU(d, vs + i), Sub(all(4096), at(p.dv, i))), drive);
      if constexpr (kRules != Rules::brian2) {
        const V sum = v;
        v = hn::Min(hn::Max(sum, at(p.vmin, i)), at(p.vmax, i));
        clips = differ(v, sum);
      }
      V wait = Zero(d);
      if (a.wait != nullptr) {
        wait = LoadU(d, a.wait + i);
        const M waits = hn::Gt(wait, Zero(d));
        v = IfThenZeroElse(waits, v);
        clips = hn::AndNot(waits, clips);
      }
      const M fired = hn::Gt(v, at(p.threshold, i));
      if (a.wait != nullptr) {
        const V steps = Sub(IfThenElse(fired, at(p.refractory, i), wait), all(1));
        StoreU(hn::Max(steps, Zero(d)), d, a.wait + i);
      }
      StoreU(u, d, us + i);
      StoreU(IfThenZeroElse(fired, v), d, vs + i);
      bits |= bits_of<Int>(fired) << lane;
      if (!hn::AllFalse(d, hn::Or(wraps, clips))) {
        const std::uint64_t inside = first(a.count - i);
        tally.wraps += static_cast<unsigned>(__builtin_popcountll(bits_of<Int>(wraps) & inside));
        tally.clips += static_cast<unsigned>(__builtin_popcountll(bits_of<Int>(clips) & inside));
      }
    }
    a.mask[word] = bits & first(a.count - word * 64);
  }
}

constexpr Step kSteps[] = {&step<Rules::lava>, &step<Rules::nengo>, &step<Rules::brian2>};
const Step* const kTable = kSteps;

}  // namespace
}  // namespace ranvier::fixed::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ranvier::fixed {
namespace {
const Step* steps(simd::Isa isa) { RANVIER_CHOOSE_ISA(isa, kTable); }
}  // namespace
Step narrow_step(simd::Isa isa, Rules rules) { return steps(isa)[static_cast<std::size_t>(rules)]; }
}  // namespace ranvier::fixed
#endif
