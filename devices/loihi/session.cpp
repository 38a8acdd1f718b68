#include "devices/loihi/session.h"

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstring>
#include <string>

#include "kernels/math/float_mode.h"

namespace ranvier::loihi {
namespace {

using Kind = Population::Kind;
using synapse::Events;

constexpr std::uint32_t kMostSteps = 16;  // of a block
constexpr double kBlockNs = 2e7;          // a block is not longer: a run must be able to stop
constexpr std::size_t kSlack = 16;        // events that a kernel may write beyond the last

std::size_t lane_size(const Neurons& neurons) { return neurons.padded * sizeof(std::int64_t); }

/// value(i) as the i-th element of an array of a plan's type.
template <class Value>
void fill(std::uint32_t type, std::byte* to, std::size_t count, Value value) {
  const auto put = [&](auto zero) {
    using T = decltype(zero);
    for (std::size_t i = 0; i < count; ++i) reinterpret_cast<T*>(to)[i] = static_cast<T>(value(i));
  };
  switch (type) {
    case RVD_F32: return put(float{});
    case RVD_F64: return put(double{});
    case RVD_I32: return put(std::int32_t{});
    default: return put(std::int64_t{});
  }
}

/// A bit for each value that is not zero.
void mark(std::uint32_t type, const std::byte* values, std::size_t count, std::uint64_t* mask) {
  const std::size_t size = rvd::size_of(type);
  std::fill_n(mask, (count + 63) / 64, 0);
  for (std::size_t i = 0; i < count; ++i) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, values + i * size, size);
    mask[i / 64] |= std::uint64_t{!rvd::is_zero(type, bits)} << (i % 64);
  }
}

double at(const std::vector<double>& values, std::size_t i) { return values[values.size() == 1 ? 0 : i]; }

}  // namespace

// -------------------------------------------------------------------------------------------------------- construction

Session::Session(const Executable& executable, const rvd_session_args& args)
    : executable_(executable),
      prepared_(executable.prepared()),
      kernels_(synapse::event_kernels(prepared_.isa())),
      lanes_(args.lanes),
      first_step_(args.clock),
      seed_(args.seed),
      first_lane_(static_cast<std::uint32_t>(args.first_lane)),
      clock_(args.clock),
      logs_(executable.plan(), args.lanes, false),
      work_(prepared_.fan_outs(), kernels_, static_cast<std::uint32_t>(prepared_.populations().size()), args.lanes, 1,
            kMostSteps) {
  populations_.reserve(prepared_.populations().size());
  for (std::uint32_t index = 0; index < prepared_.populations().size(); ++index) add_population(index);
  const std::vector<Wire>& wires = executable_.network().wires;
  for (std::uint32_t k = 0; k < wires.size(); ++k) populations_[wires[k].target].wires.push_back(k);
  start_states();
}

void Session::add_population(std::uint32_t index) {
  const loihi::Population& network = executable_.network().populations[index];
  const Neurons& neurons = prepared_.populations()[index];
  const rvd_population& record = record_of(index);
  Population made(devices::EventRecord(lanes_, network.count, record.value_type));
  if ((record.flags & RVD_POPULATION_SPIKING) != 0) {
    made.spikes.resize(lanes_);
    made.hashes.resize(lanes_);
  }
  if (network.kind == Kind::input) {
    made.input = std::make_unique<devices::Input>(kernels_, lanes_, network.count, RVD_I32, RVD_I32);
  } else if (network.kind != Kind::none) {
    made.words = neurons.padded / 64;
    made.ring = std::bit_ceil(neurons.longest_delay + 1);
    made.masks = simd::Buffer(lanes_ * made.ring * made.words * sizeof(std::uint64_t));
    if (network.kind != Kind::neuron || !network.fires) {
      made.values = simd::Buffer(lanes_ * made.ring * neurons.padded * rvd::size_of(neurons.type));
    }
    for (List& list : made.lists) {
      list.ids = simd::Buffer((network.count + kSlack) * sizeof(std::uint32_t));
      list.values = simd::Buffer((network.count + kSlack) * sizeof(std::uint64_t));
    }
    for (const SumFormat& format : neurons.sums) {
      made.terms.emplace_back(neurons.padded * sizeof(std::uint32_t));
      made.sums.push_back({reinterpret_cast<std::uint32_t*>(made.terms.back().data()), format.shift, format.clamped});
    }
  }
  if (network.kind == Kind::neuron) {
    made.u = simd::Buffer(lanes_ * lane_size(neurons));
    made.v = simd::Buffer(lanes_ * lane_size(neurons));
    if (neurons.waits) made.wait = simd::Buffer(lanes_ * neurons.padded * sizeof(std::int32_t));
    if (network.noise.on != loihi::Population::Noise::On::none) {
      made.noise = simd::Buffer(neurons.padded * sizeof(std::int32_t));
    }
    made.parameters = prepared_.parameters(index);
  }
  if (network.kind == Kind::output) {
    sums_.resize(std::max<std::size_t>(sums_.size(), network.count));
    whole_sums_.resize(sums_.size());
  }
  populations_.push_back(std::move(made));
}

void Session::start_states() {
  for (std::uint32_t index = 0; index < populations_.size(); ++index) {
    const loihi::Population& network = executable_.network().populations[index];
    const Neurons& neurons = prepared_.populations()[index];
    Population& self = populations_[index];
    self.tally = {};
    for (List& list : self.lists) list.known = false;
    for (simd::Buffer& terms : self.terms) terms.clear();  // a run that failed may have left some
    if (network.kind != Kind::neuron) continue;
    self.narrow = neurons.narrow_below >= 1;
    self.step = self.narrow ? fixed::narrow_step(prepared_.isa(), executable_.network().rules) : &fixed::wide_step;
    self.wait.clear();
    for (std::uint32_t lane = 0; lane < lanes_; ++lane) {
      for (std::uint64_t i = 0; i < network.count; ++i) {
        const std::size_t k = lane * neurons.padded + i;
        const std::int32_t u = loihi::at(network.u0, i), v = loihi::at(network.v0, i);
        if (self.narrow) {
          reinterpret_cast<std::int32_t*>(self.u.data())[k] = u;
          reinterpret_cast<std::int32_t*>(self.v.data())[k] = v;
        } else {
          reinterpret_cast<std::int64_t*>(self.u.data())[k] = u;
          reinterpret_cast<std::int64_t*>(self.v.data())[k] = v;
        }
      }
    }
  }
}

/// From here on with 64 bits. Until a reset: u and v may have outgrown the others.
void Session::widen(std::uint32_t index) {
  Population& self = populations_[index];
  const std::size_t count = lanes_ * prepared_.populations()[index].padded;
  for (simd::Buffer* buffer : {&self.u, &self.v}) {
    for (std::size_t k = count; k-- > 0;) {
      std::int32_t narrow;
      std::memcpy(&narrow, buffer->data() + k * sizeof narrow, sizeof narrow);
      const std::int64_t wide = narrow;
      std::memcpy(buffer->data() + k * sizeof wide, &wide, sizeof wide);
    }
  }
  self.narrow = false;
  self.step = &fixed::wide_step;
}

// -------------------------------------------------------------------------------------------------------- the contract

const rvd_population& Session::record_of(std::uint32_t population) const {
  const auto records = executable_.plan().populations();
  if (population < records.size()) return records[population];
  throw rvd::Failure(RVD_NOT_FOUND, "population " + std::to_string(population) + " of " + std::to_string(records.size()));
}

void Session::write(const rvd_block& block, rvd_io& io) {
  const rvd_population& record = record_of(block.population);
  devices::Input* input = populations_[block.population].input.get();
  if (input == nullptr) {
    throw rvd::Failure(RVD_INVALID_ARGUMENT, "write: population " + std::to_string(block.population) + " is no input");
  }
  rvd::require_input(block, lanes_, record.count, record.value_type);
  rvd_block made;
  input->write(whole(block, made), clock_, io);
  late_ += io.late;
}

/// The same block with integers for values. @throws Failure for those that the chip's events cannot carry.
const rvd_block& Session::whole(const rvd_block& block, rvd_block& made) {
  made = block;
  made.type = RVD_I32;
  if (block.values == nullptr) return made;
  const InputRange range = prepared_.input_range(block.population);
  const auto take = [&](auto zero) {
    using T = decltype(zero);
    const T* from = static_cast<const T*>(block.values);
    written_.resize(block.count);
    for (std::uint64_t k = 0; k < block.count; ++k) {
      const T value = from[k];
      const bool inside = value >= static_cast<T>(range.low) && static_cast<double>(value) <= range.high;
      written_[k] = inside ? static_cast<std::int32_t>(value) : 0;
      if (inside && static_cast<T>(written_[k]) == value) continue;
      throw rvd::Failure(RVD_INVALID_ARGUMENT, "write: \"" + executable_.network().populations[block.population].name +
                                                   "\" takes whole numbers from " + std::to_string(range.low) + " to " +
                                                   std::to_string(range.high) + ", not " +
                                                   rvd::number(static_cast<double>(value)));
    }
  };
  switch (block.type) {
    case RVD_F32: take(float{}); break;
    case RVD_F64: take(double{}); break;
    case RVD_I32: take(std::int32_t{}); break;
    default: take(std::int64_t{});
  }
  made.values = written_.data();
  for (const std::int32_t value : written_) largest_input_ = std::max(largest_input_, std::abs(static_cast<double>(value)));
  return made;
}

rvd_status Session::run(std::uint64_t until, const rvd::Watch& watch) {
  const FloatMode ieee;
  for (std::uint32_t index = 0; index < populations_.size(); ++index) {
    const bool wide = largest_input_ > prepared_.populations()[index].narrow_below;
    if (populations_[index].step != nullptr && populations_[index].narrow && wide) widen(index);
  }
  while (clock_ < until) {
    const auto most = step_ns_ == 0 ? 1.0 : std::max(1.0, std::min<double>(kMostSteps, kBlockNs / step_ns_));
    const auto steps = static_cast<std::uint32_t>(std::min<std::uint64_t>(until - clock_, static_cast<std::uint64_t>(most)));
    const auto began = std::chrono::steady_clock::now();
    open(clock_, steps);
    for (std::uint32_t lane = 0; lane < lanes_; ++lane) {
      for (std::uint32_t t = 0; t < steps; ++t) step(lane, clock_ + t, t);
    }
    close(clock_, steps);
    clock_ += steps;
    step_ns_ = std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - began).count() / steps;
    if (clock_ == until) break;
    if (const rvd_status status = watch.poll()) return status;
  }
  return RVD_OK;
}

void Session::read(rvd_block& block) {
  record_of(block.population);
  populations_[block.population].record.read(block, clock_);
}

void Session::probe_set(std::uint32_t population, std::string_view variable, std::uint64_t every) {
  const std::string name(executable_.plan().text(record_of(population).name));
  const Kind kind = executable_.network().populations[population].kind;
  if (kind == Kind::none) {
    throw rvd::Failure(RVD_UNSUPPORTED, "probe_set: \"" + name + "\" is part of synapses on the chip: it emits nothing");
  }
  if (variable == "spikes") {
    if (every > 1) throw rvd::Failure(RVD_INVALID_ARGUMENT, "probe_set: spikes are recorded in every step or not at all");
    devices::EventRecord& record = populations_[population].record;
    return every == 1 ? record.start(clock_) : record.stop(clock_);
  }
  if (variable == "v" || variable == "i" || variable == "u") return logs_.set(population, variable, every, clock_);
  throw rvd::Failure(RVD_NOT_FOUND, "probe_set: of \"" + name + "\" the chip has v, u (or i) and spikes, not \"" +
                                        std::string(variable) + "\"");
}

void Session::probe_read(std::string_view variable, rvd_block& block) {
  if (variable == "spikes") throw rvd::Failure(RVD_INVALID_ARGUMENT, "probe_read: spikes are events, see `read`");
  record_of(block.population);
  logs_.read(variable, block);
}

void Session::reset() {
  clock_ = first_step_;
  logs_.clear(clock_);
  late_ = 0;
  largest_input_ = 1;
  for (Population& population : populations_) {
    population.record.clear(clock_);
    if (population.input != nullptr) population.input->clear();
    std::fill(population.spikes.begin(), population.spikes.end(), 0);
    std::fill(population.hashes.begin(), population.hashes.end(), 0);
  }
  work_.clear();
  start_states();
}

void Session::counters(const rvd::Facts& facts) {
  std::vector<std::uint64_t> spikes(lanes_), hashes(lanes_);
  for (std::uint32_t index = 0; index < populations_.size(); ++index) {
    const Population& population = populations_[index];
    const std::string& name = executable_.network().populations[index].name;
    if (executable_.network().populations[index].kind == Kind::neuron) {
      facts.number("wraps." + name, population.tally.wraps);
      facts.number("clipped." + name, population.tally.clips);
    }
    if (population.spikes.empty()) continue;
    std::uint64_t all = 0;
    for (std::uint32_t lane = 0; lane < lanes_; ++lane) {
      spikes[lane] += population.spikes[lane];
      hashes[lane] += population.hashes[lane];
      all += population.spikes[lane];
    }
    facts.number("spikes." + name, all);
  }
  for (std::uint32_t lane = 0; lane < lanes_; ++lane) {
    facts.number("spikes", spikes[lane], lane);
    facts.number("hash", hashes[lane], lane);
  }
  facts.number("steps", clock_ - first_step_);
  facts.number("late", late_);
  facts.number("lost", 0);
  work_.tell(facts, clock_ - first_step_);
}

// -------------------------------------------------------------------------------------------------------------- a block

void Session::open(std::uint64_t begin, std::uint32_t steps) {
  for (Population& population : populations_) {
    if (population.record.on()) population.record.open(begin, steps);
  }
  for (rvd::StateLog& log : logs_) log.extend(begin, begin + steps);
}

void Session::close(std::uint64_t begin, std::uint32_t steps) {
  for (std::uint32_t index = 0; index < populations_.size(); ++index) {
    Population& population = populations_[index];
    if (population.record.on()) population.record.close();
    work_.close(index, begin, steps);
    const std::uint64_t end = begin + steps, kept = std::min(end, prepared_.populations()[index].longest_delay);
    if (population.input != nullptr) population.input->forget(end - kept);
    for (List& list : population.lists) list.known = false;
  }
}

void Session::step(std::uint32_t lane, std::uint64_t n, std::uint32_t step_of_block) {
  for (std::uint32_t index = 0; index < populations_.size(); ++index) {
    switch (executable_.network().populations[index].kind) {
      case Kind::none: continue;
      case Kind::input: break;
      case Kind::neuron:
        arrive(index, lane, n);
        update(index, lane, n);
        break;
      case Kind::graded:
        arrive(index, lane, n);
        update_graded(index, lane, n);
        break;
      case Kind::output:
        if (!populations_[index].record.on()) continue;
        add_up(index, lane, n);
    }
    collect(index, lane, n, step_of_block);
  }
}

void Session::arrive(std::uint32_t index, std::uint32_t lane, std::uint64_t n) {
  for (const Arrival& arrival : prepared_.populations()[index].arrivals) {
    if (n - first_step_ < arrival.delay) continue;
    Events events = events_of(arrival.source, lane, n - arrival.delay);
    if (events.count == 0) continue;
    if (arrival.counted) events.values = nullptr;
    const Population& self = populations_[index];
    arrival.delivery->deliver(events, self.sums[arrival.sum].terms, 0, executable_.network().populations[index].count);
  }
}

void Session::update(std::uint32_t index, std::uint32_t lane, std::uint64_t n) {
  const loihi::Population& network = executable_.network().populations[index];
  const Neurons& neurons = prepared_.populations()[index];
  Population& self = populations_[index];
  const std::size_t from = lane * neurons.padded, size = self.narrow ? sizeof(std::int32_t) : sizeof(std::int64_t);
  fixed::Arrays arrays{};
  arrays.count = network.count;
  arrays.sums = {self.sums.data(), self.sums.size()};
  arrays.u = self.u.data() + from * size;
  arrays.v = self.v.data() + from * size;
  arrays.wait = neurons.waits ? reinterpret_cast<std::int32_t*>(self.wait.data()) + from : nullptr;
  arrays.mask = mask_of(self, lane, n);
  if (network.reset_interval > 0) {
    const std::uint64_t interval = static_cast<std::uint64_t>(network.reset_interval);
    if ((n - first_step_ + 1) % interval == static_cast<std::uint64_t>(network.reset_offset) % interval) {
      std::memset(arrays.u, 0, network.count * size);
      std::memset(arrays.v, 0, network.count * size);
    }
  }
  if (self.noise.size() != 0) {
    auto* noise = reinterpret_cast<std::int32_t*>(self.noise.data());
    fixed::fill_noise(random_key(seed_, RandomObject::population, index), n, first_lane_ + lane, network.noise.exponent,
                      network.noise.offset, network.count, noise);
    (network.noise.on == loihi::Population::Noise::On::u ? arrays.noise_u : arrays.noise_v) = noise;
  }
  self.step(self.parameters, arrays, self.tally);
  self.lists[n & 1].known = false;
  if (!network.fires) show(index, lane, n);
  if (!logs_.empty()) log_states(index, lane, n);
}

void Session::update_graded(std::uint32_t index, std::uint32_t lane, std::uint64_t n) {
  Population& self = populations_[index];
  fixed::graded_step(prepared_.populations()[index].threshold.column(), {self.sums.data(), self.sums.size()},
                     executable_.network().populations[index].count, reinterpret_cast<std::int32_t*>(values_of(index, lane, n)),
                     mask_of(self, lane, n));
  self.lists[n & 1].known = false;
}

/// What does not fire emits v, in the plan's units.
void Session::show(std::uint32_t index, std::uint32_t lane, std::uint64_t n) {
  const loihi::Population& network = executable_.network().populations[index];
  const Neurons& neurons = prepared_.populations()[index];
  Population& self = populations_[index];
  std::byte* values = values_of(index, lane, n);
  const std::size_t from = lane * neurons.padded;
  fill(neurons.type, values, network.count, [&](std::size_t i) {
    return static_cast<double>(state(self.v, self.narrow, from + i)) / at(network.v_scale, i) + at(network.v_shift, i);
  });
  mark(neurons.type, values, network.count, mask_of(self, lane, n));
}

/// An output: what its wires bring. Integers wrap.
void Session::add_up(std::uint32_t output, std::uint32_t lane, std::uint64_t n) {
  const std::uint64_t count = executable_.network().populations[output].count;
  const std::uint32_t type = prepared_.populations()[output].type;
  Population& self = populations_[output];
  std::fill_n(sums_.begin(), count, 0.0);
  std::fill_n(whole_sums_.begin(), count, std::int64_t{0});
  for (const std::uint32_t k : self.wires) {
    const Wire& wire = executable_.network().wires[k];
    if (n - first_step_ < wire.delay) continue;
    const Events events = events_of(wire.source, lane, n - wire.delay);
    const std::uint32_t source = prepared_.populations()[wire.source].type;
    const std::size_t size = rvd::size_of(source);
    for (std::size_t e = 0; e < events.count; ++e) {
      std::uint64_t bits = rvd::bits_of_one(source);
      if (events.values != nullptr) {
        bits = 0;
        std::memcpy(&bits, static_cast<const std::byte*>(events.values) + e * size, size);
      }
      const double value = rvd::as_double(source, bits);
      sums_[events.ids[e]] += value;
      whole_sums_[events.ids[e]] += static_cast<std::int64_t>(value);
    }
  }
  std::byte* values = values_of(output, lane, n);
  if (type == RVD_I32 || type == RVD_I64) {
    fill(type, values, count, [&](std::size_t i) { return whole_sums_[i]; });
  } else {
    fill(type, values, count, [&](std::size_t i) { return sums_[i]; });
  }
  mark(type, values, count, mask_of(self, lane, n));
  self.lists[n & 1].known = false;
}

void Session::collect(std::uint32_t index, std::uint32_t lane, std::uint64_t n, std::uint32_t step_of_block) {
  Population& self = populations_[index];
  const bool counted = work_.counts(index), recorded = self.record.on(), spiking = !self.spikes.empty();
  if (!counted && !recorded && !spiking) return;
  Events events = events_of(index, lane, n);
  if (events.count == 0) return;
  const std::uint32_t type = prepared_.populations()[index].type;
  if (spiking) {
    self.spikes[lane] += events.count;
    self.hashes[lane] += kernels_.hash(type, index, n, events);
  }
  if (counted) work_.add(0, index, step_of_block, type, events);
  if (!recorded) return;
  const std::uint32_t planned = record_of(index).value_type;
  if (planned != type && events.values != nullptr) {
    written_.resize(2 * events.count);
    auto* shown = reinterpret_cast<std::byte*>(written_.data());
    const auto* from = static_cast<const std::int32_t*>(events.values);
    fill(planned, shown, events.count, [&](std::size_t k) { return from[k]; });
    events.values = shown;
  }
  self.record.add(lane, step_of_block, events);
}

void Session::log_states(std::uint32_t index, std::uint32_t lane, std::uint64_t n) {
  const loihi::Population& network = executable_.network().populations[index];
  const Population& self = populations_[index];
  const rvd_population& record = record_of(index);
  const std::size_t from = lane * prepared_.populations()[index].padded;
  for (rvd::StateLog& log : logs_) {
    if (log.population() != index) continue;
    std::byte* row = log.row(n);
    if (row == nullptr) continue;
    const std::uint32_t type = executable_.plan().states(record)[log.state()].type;
    const bool potential = log.variable() == "v";
    const simd::Buffer& states = potential ? self.v : self.u;
    std::byte* to = row + lane * network.count * rvd::size_of(type);
    if (executable_.options().chip_states || type == RVD_I32 || type == RVD_I64) {
      fill(type, to, network.count, [&](std::size_t i) { return state(states, self.narrow, from + i); });
      continue;
    }
    const std::vector<double>& scale = potential ? network.v_scale : network.u_scale;
    const std::vector<double>& shift = potential ? network.v_shift : network.u_shift;
    fill(type, to, network.count, [&](std::size_t i) {
      return static_cast<double>(state(states, self.narrow, from + i)) / at(scale, i) + at(shift, i);
    });
  }
}

std::int64_t Session::state(const simd::Buffer& buffer, bool narrow, std::size_t at) const {
  return narrow ? reinterpret_cast<const std::int32_t*>(buffer.data())[at]
                : reinterpret_cast<const std::int64_t*>(buffer.data())[at];
}

// -------------------------------------------------------------------------------------------------------------- events

std::uint64_t* Session::mask_of(Population& population, std::uint32_t lane, std::uint64_t n) const {
  auto* masks = reinterpret_cast<std::uint64_t*>(population.masks.data());
  return masks + (lane * population.ring + (n & (population.ring - 1))) * population.words;
}

std::byte* Session::values_of(std::uint32_t index, std::uint32_t lane, std::uint64_t n) {
  Population& self = populations_[index];
  const Neurons& neurons = prepared_.populations()[index];
  return self.values.data() + (lane * self.ring + (n & (self.ring - 1))) * neurons.padded * rvd::size_of(neurons.type);
}

Events Session::events_of(std::uint32_t index, std::uint32_t lane, std::uint64_t n) {
  Population& self = populations_[index];
  if (self.input != nullptr) return self.input->of(n, lane);
  List& list = self.lists[n & 1];
  if (list.known && list.step == n && list.lane == lane) return list.events;
  auto* ids = reinterpret_cast<std::uint32_t*>(list.ids.data());
  const std::size_t count = kernels_.extract(mask_of(self, lane, n), self.words, 0, ids);
  const bool graded = self.values.size() != 0;
  if (graded) {
    kernels_.gather(prepared_.populations()[index].type, values_of(index, lane, n), ids, count, list.values.data());
  }
  list.step = n;
  list.lane = lane;
  list.known = true;
  list.events = {ids, graded ? list.values.data() : nullptr, count};
  return list.events;
}

}  // namespace ranvier::loihi
