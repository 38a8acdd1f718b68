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

// One kernel on one channel of targets: each target gets one term.
template <class T>
void add_kernel(const Window& window, const Window::Field& field, const T* kernel, T* channel, T value) {
  std::uint64_t o0 = field.rows.o, k0 = field.rows.k;
  const std::uint32_t step = window.step(1), back = window.back(1);
  for (std::uint32_t i = 0; i < field.rows.count; ++i, o0 += window.step(0), k0 -= window.back(0)) {
    T* sums = channel + o0 * window.width() + field.columns.o;
    const T* weights = kernel + k0 * window.kernel_width() + field.columns.k;
    for (std::uint32_t j = 0; j < field.columns.count; ++j)
      sums[j * std::uint64_t{step}] += *(weights - j * std::uint64_t{back}) * value;
  }
}

template <class T>
void deliver_convolution(const Axon& axon, const Fired& fired, T* sums) {
  const Window& window = axon.window;
  const T* weights = reinterpret_cast<const T*>(axon.kernels.data());
  const T* values = reinterpret_cast<const T*>(fired.values.data());
  for (std::size_t k = 0; k < fired.count; ++k) {
    const Window::Field field = window.of(fired.ids[k]);
    const T* kernel = weights + field.channel * window.channels() * window.kernel();
    T* channel = sums + field.first * window.area();
    for (std::uint64_t c = 0; c < window.channels(); ++c, kernel += window.kernel(), channel += window.area()) {
      add_kernel(window, field, kernel, channel, values[k]);
    }
  }
}

template <class T>
void deliver_pool(const Axon& axon, const Fired& fired, T* sums) {
  const Window& window = axon.window;
  const T* values = reinterpret_cast<const T*>(fired.values.data());
  for (std::size_t k = 0; k < fired.count; ++k) {
    const Window::Field field = window.of(fired.ids[k]);
    T* row = sums + field.first * window.area() + field.rows.o * window.width() + field.columns.o;
    for (std::uint32_t i = 0; i < field.rows.count; ++i, row += window.step(0) * window.width()) {
      for (std::uint32_t j = 0; j < field.columns.count; ++j) row[j * std::uint64_t{window.step(1)}] += values[k];
    }
  }
}

template <class T>
void deliver_sparse(const Axon& axon, const Fired& fired, T* sums) {
  const T* weights = reinterpret_cast<const T*>(axon.weights.data());
  const T* values = reinterpret_cast<const T*>(fired.values.data());
  for (std::size_t k = 0; k < fired.count; ++k) {
    const std::int64_t begin = axon.rows[fired.ids[k]], end = axon.rows[fired.ids[k] + 1];
    if (axon.weights.count() == 0) {
      for (std::int64_t s = begin; s < end; ++s) sums[axon.neurons[s]] += values[k];
    } else if (axon.weights.count() == 1) {
      for (std::int64_t s = begin; s < end; ++s) sums[axon.neurons[s]] += weights[0] * values[k];
    } else {
      for (std::int64_t s = begin; s < end; ++s) sums[axon.neurons[s]] += weights[s] * values[k];
    }
  }
}

template <class T>
void deliver_as(const Axon& axon, const Fired& fired, std::byte* row) {
  T* sums = reinterpret_cast<T*>(row);
  switch (axon.kind) {
    case RVD_PROJECTION_DENSE: return deliver_dense(axon, fired, sums);
    case RVD_PROJECTION_ONE_TO_ONE: return deliver_one_to_one(axon, fired, sums);
    case RVD_PROJECTION_CONVOLUTION: return deliver_convolution(axon, fired, sums);
    case RVD_PROJECTION_POOL: return deliver_pool(axon, fired, sums);
    default: return deliver_sparse(axon, fired, sums);
  }
}

/// [out][in of the group][kernel] becomes [in][out of the group][kernel].
Buffer by_input(const rvd_window& window, const Values& weights) {
  Buffer kernels(weights.count() * weights.size());
  const std::uint64_t sees = window.channels_in / window.groups, reaches = window.channels_out / window.groups;
  const std::size_t kernel = std::size_t{window.kernel[0]} * window.kernel[1] * weights.size();
  for (std::uint64_t out = 0; out < window.channels_out; ++out) {
    for (std::uint64_t in = 0; in < sees; ++in) {
      const std::uint64_t channel = out / reaches * sees + in;
      std::memcpy(kernels.data() + (channel * reaches + out % reaches) * kernel, weights.data() + (out * sees + in) * kernel,
                  kernel);
    }
  }
  return kernels;
}

}  // namespace

Axon::Axon(rvd::PlanView plan, const rvd_projection& projection, bool wide)
    : kind(projection.kind),
      target(projection.target),
      receptor(projection.receptor),
      delay(projection.delay),
      targets(plan.populations()[projection.target].count),
      weights(plan, projection.weights, wide),
      rows(nullptr),
      neurons(nullptr) {
  if (rvd::has_window(kind)) window = Window(projection.window);
  if (kind == RVD_PROJECTION_CONVOLUTION) kernels = by_input(projection.window, weights);
  if (kind != RVD_PROJECTION_SPARSE) return;
  rows = plan.data<std::int64_t>(projection.rows);
  neurons = plan.data<std::int32_t>(projection.targets);
}

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
