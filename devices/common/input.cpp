#include "devices/common/input.h"

#include <algorithm>
#include <cstring>
#include <tuple>

namespace ranvier::devices {
namespace {

constexpr std::size_t kSlack = 16;               // what kernels may write beyond the last event
constexpr std::uint64_t kMostIndexed = 1 << 20;  // steps; rows of those far ahead are searched for

template <class T>
bool all_ones(const std::byte* values, std::size_t count) {
  const T* x = reinterpret_cast<const T*>(values);
  bool ones = true;
  for (std::size_t k = 0; k < count; ++k) ones &= x[k] == T(1);
  return ones;
}

bool all_ones(std::uint32_t type, const std::byte* values, std::size_t count) {
  switch (type) {
    case RVD_F32: return all_ones<float>(values, count);
    case RVD_F64: return all_ones<double>(values, count);
    case RVD_I32: return all_ones<std::int32_t>(values, count);
    default: return all_ones<std::int64_t>(values, count);
  }
}

}  // namespace

Input::Input(const synapse::EventKernels& kernels, std::uint32_t lanes, std::uint64_t width, std::uint32_t plan_type,
             std::uint32_t used)
    : kernels_(kernels),
      lanes_(lanes),
      width_(width),
      plan_type_(plan_type),
      used_(used),
      room_ids_(width + kSlack),
      room_((width + kSlack) * rvd::size_of(plan_type)) {}

void Input::write(const rvd_block& block, std::uint64_t clock, rvd_io& io) {
  rvd::require_input(block, lanes_, width_, plan_type_);
  const std::size_t rows = rows_.size();
  if (block.layout == RVD_LAYOUT_DENSE) {
    write_dense(block, clock, io);
  } else {
    write_events(block, clock, io);
  }
  // Rows of an earlier write for the same or later steps.
  if (rows > first_ && rows < rows_.size() && !before(rows_[rows - 1], rows_[rows])) merge();
}

void Input::write_dense(const rvd_block& block, std::uint64_t clock, rvd_io& io) {
  const std::size_t size = rvd::size_of(plan_type_);
  const auto* from = static_cast<const std::byte*>(block.values);
  for (std::uint64_t step = block.first_step; step < block.first_step + block.steps; ++step) {
    const bool late = step < clock;
    for (std::uint32_t lane = 0; lane < lanes_; ++lane, from += width_ * size) {
      reserve(width_);
      std::byte* values = late || plan_type_ != used_ ? room_.data() : values_.data() + size_ * size;
      std::uint32_t* ids = late ? room_ids_.data() : ids_.data() + size_;
      const std::size_t count = kernels_.collect(plan_type_, from, width_, ids, values);
      (late ? io.late : io.accepted) += count;
      if (late || count == 0) continue;
      for (std::size_t k = 0; plan_type_ != used_ && k < count; ++k) {
        float value;
        std::memcpy(&value, values + k * size, sizeof value);
        put(size_ + k, rvd::bits_of(static_cast<double>(value)));
      }
      const std::size_t begin = size_;
      size_ += count;
      close(step, lane, begin);
    }
  }
}

void Input::write_events(const rvd_block& block, std::uint64_t clock, rvd_io& io) {
  const std::size_t size = rvd::size_of(plan_type_);
  const std::uint64_t one = rvd::bits_of_one(plan_type_);
  reserve(block.count);
  for (std::uint64_t k = 0; k < block.count;) {
    const std::uint64_t step = block.step[k];
    const std::uint32_t lane = block.lane[k];
    const std::size_t begin = size_;
    for (; k < block.count && block.step[k] == step && block.lane[k] == lane; ++k) {
      std::uint64_t bits = one;
      if (block.values != nullptr) {
        bits = 0;
        std::memcpy(&bits, static_cast<const std::byte*>(block.values) + k * size, size);
      }
      if (step < clock) {
        ++io.late;
        continue;
      }
      ++io.accepted;
      if (rvd::is_zero(plan_type_, bits)) continue;
      if (plan_type_ != used_) bits = rvd::bits_of(static_cast<double>(rvd::from_bits<float>(bits)));
      ids_[size_] = block.id[k];
      put(size_++, bits);
    }
    if (size_ != begin) close(step, lane, begin);
  }
}

void Input::reserve(std::size_t events) {
  const std::size_t needed = size_ + events + kSlack;
  if (ids_.size() >= needed) return;
  ids_.resize(std::max(needed, 2 * ids_.size()));
  values_.resize(ids_.size() * rvd::size_of(used_));
}

void Input::close(std::uint64_t step, std::uint32_t lane, std::size_t begin) {
  const std::byte* values = values_.data() + begin * rvd::size_of(used_);
  rows_.push_back({step, lane, all_ones(used_, values, size_ - begin), begin, size_});
  const std::uint64_t ahead = step - rows_.front().step;
  if (ahead < kMostIndexed) step_rows_.resize(std::max<std::size_t>(step_rows_.size(), ahead + 1), rows_.size() - 1);
}

void Input::put(std::size_t at, std::uint64_t bits) {
  const std::size_t size = rvd::size_of(used_);
  std::memcpy(values_.data() + at * size, &bits, size);
}

std::uint64_t Input::bits_at(std::size_t at) const {
  const std::size_t size = rvd::size_of(used_);
  std::uint64_t bits = 0;
  std::memcpy(&bits, values_.data() + at * size, size);
  return bits;
}

// Several writes met in one step: all is brought into order, and what one neuron got several times is summed in the order of
// writing.
void Input::merge() {
  struct One {
    std::uint64_t step;
    std::uint32_t lane, id;
    std::uint64_t bits;
  };
  std::vector<One> all;
  for (std::size_t r = first_; r < rows_.size(); ++r) {
    for (std::size_t k = rows_[r].begin; k < rows_[r].end; ++k)
      all.push_back({rows_[r].step, rows_[r].lane, ids_[k], bits_at(k)});
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const One& a, const One& b) { return std::tie(a.step, a.lane, a.id) < std::tie(b.step, b.lane, b.id); });
  clear();
  reserve(all.size());
  for (std::size_t k = 0; k < all.size();) {
    const std::uint64_t step = all[k].step;
    const std::uint32_t lane = all[k].lane;
    const std::size_t begin = size_;
    while (k < all.size() && all[k].step == step && all[k].lane == lane) {
      One event = all[k++];
      for (; k < all.size() && all[k].step == step && all[k].lane == lane && all[k].id == event.id; ++k) {
        event.bits = rvd::sum_of(used_, event.bits, all[k].bits);
      }
      if (rvd::is_zero(used_, event.bits)) continue;
      ids_[size_] = event.id;
      put(size_++, event.bits);
    }
    if (size_ != begin) close(step, lane, begin);
  }
}

synapse::Events Input::of(std::uint64_t step, std::uint32_t lane) const {
  if (first_ == rows_.size() || step < rows_[first_].step || step > rows_.back().step) return {nullptr, nullptr, 0};
  const std::uint64_t ahead = step - rows_.front().step;
  const bool known = ahead < step_rows_.size();
  auto row = rows_.begin() + static_cast<std::ptrdiff_t>(known ? step_rows_[ahead] : step_rows_.back());
  const auto end =
      known && ahead + 1 < step_rows_.size() ? rows_.begin() + static_cast<std::ptrdiff_t>(step_rows_[ahead + 1]) : rows_.end();
  // Mostly every lane has a row.
  const bool there = end - row > static_cast<std::ptrdiff_t>(lane) && row[lane].step == step && row[lane].lane == lane;
  row = there ? row + lane : std::lower_bound(row, end, Row{step, lane, false, 0, 0}, before);
  if (row == end || row->step != step || row->lane != lane) return {nullptr, nullptr, 0};
  const std::byte* values = row->unit ? nullptr : values_.data() + row->begin * rvd::size_of(used_);
  return {ids_.data() + row->begin, values, row->end - row->begin};
}

void Input::forget(std::uint64_t clock) {
  while (first_ < rows_.size() && rows_[first_].step < clock) ++first_;
  if (first_ == rows_.size()) clear();
}

void Input::clear() {
  rows_.clear();
  step_rows_.clear();
  first_ = size_ = 0;
}

}  // namespace ranvier::devices
