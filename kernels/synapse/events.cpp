#include "kernels/synapse/events.h"

#include "kernels/random/mix.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/synapse/events.cpp"
#include "kernels/simd/simd.h"

HWY_BEFORE_NAMESPACE();
namespace ranvier::synapse::HWY_NAMESPACE {
namespace {
using namespace simd::HWY_NAMESPACE;
namespace hn = hwy::HWY_NAMESPACE;

/// Whether lanes may be packed together, and 64-bit integers multiplied, in one instruction or two.
constexpr bool kPacks = HWY_TARGET == HWY_AVX3;

// --- extract

RANVIER_INLINE std::size_t extract_bits(std::uint64_t bits, std::uint32_t first, std::uint32_t* ids) {
  std::size_t n = 0;
  for (; bits != 0; bits &= bits - 1) ids[n++] = first + static_cast<std::uint32_t>(__builtin_ctzll(bits));
  return n;
}

/// first, first + 1, ... of the lanes whose bits are set, one after the other; a whole vector is stored.
[[maybe_unused]] RANVIER_INLINE std::size_t pack_numbers(std::uint32_t bits, std::uint32_t first, std::uint32_t* ids) {
  const Tag<std::uint32_t> d;
  const Vector<std::uint32_t> numbers = Add(hn::Iota(d, std::uint32_t{0}), Set(d, first));
  StoreU(hn::Compress(numbers, hn::LoadMaskBits(d, reinterpret_cast<const std::uint8_t*>(&bits))), d, ids);
  return static_cast<std::size_t>(__builtin_popcount(bits));
}

std::size_t extract(const std::uint64_t* mask, std::size_t words, std::uint32_t first, std::uint32_t* ids) {
  std::size_t n = 0;
  for (std::size_t w = 0; w < words; ++w, first += 64) {
    std::uint64_t bits = mask[w];
    if constexpr (kPacks) {
      // Of few bits each is found by itself.
      constexpr int kFew = 6;
      if (__builtin_popcountll(bits) > kFew) {
        constexpr std::size_t kAtOnce = kLanes<std::uint32_t>;
        for (std::uint32_t lane = 0; lane < 64; lane += kAtOnce, bits >>= kAtOnce) {
          n += pack_numbers(static_cast<std::uint32_t>(bits & ((std::uint64_t{1} << kAtOnce) - 1)), first + lane, ids + n);
        }
        continue;
      }
    }
    n += extract_bits(bits, first, ids + n);
  }
  return n;
}

// --- collect, gather, plain

/// Of kVectors vectors from element `first` on; returns how many are not zero.
template <class T, std::size_t kVectors>
RANVIER_INLINE std::size_t collect_block(const T* dense, std::size_t first, std::uint32_t* ids, T* values) {
  const Tag<T> d;
  std::uint64_t parts[kVectors], all = 0;
  Vector<T> vectors[kVectors];
  Mask<T> masks[kVectors];
  HWY_UNROLL(4)
  for (std::size_t v = 0; v < kVectors; ++v) {
    vectors[v] = LoadU(d, dense + first + v * kLanes<T>);
    masks[v] = hn::Not(hn::Eq(vectors[v], Zero(d)));  // Ne would be false for NaN on some sets
    parts[v] = bits_of<T>(masks[v]);
    all |= parts[v] << (v * kLanes<T>);
  }
  std::size_t n = 0;
  if constexpr (kPacks) {
    if (all == 0) return 0;
    HWY_UNROLL(4)
    for (std::size_t v = 0; v < kVectors; ++v) {
      StoreU(hn::Compress(vectors[v], masks[v]), d, values + n);
      n += pack_numbers(static_cast<std::uint32_t>(parts[v]), static_cast<std::uint32_t>(first + v * kLanes<T>), ids + n);
    }
  } else {
    for (; all != 0; all &= all - 1, ++n) {
      const std::size_t at = first + static_cast<std::size_t>(__builtin_ctzll(all));
      ids[n] = static_cast<std::uint32_t>(at);
      values[n] = dense[at];
    }
  }
  return n;
}

template <class T>
RANVIER_INLINE std::size_t collect_of(const T* dense, std::size_t n, std::uint32_t* ids, T* values) {
  constexpr std::size_t kBlock = 4;
  std::size_t found = 0, i = 0;
  for (; i + kBlock * kLanes<T> <= n; i += kBlock * kLanes<T>) {
    found += collect_block<T, kBlock>(dense, i, ids + found, values + found);
  }
  for (; i + kLanes<T> <= n; i += kLanes<T>) found += collect_block<T, 1>(dense, i, ids + found, values + found);
  for (; i < n; ++i) {
    ids[found] = static_cast<std::uint32_t>(i);
    values[found] = dense[i];
    found += dense[i] != T{0} ? 1 : 0;
  }
  return found;
}

std::size_t collect(std::uint32_t type, const void* dense, std::size_t n, std::uint32_t* ids, void* values) {
  switch (type) {
    case RVD_F32: return collect_of(static_cast<const float*>(dense), n, ids, static_cast<float*>(values));
    case RVD_F64: return collect_of(static_cast<const double*>(dense), n, ids, static_cast<double*>(values));
    case RVD_I32: return collect_of(static_cast<const std::uint32_t*>(dense), n, ids, static_cast<std::uint32_t*>(values));
    default: return collect_of(static_cast<const std::uint64_t*>(dense), n, ids, static_cast<std::uint64_t*>(values));
  }
}

template <class T>
RANVIER_INLINE void gather_of(const T* values, const std::uint32_t* index, std::size_t count, T* out) {
  for (std::size_t k = 0; k < count; ++k) out[k] = values[index[k]];
}

void gather(std::uint32_t type, const void* values, const std::uint32_t* index, std::size_t count, void* out) {
  if (type == RVD_F32 || type == RVD_I32) {
    return gather_of(static_cast<const std::uint32_t*>(values), index, count, static_cast<std::uint32_t*>(out));
  }
  gather_of(static_cast<const std::uint64_t*>(values), index, count, static_cast<std::uint64_t*>(out));
}

template <class T>
RANVIER_INLINE bool plain_of(const T* values, std::size_t count) {
  for (std::size_t k = 0; k < count; ++k) {
    if (values[k] != T{1} && values[k] != static_cast<T>(-1)) return false;
  }
  return true;
}

bool plain(std::uint32_t type, const void* values, std::size_t count) {
  switch (type) {
    case RVD_F32: return plain_of(static_cast<const float*>(values), count);
    case RVD_F64: return plain_of(static_cast<const double*>(values), count);
    case RVD_I32: return plain_of(static_cast<const std::int32_t*>(values), count);
    default: return plain_of(static_cast<const std::int64_t*>(values), count);
  }
}

// --- hash

constexpr std::uint64_t kStep = 0x9E3779B97F4A7C15U;
constexpr std::uint64_t kNan = 0x7FF8000000000000U;
constexpr std::uint64_t kOne = 0x3FF0000000000000U;

RANVIER_INLINE std::uint64_t mixed(std::uint64_t x) { return mix64(x + kStep); }

[[maybe_unused]] RANVIER_INLINE Vector<std::uint64_t> mixed(Vector<std::uint64_t> x) {
  const Tag<std::uint64_t> d;
  x = Add(x, Set(d, kStep));
  x = Mul(Xor(x, hn::ShiftRight<30>(x)), Set(d, std::uint64_t{0xBF58476D1CE4E5B9U}));
  x = Mul(Xor(x, hn::ShiftRight<27>(x)), Set(d, std::uint64_t{0x94D049BB133111EBU}));
  return Xor(x, hn::ShiftRight<31>(x));
}

template <class T>
RANVIER_INLINE std::uint64_t bits_as_double(T value) {
  const double wide = static_cast<double>(value);
  if (wide != wide) return kNan;
  std::uint64_t bits = 0;
  std::memcpy(&bits, &wide, sizeof bits);
  return bits;
}

template <class T>
RANVIER_INLINE void to_bits(const void* values, std::size_t from, std::size_t count, std::uint64_t* bits) {
  for (std::size_t k = 0; k < count; ++k) bits[k] = bits_as_double(static_cast<const T*>(values)[from + k]);
}

RANVIER_INLINE void to_bits(std::uint32_t type, const void* values, std::size_t from, std::size_t count, std::uint64_t* bits) {
  switch (type) {
    case RVD_F32: return to_bits<float>(values, from, count, bits);
    case RVD_F64: return to_bits<double>(values, from, count, bits);
    case RVD_I32: return to_bits<std::int32_t>(values, from, count, bits);
    default: return to_bits<std::int64_t>(values, from, count, bits);
  }
}

struct Stamp {
  std::uint64_t population, step;  // the population's part of each term, and the step
  RANVIER_INLINE std::uint64_t term(std::uint64_t id, std::uint64_t bits) const {
    return mixed(mixed(mixed(population ^ id) ^ step) ^ bits);
  }
};

/// Terms of ids[0] .. ids[count-1], whose values are bits[0] ...
RANVIER_INLINE std::uint64_t sum_terms(Stamp stamp, const std::uint32_t* ids, const std::uint64_t* bits, std::size_t count) {
  std::uint64_t sum = 0;
  std::size_t k = 0;
  if constexpr (kPacks) {
    const Tag<std::uint64_t> d;
    const hn::Rebind<std::uint32_t, Tag<std::uint64_t>> narrow;
    Vector<std::uint64_t> sums = Zero(d);
    for (; k + kLanes<std::uint64_t> <= count; k += kLanes<std::uint64_t>) {
      Vector<std::uint64_t> term = mixed(Xor(hn::PromoteTo(d, LoadU(narrow, ids + k)), Set(d, stamp.population)));
      term = mixed(Xor(term, Set(d, stamp.step)));
      sums = Add(sums, mixed(Xor(term, LoadU(d, bits + k))));
    }
    // Not SumOfLanes, which adds with a sign here, for which overflow is undefined.
    std::uint64_t lanes[kLanes<std::uint64_t>];
    StoreU(sums, d, lanes);
    for (const std::uint64_t lane : lanes) sum += lane;
  }
  for (; k < count; ++k) sum += stamp.term(ids[k], bits[k]);
  return sum;
}

std::uint64_t hash(std::uint32_t type, std::uint32_t population, std::uint64_t step, const Events& events) {
  constexpr std::size_t kBlock = 64;
  const Stamp stamp{mixed(std::uint64_t{population}), step};
  std::uint64_t bits[kBlock], sum = 0;
  std::uint32_t numbers[kBlock];
  for (std::uint64_t& one : bits) one = kOne;
  for (std::size_t k = 0; k < events.count; k += kBlock) {
    const std::size_t count = events.count - k < kBlock ? events.count - k : kBlock;
    const std::uint32_t* ids = events.ids == nullptr ? numbers : events.ids + k;
    if (events.ids == nullptr) {
      for (std::size_t i = 0; i < count; ++i) numbers[i] = static_cast<std::uint32_t>(k + i);
    }
    if (events.values != nullptr) to_bits(type, events.values, k, count, bits);
    sum += sum_terms(stamp, ids, bits, count);
  }
  return sum;
}

std::uint64_t total(const std::uint32_t* table, const std::uint32_t* ids, std::size_t count) {
  std::uint64_t sum = 0;
  for (std::size_t k = 0; k < count; ++k) sum += table[ids[k]];
  return sum;
}

const EventKernels kEventKernels{&extract, &collect, &gather, &plain, &hash, &total};

}  // namespace
}  // namespace ranvier::synapse::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ranvier::synapse {
const EventKernels& event_kernels(simd::Isa isa) { RANVIER_CHOOSE_ISA(isa, kEventKernels); }
}  // namespace ranvier::synapse
#endif
