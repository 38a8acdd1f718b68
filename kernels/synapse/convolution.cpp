#include <cstring>
#include <vector>

#include "kernels/synapse/aligned.h"
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
Aligned pack(const rvd_window& window, std::size_t size, const void* weights, const std::vector<std::uint32_t>& slots) {
  const std::uint64_t sees = window.channels_in / window.groups, reaches = window.channels_out / window.groups;
  const std::uint64_t rows = window.kernel[0], columns = window.kernel[1];
  Aligned kernels(window.channels_out * sees * rows * columns * size);
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

class ConvolutionDelivery final : public Delivery {
 public:
  ConvolutionDelivery(simd::Isa isa, std::uint32_t type, const rvd_window& window, const void* weights, bool channels_last,
                      How how)
      : events_(loop_of(convolution_event_loops(isa), type)),
        dense_(loop_of(convolution_dense_loops(isa), type)),
        type_(type),
        how_(how),
        axes_{Axis(window, 0), Axis(window, 1)},
        slots_(slots_of(window.kernel[1], axes_[1].back)),
        first_out_(window.channels_in),
        kernels_(pack(window, size_of(type), weights, slots_)),
        tables_{.kernels = kernels_.data(),
                .slots = slots_.data(),
                .first_out = first_out_.data(),
                .reaches = {axes_[0].reaches.data(), axes_[1].reaches.data()},
                .views = {axes_[0].views.data(), axes_[1].views.data()},
                .by_columns = Divisor(window.in[1]),
                .by_rows = Divisor(window.in[0]),
                .rows_in = window.in[0],
                .columns_in = window.in[1],
                .columns_out = window.out[1],
                .channels_out = window.channels_out,
                .sees = window.channels_in / window.groups,
                .reaches_out = window.channels_out / window.groups,
                .kernel = {axes_[0].kernel, axes_[1].kernel},
                .stride = {axes_[0].stride, axes_[1].stride},
                .dilation = {axes_[0].dilation, axes_[1].dilation},
                .step = {axes_[0].step, axes_[1].step},
                .back = {axes_[0].back, axes_[1].back},
                .channel_apart = channels_last ? 1 : std::size_t{window.in[0]} * window.in[1],
                .apart = {channels_last ? std::size_t{window.in[1]} * window.channels_in : window.in[1],
                          channels_last ? window.channels_in : std::size_t{1}}} {
    for (std::uint32_t c = 0; c < window.channels_in; ++c) {
      first_out_[c] = static_cast<std::uint32_t>(c / tables_.sees * tables_.reaches_out);
    }
  }

  void deliver(const Events& events, void* sums, std::size_t begin, std::size_t end) const override {
    const std::size_t row = tables_.columns_out * tables_.channels_out;
    if (events.count == 0 || begin == end) return;
    if (events.ids != nullptr) return events_(tables_, events, sums, begin / row, end / row);
    if (events.values != nullptr) return dense_(tables_, events, sums, begin / row, end / row);
    with_type(type_, [&](auto one) { deliver_ones(decltype(one){1}, sums, begin / row, end / row); });
  }
  std::size_t bytes() const override {
    std::size_t tables = (slots_.size() + first_out_.size()) * sizeof(std::uint32_t);
    for (const Axis& axis : axes_) tables += axis.reaches.size() * sizeof(Reach) + axis.views.size() * sizeof(View);
    return kernels_.bytes() + tables;
  }
  bool prefers_dense(std::size_t events) const override {
    if (how_ != How::choose) return how_ == How::dense;
    const std::size_t sources = std::size_t{tables_.rows_in} * tables_.columns_in * first_out_.size();
    return events * 2 >= sources;
  }

 private:
  /// One event of value 1 from each source: all find the same value.
  template <class T>
  void deliver_ones(T one, void* sums, std::size_t first, std::size_t last) const {
    Convolution tables = tables_;
    tables.channel_apart = tables.apart[0] = tables.apart[1] = 0;
    dense_(tables, {nullptr, &one, 1}, sums, first, last);
  }

  ConvolutionLoop events_, dense_;
  std::uint32_t type_;
  How how_;
  Axis axes_[2];
  std::vector<std::uint32_t> slots_, first_out_;
  Aligned kernels_;
  Convolution tables_;
};

}  // namespace

std::unique_ptr<Delivery> make_convolution(simd::Isa isa, std::uint32_t type, const rvd_window& window, const void* weights,
                                           bool channels_last, How how) {
  return std::make_unique<ConvolutionDelivery>(isa, type, window, weights, channels_last, how);
}

}  // namespace ranvier::synapse
