// A convolution's events, one after the other: each adds a piece of the kernels to a piece of some rows of the sums.
#include "kernels/synapse/convolution_loops.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/synapse/convolution_event_loops.cpp"
#include "kernels/simd/simd.h"
#include "kernels/synapse/weights.h"

HWY_BEFORE_NAMESPACE();
namespace ranvier::synapse::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

/// What an event adds: in some rows and columns weights, of all channels, to sums. `o` is the first of the rows.
template <class T>
struct Piece {
  T* sums;
  const T* weights;
  std::uint32_t rows, columns, o;
  T value;
};

template <class T, bool kUnits, std::size_t kCount>
RANVIER_INLINE void add_vector(T* sums, const T* weights, T value) {
  const hn::CappedTag<T, kCount> d;
  const auto weight = LoadU(d, weights);
  StoreU(Add(LoadU(d, sums), kUnits ? weight : Mul(weight, Set(d, value))), d, sums);
}

// Two loads and a store for each vector: of 32 bytes, since 64 are no faster and lie across two cache lines more often.
template <class T>
constexpr std::size_t kWidth = kLanes<T> * sizeof(T) < 32 ? kLanes<T> : 32 / sizeof(T);

/// A run that is as long as the compiler knows.
template <class T, bool kUnits, std::size_t kCount>
RANVIER_INLINE void add_known(T* sums, const T* weights, T value) {
  constexpr std::size_t whole = kCount / kWidth<T> * kWidth<T>;
  HWY_UNROLL(64)
  for (std::size_t j = 0; j < whole; j += kWidth<T>) add_vector<T, kUnits, kWidth<T>>(sums + j, weights + j, value);
  if constexpr (whole < kCount) add_vector<T, kUnits, kCount - whole>(sums + whole, weights + whole, value);
}

/// The last n % (2 * kCount) elements, by ever smaller pieces: masks would cost more.
template <class T, bool kUnits, std::size_t kCount>
RANVIER_INLINE void add_rest(T* sums, const T* weights, std::size_t n, T value) {
  if constexpr (kCount != 0) {
    if ((n & kCount) != 0) {
      add_known<T, kUnits, kCount>(sums, weights, value);
      sums += kCount;
      weights += kCount;
    }
    add_rest<T, kUnits, kCount / 2>(sums, weights, n, value);
  }
}

template <class T>
constexpr std::size_t kLong = 4 * kWidth<T>;

template <class T, bool kUnits>
RANVIER_INLINE void add_run(T* sums, const T* weights, std::size_t n, T value) {
  for (; n >= kLong<T>; n -= kLong<T>, sums += kLong<T>, weights += kLong<T>) {
    add_known<T, kUnits, kLong<T>>(sums, weights, value);
  }
  if (n != 0) add_rest<T, kUnits, kLong<T> / 2>(sums, weights, n, value);
}

template <class T, bool kUnits, std::size_t kCount>
RANVIER_INLINE void add_known_rows(const Piece<T>& piece, std::size_t sums_row, std::size_t weights_row) {
  T* to = piece.sums;
  const T* from = piece.weights;
  for (std::uint32_t row = piece.rows; row != 0; --row, to += sums_row, from -= weights_row) {
    add_known<T, kUnits, kCount>(to, from, piece.value);
  }
}

// For most lengths there is a loop over the rows of its own, without a loop inside: up to 16 short units, or up to 6 long ones.
// It is found by comparisons, since a jump through a table is guessed wrong more often. For floats only: this is much code.
template <class T>
constexpr bool kHasKnownRows = kSame<T, float>;
template <class T>
constexpr std::size_t kShort = kWidth<T> * sizeof(T) < 32 ? kWidth<T> : kWidth<T> / 2;
constexpr std::size_t kMostShort = 16, kMostLong = 6;

/// Of kLeast to kMost units of kUnit elements.
template <class T, bool kUnits, std::size_t kUnit, std::size_t kLeast, std::size_t kMost>
RANVIER_INLINE void add_units(std::size_t units, const Piece<T>& piece, std::size_t sums_row, std::size_t weights_row) {
  if constexpr (kLeast == kMost) {
    add_known_rows<T, kUnits, kLeast * kUnit>(piece, sums_row, weights_row);
  } else {
    constexpr std::size_t kMiddle = (kLeast + kMost) / 2;
    if (units <= kMiddle) {
      add_units<T, kUnits, kUnit, kLeast, kMiddle>(units, piece, sums_row, weights_row);
    } else {
      add_units<T, kUnits, kUnit, kMiddle + 1, kMost>(units, piece, sums_row, weights_row);
    }
  }
}

/// Where the events go; returns how many of them reach a target.
template <class T>
HWY_NOINLINE std::size_t locate(const Convolution& c, const std::uint32_t* ids, const T* values, std::size_t count, T* sums,
                                Piece<T>* pieces) {
  const Divisor by_columns = c.by_columns;
  const std::uint32_t columns_in = c.columns_in;
  const Start *lines = c.lines, *columns = c.columns;
  const T* kernels = static_cast<const T*>(c.kernels);
  std::size_t n = 0;
  for (std::size_t k = 0; k < count; ++k) {
    const std::uint32_t number = by_columns.quotient(ids[k]);
    const Start& line = lines[number];
    const Start& column = columns[ids[k] - number * columns_in];
    Piece<T>& piece = pieces[n];
    piece.sums = sums + line.sums + column.sums;
    piece.weights = kernels + line.weights + column.weights;
    piece.rows = line.count;
    piece.columns = column.count;
    piece.o = line.o;
    piece.value = values == nullptr ? T{1} : values[k];
    n += line.count != 0 && column.count != 0 ? 1 : 0;
  }
  return n;
}

/// Rows first .. last-1 of the pieces only.
template <class T>
HWY_NOINLINE void clip(const Convolution& c, Piece<T>* pieces, std::size_t count, std::size_t first, std::size_t last) {
  for (; count != 0; --count, ++pieces) {
    std::size_t o = pieces->o;
    for (; pieces->rows != 0 && o < first; o += c.step, --pieces->rows) {
      pieces->sums += c.sums_row;
      pieces->weights -= c.weights_row;
    }
    while (pieces->rows != 0 && o + (pieces->rows - std::size_t{1}) * c.step >= last) --pieces->rows;
  }
}

template <class T, bool kUnits>
HWY_NOINLINE void add_pieces(const Convolution& c, const Piece<T>* pieces, std::size_t count) {
  const std::size_t sums_row = c.sums_row, weights_row = c.weights_row, channels = c.reaches_out;
  for (; count != 0; --count, ++pieces) {
    const Piece<T> piece = *pieces;
    const std::size_t n = piece.columns * channels;
    if constexpr (kHasKnownRows<T>) {
      if (n % kShort<T> == 0 && n <= kMostShort * kShort<T>) {
        add_units<T, kUnits, kShort<T>, 1, kMostShort>(n / kShort<T>, piece, sums_row, weights_row);
        continue;
      }
      if (n % kLong<T> == 0 && n <= kMostLong * kLong<T>) {
        add_units<T, kUnits, kLong<T>, 1, kMostLong>(n / kLong<T>, piece, sums_row, weights_row);
        continue;
      }
    }
    T* to = piece.sums;
    const T* from = piece.weights;
    for (std::uint32_t row = piece.rows; row != 0; --row, to += sums_row, from -= weights_row) {
      add_run<T, kUnits>(to, from, n, piece.value);
    }
  }
}

/// The same where what a source reaches in a row does not lie side by side: each of them is a run.
template <class T, bool kUnits>
HWY_NOINLINE void add_scattered(const Convolution& c, const Piece<T>* pieces, std::size_t count) {
  for (; count != 0; --count, ++pieces) {
    T* to = pieces->sums;
    const T* from = pieces->weights;
    for (std::uint32_t row = pieces->rows; row != 0; --row, to += c.sums_row, from -= c.weights_row) {
      for (std::uint32_t column = 0; column < pieces->columns; ++column) {
        add_run<T, kUnits>(to + column * c.sums_column, from + column * c.reaches_out, c.reaches_out, pieces->value);
      }
    }
  }
}

// In two passes over blocks of events: where each one goes, then the adds. So a branch that was guessed wrong, as those on the
// number of rows and columns near a border are, has not long to wait for what it depends on.
template <class T, bool kUnits>
RANVIER_INLINE void add_events_of(const Convolution& c, const Events& events, T* sums, std::size_t first, std::size_t last) {
  constexpr std::size_t kBlock = 64;
  Piece<T> pieces[kBlock];
  for (std::size_t k = 0; k < events.count; k += kBlock) {
    const std::size_t count = events.count - k < kBlock ? events.count - k : kBlock;
    const T* values = kUnits ? nullptr : static_cast<const T*>(events.values) + k;
    const std::size_t n = locate(c, events.ids + k, values, count, sums, pieces);
    if (first != 0 || last != c.rows_out) clip(c, pieces, n, first, last);
    if (c.joined) {
      add_pieces<T, kUnits>(c, pieces, n);
    } else {
      add_scattered<T, kUnits>(c, pieces, n);
    }
  }
}

template <class T>
void add_events(const Convolution& c, const Events& events, void* sums, std::size_t first, std::size_t last) {
  if (events.values == nullptr) return add_events_of<T, true>(c, events, static_cast<T*>(sums), first, last);
  add_events_of<T, false>(c, events, static_cast<T*>(sums), first, last);
}

const ConvolutionLoops kConvolutionEventLoops{&add_events<float>, &add_events<double>, &add_events<std::uint32_t>,
                                              &add_events<std::uint64_t>, kLanes<std::uint8_t>};

}  // namespace
}  // namespace ranvier::synapse::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ranvier::synapse {
const ConvolutionLoops& convolution_event_loops(simd::Isa isa) { RANVIER_CHOOSE_ISA(isa, kConvolutionEventLoops); }
}  // namespace ranvier::synapse
#endif
