#include "devices/common/record.h"

#include <algorithm>
#include <cstring>
#include <string>

namespace ranvier::devices {

EventRecord::EventRecord(std::uint32_t lanes, std::uint64_t width, std::uint32_t type)
    : lanes_(lanes), width_(width), type_(type), size_(rvd::size_of(type)) {}

void EventRecord::start(std::uint64_t clock) {
  if (on_) return;
  if (at_ != ids_.size()) throw rvd::Failure(RVD_FAILED_PRECONDITION, "probe_set: read the events of the former probe first");
  open_.resize(lanes_);
  from_ = clock;
  known_ = on_ = true;
}

void EventRecord::stop(std::uint64_t clock) {
  if (on_) until_ = clock;
  on_ = false;
}

void EventRecord::clear(std::uint64_t clock) {
  at_ = ids_.size();
  drop_if_read();
  from_ = until_ = clock;
}

void EventRecord::open(std::uint64_t begin, std::uint32_t steps) {
  block_ = begin;
  for (Lane& lane : open_) {
    lane.ids.clear();
    lane.values.clear();
    lane.counts.assign(steps, 0);
    lane.taken = 0;
  }
}

void EventRecord::add(std::uint32_t lane, std::uint32_t step_of_block, const synapse::Events& events) {
  append(open_[lane].ids, open_[lane].values, events);
  open_[lane].counts[step_of_block] += static_cast<std::uint32_t>(events.count);
}

void EventRecord::append(std::vector<std::uint32_t>& ids, std::vector<std::byte>& values, const synapse::Events& events) const {
  ids.insert(ids.end(), events.ids, events.ids + events.count);
  if (events.values != nullptr) {
    const auto* from = static_cast<const std::byte*>(events.values);
    values.insert(values.end(), from, from + events.count * size_);
    return;
  }
  const std::uint64_t one = rvd::bits_of_one(type_);
  const std::size_t begin = values.size();
  values.resize(begin + events.count * size_);
  for (std::size_t k = 0; k < events.count; ++k) std::memcpy(values.data() + begin + k * size_, &one, size_);
}

void EventRecord::close() {
  if (open_.size() == 1 && ids_.empty()) {
    ids_.swap(open_[0].ids);
    values_.swap(open_[0].values);
    std::size_t end = 0;
    for (std::size_t t = 0; t < open_[0].counts.size(); ++t) {
      if (open_[0].counts[t] != 0) rows_.push_back({block_ + t, 0, end += open_[0].counts[t]});
    }
    return;
  }
  for (std::size_t t = 0; t < open_[0].counts.size(); ++t) {
    for (std::uint32_t lane = 0; lane < open_.size(); ++lane) {
      Lane& from = open_[lane];
      const std::size_t count = from.counts[t];
      if (count == 0) continue;
      append(ids_, values_, {from.ids.data() + from.taken, from.values.data() + from.taken * size_, count});
      from.taken += count;
      rows_.push_back({block_ + t, lane, ids_.size()});
    }
  }
}

void EventRecord::read(rvd_block& block, std::uint64_t clock) {
  if (!known_) throw rvd::Failure(RVD_FAILED_PRECONDITION, "read: no probe was set on this population's spikes");
  block.type = type_;
  block.lanes = lanes_;
  block.width = width_;
  block.every = 1;
  block.first_step = from_;
  const std::uint64_t end = on_ ? clock : until_;
  if (block.layout == RVD_LAYOUT_EVENTS) {
    read_events(block, end);
  } else if (block.layout == RVD_LAYOUT_DENSE) {
    read_dense(block, end);
  } else {
    throw rvd::Failure(RVD_INVALID_ARGUMENT, "read: unknown layout " + std::to_string(block.layout));
  }
  drop_if_read();
}

void EventRecord::drop_if_read() {
  if (at_ != ids_.size()) return;
  rows_.clear();
  ids_.clear();
  values_.clear();
  row_ = at_ = 0;
}

void EventRecord::read_events(rvd_block& block, std::uint64_t end) {
  if (block.capacity != 0 && (block.step == nullptr || block.lane == nullptr || block.id == nullptr)) {
    throw rvd::Failure(RVD_INVALID_ARGUMENT, "read: an array for the events is NULL");
  }
  block.count = std::min<std::uint64_t>(block.capacity, ids_.size() - at_);
  const std::size_t last = at_ + block.count;
  std::copy(ids_.begin() + static_cast<std::ptrdiff_t>(at_), ids_.begin() + static_cast<std::ptrdiff_t>(last), block.id);
  if (block.values != nullptr && block.count != 0) {
    std::memcpy(block.values, values_.data() + at_ * size_, block.count * size_);
  }
  for (std::uint64_t k = 0; k < block.count;) {
    const Row& row = rows_[row_];
    const std::uint64_t stop = k + std::min<std::uint64_t>(row.end - at_, block.count - k);
    at_ += stop - k;
    std::fill(block.step + k, block.step + stop, row.step);
    std::fill(block.lane + k, block.lane + stop, row.lane);
    k = stop;
    if (at_ == row.end) ++row_;
  }
  block.remaining = ids_.size() - at_;
  from_ = block.remaining == 0 ? end : rows_[row_].step;
  block.steps = end - block.first_step;
}

void EventRecord::read_dense(rvd_block& block, std::uint64_t end) {
  const std::uint64_t row = lanes_ * width_;
  const std::uint64_t waiting = end - from_;
  rvd::take_steps(block, "read", waiting, row);
  if (block.count != 0) std::memset(block.values, 0, block.count * size_);
  auto* out = static_cast<std::byte*>(block.values);
  for (; row_ < rows_.size() && rows_[row_].step < from_ + block.steps; ++row_) {
    std::byte* to = out + ((rows_[row_].step - from_) * lanes_ + rows_[row_].lane) * width_ * size_;
    for (; at_ < rows_[row_].end; ++at_) std::memcpy(to + ids_[at_] * size_, values_.data() + at_ * size_, size_);
  }
  from_ += block.steps;
  block.remaining = (waiting - block.steps) * row;
}

}  // namespace ranvier::devices
