#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "kernels/simd/buffer.h"
#include "kernels/synapse/convolution_loops.h"
#include "kernels/synapse/delivery.h"
#include "kernels/synapse/types.h"
#include "kernels/synapse/window.h"

namespace ranvier::synapse {
namespace {

/// In a row a source sees its next target through the kernel's position `back` before: the positions that are equal modulo `back`
/// lie together, the last first.
std::vector<std::uint32_t> slots_of(std::uint32_t kernel, std::uint32_t back) {
  std::vector<std::uint32_t> slots(kernel);
  std::uint32_t next = 0;
  for (std::uint32_t k = kernel; k-- != 0;) {
    if (k + std::uint64_t{back} < kernel) continue;  // not the last of its kind
    for (std::int64_t of_kind = k; of_kind >= 0; of_kind -= back) slots[static_cast<std::size_t>(of_kind)] = next++;
  }
  return slots;
}

/// [out][in of the group][kernel 0][kernel 1] becomes [in][kernel 0][slot][out of the group].
simd::Buffer pack(const rvd_window& window, std::size_t size, const void* weights, const std::vector<std::uint32_t>& slots) {
  const std::uint64_t sees = window.channels_in / window.groups, reaches = window.channels_out / window.groups;
  const std::uint64_t rows = window.kernel[0], columns = window.kernel[1];
  simd::Buffer kernels(window.channels_out * sees * rows * columns * size + kRoom);
  const auto* from = static_cast<const std::byte*>(weights);
  for (std::uint64_t out = 0; out < window.channels_out; ++out) {
    for (std::uint64_t in = out / reaches * sees; in < (out / reaches + 1) * sees; ++in) {
      for (std::uint64_t k0 = 0; k0 < rows; ++k0) {
        for (std::uint64_t k1 = 0; k1 < columns; ++k1, from += size) {
          std::memcpy(kernels.data() + (((in * rows + k0) * columns + slots[k1]) * reaches + out % reaches) * size, from, size);
        }
      }
    }
  }
  return kernels;
}

std::vector<Start> lines_of(const rvd_window& window, const Axis& rows) {
  const std::uint64_t sees = window.channels_in / window.groups, reaches = window.channels_out / window.groups;
  std::vector<Start> lines;
  for (std::uint64_t channel = 0; channel < window.channels_in; ++channel) {
    for (const Reach& reach : rows.reaches) {
      lines.push_back(
          {(channel * window.kernel[0] + reach.k) * window.kernel[1] * reaches,
           static_cast<std::uint32_t>(reach.o * std::uint64_t{window.out[1]} * window.channels_out + channel / sees * reaches),
           reach.o, reach.count});
    }
  }
  return lines;
}

std::vector<Start> columns_of(const rvd_window& window, const Axis& columns, const std::vector<std::uint32_t>& slots) {
  std::vector<Start> starts;
  for (const Reach& reach : columns.reaches) {
    starts.push_back(
        {std::uint64_t{slots[reach.k]} * (window.channels_out / window.groups), reach.o * window.channels_out, 0, reach.count});
  }
  return starts;
}

class ConvolutionDelivery final : public Delivery {
 public:
  ConvolutionDelivery(simd::Isa isa, std::uint32_t type, const rvd_window& window, const void* weights, bool channels_last,
                      How how)
      : ConvolutionDelivery(isa, type, window, weights, channels_last, how, Axis(window, 0), Axis(window, 1)) {}

  void deliver(const Events& events, void* sums, std::size_t begin, std::size_t end) const override {
    const std::size_t row = tables_.columns_out * tables_.channels_out;
    if (events.count == 0 || begin == end) return;
    if (events.ids != nullptr) return events_(tables_, events, sums, begin / row, end / row);
    if (events.values != nullptr) return dense_(tables_, events, sums, begin / row, end / row);
    with_type(type_, [&](auto one) { deliver_ones(decltype(one){1}, sums, begin / row, end / row); });
  }
  std::size_t bytes() const override {
    return kernels_.size() + slots_.size() * sizeof(std::uint32_t) + (lines_.size() + columns_.size()) * sizeof(Start) +
           (views_[0].size() + views_[1].size()) * sizeof(View);
  }
  bool prefers_dense(std::size_t events) const override {
    if (how_ != How::choose) return how_ == How::dense;
    // A term costs about twice as much by event; but dense, lanes that no channel fills cost as much as others.
    const std::size_t lanes = std::max(vector_ / size_of(type_), std::size_t{1});
    const std::size_t computed = (tables_.reaches_out + lanes - 1) / lanes * lanes;
    return events * 2 * tables_.reaches_out >= lines_.size() * columns_.size() * computed;
  }

 private:
  ConvolutionDelivery(simd::Isa isa, std::uint32_t type, const rvd_window& window, const void* weights, bool channels_last,
                      How how, Axis rows, Axis columns)
      : events_(loop_of(convolution_event_loops(isa), type)),
        dense_(loop_of(convolution_dense_loops(isa), type)),
        type_(type),
        vector_(convolution_dense_loops(isa).vector),
        how_(how),
        slots_(slots_of(window.kernel[1], columns.back)),
        lines_(lines_of(window, rows)),
        columns_(columns_of(window, columns, slots_)),
        views_{std::move(rows.views), std::move(columns.views)},
        kernels_(pack(window, size_of(type), weights, slots_)) {
    const std::size_t reaches = window.channels_out / window.groups, all = window.channels_out;
    tables_.kernels = kernels_.data();
    tables_.columns_out = window.out[1];
    tables_.channels_out = all;
    tables_.sees = window.channels_in / window.groups;
    tables_.reaches_out = reaches;

    tables_.lines = lines_.data();
    tables_.columns = columns_.data();
    tables_.by_columns = Divisor(window.in[1]);
    tables_.columns_in = window.in[1];
    tables_.rows_out = window.out[0];
    tables_.step = rows.step;
    tables_.sums_row = std::size_t{rows.step} * window.out[1] * all;
    tables_.sums_column = columns.step * all;
    tables_.weights_row = std::size_t{rows.back} * window.kernel[1] * reaches;
    tables_.joined = columns.step == 1 && window.groups == 1;

    for (unsigned axis = 0; axis < 2; ++axis) {
      tables_.views[axis] = views_[axis].data();
      tables_.kernel[axis] = window.kernel[axis];
      tables_.stride[axis] = window.stride[axis];
      tables_.dilation[axis] = window.dilation[axis];
    }
    tables_.slots = slots_.data();
    tables_.channel_apart = channels_last ? 1 : std::size_t{window.in[0]} * window.in[1];
    tables_.apart[0] = window.in[1] * (channels_last ? std::size_t{window.channels_in} : 1);
    tables_.apart[1] = channels_last ? window.channels_in : 1;
  }

  /// One event of value 1 from each source: all find the same value.
  template <class T>
  void deliver_ones(T one, void* sums, std::size_t first, std::size_t last) const {
    Convolution tables = tables_;
    tables.channel_apart = tables.apart[0] = tables.apart[1] = 0;
    dense_(tables, {nullptr, &one, 1}, sums, first, last);
  }

  ConvolutionLoop events_, dense_;
  std::uint32_t type_;
  std::size_t vector_;
  How how_;
  std::vector<std::uint32_t> slots_;
  std::vector<Start> lines_, columns_;
  std::vector<View> views_[2];
  simd::Buffer kernels_;
  Convolution tables_{};
};

}  // namespace

std::unique_ptr<Delivery> make_convolution(simd::Isa isa, std::uint32_t type, const rvd_window& window, const void* weights,
                                           bool channels_last, How how) {
  return std::make_unique<ConvolutionDelivery>(isa, type, window, weights, channels_last, how);
}

}  // namespace ranvier::synapse
