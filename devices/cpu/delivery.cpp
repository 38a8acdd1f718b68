#include "devices/cpu/delivery.h"

#include <algorithm>
#include <cstring>

#include <ranvier/driver.hpp>

namespace ranvier::cpu {
namespace {

// Integers are summed without sign, for unsigned ones wrap. Each sum takes its terms one by one; four rows at a time only saves
// loading and storing it in between.
template <class T>
void add_rows(T* __restrict sums, const T* weights, std::uint64_t targets, const std::uint32_t* ids, const T* values) {
  const T* w0 = weights + ids[0] * targets;
  const T* w1 = weights + ids[1] * targets;
  const T* w2 = weights + ids[2] * targets;
  const T* w3 = weights + ids[3] * targets;
  const T x0 = values[0], x1 = values[1], x2 = values[2], x3 = values[3];
  for (std::uint64_t j = 0; j < targets; ++j) {
    T sum = sums[j];
    sum += w0[j] * x0;
    sum += w1[j] * x1;
    sum += w2[j] * x2;
    sum += w3[j] * x3;
    sums[j] = sum;
  }
}

template <class T>
void add_row(T* __restrict sums, const T* row, std::uint64_t targets, T value) {
  for (std::uint64_t j = 0; j < targets; ++j) sums[j] += row[j] * value;
}

template <class T>
void deliver_dense(const Axon& axon, const Fired& fired, T* sums) {
  const T* weights = reinterpret_cast<const T*>(axon.weights.data());
  const T* values = reinterpret_cast<const T*>(fired.values.data());
  const std::uint32_t* ids = fired.ids.data();
  std::size_t k = 0;
  for (; k + 4 <= fired.count; k += 4) add_rows(sums, weights, axon.targets, ids + k, values + k);
  for (; k < fired.count; ++k) add_row(sums, weights + ids[k] * axon.targets, axon.targets, values[k]);
}

template <class T>
void deliver_one_to_one(const Axon& axon, const Fired& fired, T* sums) {
  const T* weights = reinterpret_cast<const T*>(axon.weights.data());
  const T* values = reinterpret_cast<const T*>(fired.values.data());
  const std::uint32_t* ids = fired.ids.data();
  if (axon.weights.count() == 0) {
    for (std::size_t k = 0; k < fired.count; ++k) sums[ids[k]] += values[k];
  } else if (axon.weights.count() == 1) {
    for (std::size_t k = 0; k < fired.count; ++k) sums[ids[k]] += weights[0] * values[k];
  } else {
    for (std::size_t k = 0; k < fired.count; ++k) sums[ids[k]] += weights[ids[k]] * values[k];
  }
}

template <class T>
void deliver_as(const Axon& axon, const Fired& fired, std::byte* row) {
  T* sums = reinterpret_cast<T*>(row);
  axon.kind == RVD_PROJECTION_DENSE ? deliver_dense(axon, fired, sums) : deliver_one_to_one(axon, fired, sums);
}

}  // namespace

Accumulators::Accumulators(std::uint32_t type, std::uint64_t steps, std::uint32_t lanes, std::uint64_t neurons)
    : type_(type),
      steps_(steps),
      lanes_(lanes),
      row_bytes_(neurons * rvd::size_of(type)),
      sums_(steps * lanes * row_bytes_),
      touched_(steps * lanes) {}

void Accumulators::close(std::uint64_t step, std::uint32_t lane) {
  std::uint8_t& touched = touched_[index(step, lane)];
  if (touched == 0) return;
  std::memset(sums_.data() + index(step, lane) * row_bytes_, 0, row_bytes_);
  touched = 0;
}

void Accumulators::clear() {
  sums_.clear();
  std::fill(touched_.begin(), touched_.end(), std::uint8_t{0});
}

void deliver(const Axon& axon, const Fired& fired, Accumulators& sums, std::uint64_t step, std::uint32_t lane) {
  if (fired.count == 0) return;
  std::byte* row = sums.open(step, lane);
  switch (sums.type()) {
    case RVD_F32: return deliver_as<float>(axon, fired, row);
    case RVD_F64: return deliver_as<double>(axon, fired, row);
    case RVD_I32: return deliver_as<std::uint32_t>(axon, fired, row);
    default: return deliver_as<std::uint64_t>(axon, fired, row);
  }
}

}  // namespace ranvier::cpu
