#include "kernels/synapse/events.h"

#include "kernels/random/mix.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/synapse/events.cpp"
#include "kernels/simd/simd.h"

HWY_BEFORE_NAMESPACE();
namespace ranvier::synapse::HWY_NAMESPACE {
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
RANVIER_INLINE std::size_t pack_numbers(std::uint32_t bits, std::uint32_t first, std::uint32_t* ids) {
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

template <class T>
RANVIER_INLINE std::size_t collect_of(const T* dense, std::size_t n, std::uint32_t* ids, T* values) {
  const Tag<T> d;
  std::size_t found = 0, i = 0;
  for (; i + kLanes<T> <= n; i += kLanes<T>) {
    const Vector<T> vector = LoadU(d, dense + i);
    // Ne would be false for NaN on some sets.
    const Mask<T> some = hn::Not(hn::Eq(vector, Zero(d)));
    std::uint64_t bits = bits_of<T>(some);
    if (bits == 0) continue;
    if constexpr (kPacks) {
      StoreU(hn::Compress(vector, some), d, values + found);
      found += pack_numbers(static_cast<std::uint32_t>(bits), static_cast<std::uint32_t>(i), ids + found);
    } else {
      for (; bits != 0; bits &= bits - 1, ++found) {
        const std::size_t at = i + static_cast<std::size_t>(__builtin_ctzll(bits));
        ids[found] = static_cast<std::uint32_t>(at);
        values[found] = dense[at];
      }
    }
  }
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

RANVIER_INLINE Vector<std::uint64_t> mixed(Vector<std::uint64_t> x) {
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
    sum = hn::GetLane(hn::SumOfLanes(d, sums));
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

}  // namespace ranvier::synapse::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ranvier::synapse {
const EventKernels& event_kernels(simd::Isa isa) { RANVIER_CHOOSE_ISA(isa, kEventKernels); }
}  // namespace ranvier::synapse
#endif
