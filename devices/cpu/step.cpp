// What happens in a step, and the events that come of it.
#include <cstring>

#include "devices/cpu/session.h"

namespace ranvier::cpu {

using synapse::Events;

// What arrives, in the order of terms; then the neurons, which leave the sums at +0; then who emitted.
void Session::update(const Stage& stage, std::uint32_t lane, std::uint64_t n, const Slice& slice, std::uint32_t copy,
                     bool whole, Worker& worker) {
  for (const Arrival& arrival : stage.arrivals) arrive(arrival, lane, n, slice, worker);
  const Neurons& neurons = compiled_.populations()[stage.population];
  Population& population = populations_[stage.population];
  for (std::size_t s = 0; s < population.states.size(); ++s) {
    worker.states_at[s] = population.states[s].data() + lane * neurons.padded * rvd::size_of(neurons.state_types[s]);
  }
  const bool direct = neurons.layout.plain() || !schedule_->ordered[stage.population];
  neuron::SweepArgs args{};
  args.states = worker.states_at.data();
  args.sums = worker.sums_at.data();
  args.inner = stage.joint ? worker.sums_at[neurons.receptors] : nullptr;
  const std::size_t row = row_of(population, lane, n, worker);
  args.values = population.values.size() == 0 ? nullptr : values_of(stage.population, row);
  args.mask = direct ? mask_of(stage.population, row, 0) : reinterpret_cast<std::uint64_t*>(worker.mask.data());
  args.begin = slice.begin;
  args.end = slice.end;
  const neuron::Draws draws{random_key(seed_, RandomObject::population, stage.population), n, first_lane_ + lane,
                            neurons.numbers.empty() ? nullptr : neurons.numbers.data()};
  args.draws = &draws;
  stage.sweep->run(args, worker.scratch);
  if (!direct) set_bits(stage.population, row, slice, copy, whole, worker);
  if (!logs_.empty()) log_states(stage.population, lane, n, slice);
}

void Session::arrive(const Arrival& arrival, std::uint32_t lane, std::uint64_t n, const Slice& slice, Worker& worker) const {
  const Axon& axon = *arrival.axon;
  if (n - first_step_ < axon.delay) {
    if (axon.prior_ids.empty()) return;
    return deliver(arrival, {axon.prior_ids.data(), axon.prior_values.data(), axon.prior_ids.size()}, nullptr, slice, worker);
  }
  const std::uint64_t sent = n - axon.delay;
  const Population& source = populations_[arrival.source];
  const std::byte* values = source.values.size() == 0 ? nullptr : values_of(arrival.source, row_of(source, lane, sent, worker));
  if (values != nullptr && axon.aligned != nullptr && compiled_.options().how != synapse::How::events) {
    const Events all{nullptr, values, compiled_.populations()[arrival.source].count};
    return axon.aligned->deliver(all, worker.sums_at[arrival.sums], slice.begin, slice.end);
  }
  const Events events = events_of(arrival.source, lane, sent, worker);
  if (events.count != 0) deliver(arrival, events, values, slice, worker);
}

/// `values`: of all sources by position, if they are there.
void Session::deliver(const Arrival& arrival, const Events& events, const void* values, const Slice& slice,
                      Worker& worker) const {
  const Axon& axon = *arrival.axon;
  void* const sums = worker.sums_at[arrival.sums];
  const bool dense = axon.delivery->prefers_dense(events.count) && compiled_.options().how != synapse::How::events;
  if (!dense && compiled_.options().how != synapse::How::dense) {
    return axon.delivery->deliver(events, sums, slice.begin, slice.end);
  }
  const Neurons& source = compiled_.populations()[arrival.source];
  const std::uint32_t* positions = axon.by_position && !source.positions.empty() ? source.positions.data() : nullptr;
  if (values == nullptr || (!axon.by_position && !source.layout.plain())) {
    const std::size_t size = rvd::size_of(source.type);
    const std::uint64_t one = rvd::bits_of_one(source.type);
    std::byte* spread = worker.spread.data();
    std::memset(spread, 0, source.count * size);
    for (std::size_t k = 0; k < events.count; ++k) {
      const std::size_t at = positions == nullptr ? events.ids[k] : positions[events.ids[k]];
      const void* value =
          events.values == nullptr ? static_cast<const void*>(&one) : static_cast<const std::byte*>(events.values) + k * size;
      std::memcpy(spread + at * size, value, size);
    }
    values = spread;
  }
  axon.delivery->deliver({nullptr, values, source.count}, sums, slice.begin, slice.end);
}

/// Of a map whose events are needed by number: from the bits by position of a slice to those by number.
void Session::set_bits(std::uint32_t population, std::size_t row, const Slice& slice, std::uint32_t copy, bool whole,
                       Worker& worker) {
  const Population& self = populations_[population];
  const std::vector<std::uint32_t>& numbers = compiled_.populations()[population].numbers;
  std::uint64_t* bits = mask_of(population, row, copy);
  std::memset(bits, 0, (whole ? self.copies : 1) * self.words * sizeof(std::uint64_t));
  auto* places = reinterpret_cast<std::uint32_t*>(worker.places.data());
  const auto* mask = reinterpret_cast<const std::uint64_t*>(worker.mask.data());
  const std::size_t first = slice.begin / 64;
  const std::size_t count =
      compiled_.kernels().extract(mask + first, (slice.end + 63) / 64 - first, static_cast<std::uint32_t>(slice.begin), places);
  for (std::size_t k = 0; k < count; ++k) {
    const std::uint32_t number = numbers[places[k]];
    bits[number / 64] |= std::uint64_t{1} << (number % 64);
  }
}

void Session::log_states(std::uint32_t population, std::uint32_t lane, std::uint64_t n, const Slice& slice) {
  const Neurons& neurons = compiled_.populations()[population];
  for (rvd::StateLog& log : logs_) {
    if (log.population() != population) continue;
    std::byte* row = log.row(n);
    if (row == nullptr) continue;
    const std::size_t size = rvd::size_of(neurons.state_types[log.state()]);
    const std::byte* from = populations_[population].states[log.state()].data() + lane * neurons.padded * size;
    std::byte* to = row + lane * neurons.count * size;
    if (neurons.layout.plain()) {
      std::memcpy(to + slice.begin * size, from + slice.begin * size, (slice.end - slice.begin) * size);
      continue;
    }
    for (std::size_t at = slice.begin; at < slice.end; ++at) {
      std::memcpy(to + neurons.numbers[at] * size, from + at * size, size);
    }
  }
}

// What a population emitted in the steps of the block, counted and recorded: in steps as they come, so a lane's record is in order.
void Session::collect(std::uint32_t population, std::uint32_t lane, const Block& block, Worker& worker) {
  const Neurons& neurons = compiled_.populations()[population];
  Population& self = populations_[population];
  const std::uint32_t source = neurons.relays ? *neurons.relays : population;
  const bool counted = work_.counts(population), recorded = self.record.on();
  for (std::uint32_t t = 0; t < block.steps; ++t) {
    const Events events = events_of(source, lane, block.begin + t, worker);
    if (events.count == 0) continue;
    if (neurons.spiking) {
      self.spikes[lane] += events.count;
      self.hashes[lane] += compiled_.kernels().hash(neurons.type, population, block.begin + t, events);
    }
    if (counted) work_.add(worker.index, population, t, neurons.type, events);
    if (recorded) self.record.add(lane, t, events);
  }
}

// -------------------------------------------------------------------------------------------------------------- events

Events Session::events_of(std::uint32_t population, std::uint32_t lane, std::uint64_t n, Worker& worker) const {
  const Population& self = populations_[population];
  if (self.input != nullptr) return self.input->of(n, lane);
  Worker::List& list = worker.lists[population * kMostSteps + n % kMostSteps];
  if (list.stamp == worker.stamp && list.step == n && list.lane == lane) return list.events;
  const Events events = listed(population, lane, n, worker);
  list = {n, worker.stamp, lane, events};
  return events;
}

Events Session::listed(std::uint32_t population, std::uint32_t lane, std::uint64_t n, Worker& worker) const {
  const Neurons& neurons = compiled_.populations()[population];
  const Population& self = populations_[population];
  const synapse::EventKernels& kernels = compiled_.kernels();
  if ((worker.used + neurons.count + kSlack) * sizeof(std::uint32_t) > worker.ids.size()) {
    worker.forget();  // what was kept is written over
  }
  const std::size_t row = row_of(self, lane, n, worker);
  const std::uint64_t* mask = mask_of(population, row, 0);
  const bool by_number = neurons.layout.plain() || schedule_->ordered[population];
  if (by_number && self.copies > 1) {
    auto* merged = reinterpret_cast<std::uint64_t*>(worker.mask.data());
    for (std::size_t w = 0; w < self.words; ++w) {
      merged[w] = mask[w];
      for (std::uint32_t copy = 1; copy < self.copies; ++copy) merged[w] |= mask[copy * self.words + w];
    }
    mask = merged;
  }
  auto* ids = reinterpret_cast<std::uint32_t*>(worker.ids.data()) + worker.used;
  const std::size_t count = kernels.extract(mask, (neurons.count + 63) / 64, 0, ids);
  if (count == 0) return {ids, nullptr, 0};
  const std::uint32_t* places = ids;
  if (!neurons.layout.plain()) {
    auto* room = reinterpret_cast<std::uint32_t*>(worker.places.data());
    places = room;
    if (by_number) {
      if (self.values.size() != 0) kernels.gather(RVD_I32, neurons.positions.data(), ids, count, room);
    } else {
      std::memcpy(room, ids, count * sizeof(std::uint32_t));
      kernels.gather(RVD_I32, neurons.numbers.data(), room, count, ids);
    }
  }
  std::byte* values = nullptr;
  if (self.values.size() != 0) {
    values = worker.values.data() + worker.used * 8;
    kernels.gather(neurons.type, values_of(population, row), places, count, values);
  }
  worker.used += count;
  return {ids, values, count};
}

/// Where the masks and values of a step and lane lie.
std::size_t Session::row_of(const Population& population, std::uint32_t lane, std::uint64_t n, const Worker& worker) const {
  const std::size_t seat = population.kept || slices_ > 1 ? lane : worker.index;
  return (n & (population.ring - 1)) * population.seats + seat;
}

std::uint64_t* Session::mask_of(std::uint32_t population, std::size_t row, std::uint32_t copy) const {
  const Population& self = populations_[population];
  auto* masks = reinterpret_cast<std::uint64_t*>(const_cast<std::byte*>(self.masks.data()));
  return masks + (row * self.copies + copy) * self.words;
}

std::byte* Session::values_of(std::uint32_t population, std::size_t row) const {
  const Neurons& neurons = compiled_.populations()[population];
  return const_cast<std::byte*>(populations_[population].values.data()) + row * neurons.padded * rvd::size_of(neurons.type);
}

}  // namespace ranvier::cpu
