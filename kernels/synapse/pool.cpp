#include <utility>
#include <vector>

#include "kernels/synapse/delivery.h"
#include "kernels/synapse/event.h"
#include "kernels/synapse/types.h"
#include "kernels/synapse/window.h"

namespace ranvier::synapse {
namespace {

struct Cut {
  std::size_t begin, end;
};

/// Where each source has one target or none, as windows side by side have it: a table of positions.
class PoolOfOne final : public Delivery {
 public:
  PoolOfOne(std::uint32_t type, const rvd_window& window, const Axis& rows, const Axis& columns)
      : type_(type), positions_(std::size_t{window.channels_in} * rows.in * columns.in, kNone) {
    std::size_t source = 0;
    for (std::uint32_t channel = 0; channel < window.channels_in; ++channel) {
      for (const Reach& row : rows.reaches) {
        for (const Reach& column : columns.reaches) {
          if (row.count != 0 && column.count != 0) {
            positions_[source] = (row.o * columns.out + column.o) * window.channels_out + channel;
          }
          ++source;
        }
      }
    }
  }

  void deliver(const Events& events, void* sums, std::size_t begin, std::size_t end) const override {
    with_type(type_, [&](auto zero) { add(events, static_cast<decltype(zero)*>(sums), Cut{begin, end}); });
  }
  std::size_t bytes() const override { return positions_.size() * sizeof(std::uint32_t); }
  bool prefers_dense(std::size_t events) const override { return events * 2 >= positions_.size(); }

 private:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};  // in no cut

  template <class T>
  void add(const Events& events, T* sums, Cut cut) const {
    const std::size_t length = cut.end - cut.begin;
    T* first = sums + cut.begin;
    for (std::size_t k = 0; k < events.count; ++k) {
      const std::size_t at = positions_[id_of(events, k)] - cut.begin;
      if (at < length) first[at] += value_of<T>(events, k);
    }
  }

  std::uint32_t type_;
  std::vector<std::uint32_t> positions_;
};

class Pool final : public Delivery {
 public:
  Pool(std::uint32_t type, const rvd_window& window, Axis rows, Axis columns)
      : type_(type),
        channels_(window.channels_in),
        rows_(std::move(rows)),
        columns_(std::move(columns)),
        by_columns_(columns_.in),
        by_rows_(rows_.in) {}

  void deliver(const Events& events, void* sums, std::size_t begin, std::size_t end) const override {
    const std::size_t row = columns_.out * channels_;
    with_type(type_, [&](auto zero) { add(events, static_cast<decltype(zero)*>(sums), Cut{begin / row, end / row}); });
  }
  std::size_t bytes() const override {
    return (rows_.reaches.size() + columns_.reaches.size()) * sizeof(Reach) +
           (rows_.views.size() + columns_.views.size()) * sizeof(View);
  }
  bool prefers_dense(std::size_t events) const override { return events == channels_ * rows_.in * columns_.in; }

 private:
  template <class T>
  void add(const Events& events, T* sums, Cut rows) const {
    for (std::size_t k = 0; k < events.count; ++k) {
      const std::uint32_t id = id_of(events, k), line = by_columns_.quotient(id), channel = by_rows_.quotient(line);
      const Reach& row = rows_.reaches[line - channel * rows_.in];
      const Reach& column = columns_.reaches[id - line * columns_.in];
      for (std::size_t i = 0; i < row.count; ++i) {
        const std::size_t o = row.o + i * rows_.step;
        if (o < rows.begin || o >= rows.end) continue;
        T* first = sums + (o * columns_.out + column.o) * channels_ + channel;
        for (std::size_t j = 0; j < column.count; ++j) first[j * columns_.step * channels_] += value_of<T>(events, k);
      }
    }
  }

  std::uint32_t type_;
  std::size_t channels_;
  Axis rows_, columns_;
  Divisor by_columns_, by_rows_;
};

bool one_at_most(const Axis& axis) {
  for (const Reach& reach : axis.reaches) {
    if (reach.count > 1) return false;
  }
  return true;
}

}  // namespace

std::unique_ptr<Delivery> make_pool(simd::Isa, std::uint32_t type, const rvd_window& window) {
  Axis rows(window, 0), columns(window, 1);
  if (one_at_most(rows) && one_at_most(columns)) return std::make_unique<PoolOfOne>(type, window, rows, columns);
  return std::make_unique<Pool>(type, window, std::move(rows), std::move(columns));
}

}  // namespace ranvier::synapse
