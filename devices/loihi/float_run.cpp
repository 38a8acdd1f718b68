#include "devices/loihi/float_run.h"

#include <algorithm>
#include <cstring>

#include "kernels/math/float_mode.h"

namespace ranvier::loihi {
namespace {

using Events = FloatRun::Events;

/// The element of an array, or its only one.
std::size_t place(const rvd_array& array, std::size_t i) { return array.count == 1 ? 0 : i; }

/// An array as one element for each neuron, in its own type.
std::vector<std::byte> spread(rvd::PlanView plan, const rvd_array& array, std::size_t count) {
  const std::size_t size = rvd::size_of(array.type);
  std::vector<std::byte> result(count * size);
  for (std::size_t i = 0; i < count; ++i) {
    std::memcpy(result.data() + i * size, plan.data<std::byte>(array) + place(array, i) * size, size);
  }
  return result;
}

std::uint64_t word(const std::byte* bytes, std::uint32_t type) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, bytes, rvd::size_of(type));
  return bits;
}

Events events_of(const std::byte* values, std::uint32_t type, std::size_t count) {
  Events events;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t bits = word(values + i * rvd::size_of(type), type);
    if (!rvd::is_zero(type, bits)) events.push_back({0, static_cast<std::uint32_t>(i), bits});
  }
  return events;
}

template <class T>
void add_terms(rvd::PlanView plan, const rvd_projection& p, const Events& events, std::byte* sums) {
  T* out = reinterpret_cast<T*>(sums);
  const T* weights = p.weights.count == 0 ? nullptr : plan.data<T>(p.weights);
  for (const rvd::Event& event : events) {
    const T value = rvd::from_bits<T>(event.bits);
    plan.each_synapse(p, event.id, [&](std::uint64_t target, std::uint64_t weight) {
      out[target] += weights == nullptr ? value : static_cast<T>(weights[weight] * value);
    });
  }
}

}  // namespace

FloatRun::FloatRun(rvd::PlanView plan, bool silent) : plan_(plan), silent_(silent) {
  for (const rvd_population& record : plan_.populations()) {
    populations_.push_back({&record, {}, {}, {}, {}, {}, {}, {}});
    populations_.back().receptors.resize(record.receptors.count);
  }
  for (const rvd_projection& p : plan_.projections()) {
    Events prior = p.prior.count == 0 ? Events{} : events_of(plan_.data<std::byte>(p.prior), p.prior.type, p.prior.count);
    populations_[p.target].receptors[p.receptor].push_back({&p, std::move(prior)});
    depth_ = std::max<std::uint64_t>(depth_, p.delay + std::uint64_t{1});
  }
  // Among the terms that arrive in one step the longest delay was emitted first.
  const auto earlier = [](const Incoming& a, const Incoming& b) { return a.record->delay > b.record->delay; };
  for (Population& population : populations_) {
    for (auto& terms : population.receptors) std::stable_sort(terms.begin(), terms.end(), earlier);
    prepare(population);
  }
  restart();
}

// Constants and coefficients never change: their registers are filled once.
void FloatRun::prepare(Population& population) const {
  const rvd_population& record = *population.record;
  const auto count = static_cast<std::size_t>(record.count);
  for (const rvd_receptor& receptor : plan_.receptors(record))
    population.sums.emplace_back(count * rvd::size_of(receptor.type));
  population.registers.resize(record.registers);
  for (const rvd_op& op : plan_.ops(record)) {
    const program::BlockKernels& loops = program::block_kernels(simd::Isa::scalar);
    const bool keeps = op.code == RVD_OP_STORE;
    population.operations.push_back({&op, keeps ? loops.store(op.type) : loops.op(op.code, op.type, op.from)});
    if (keeps || op.code == RVD_OP_EMIT) continue;
    Bytes& result = population.registers[op.dst];
    const bool compares = op.code >= RVD_OP_EQ && op.code <= RVD_OP_GE;
    result.resize(count * rvd::size_of(compares ? RVD_I32 : op.type));
    const std::size_t size = rvd::size_of(op.type);
    if (op.code == RVD_OP_COEFF) result = spread(plan_, plan_.coefficients(record)[op.a].values, count);
    for (std::size_t i = 0; op.code == RVD_OP_CONST && i < count; ++i) std::memcpy(result.data() + i * size, &op.imm, size);
  }
}

void FloatRun::restart() {
  next_ = 0;
  for (Population& population : populations_) {
    const auto count = static_cast<std::size_t>(population.record->count);
    population.states.clear();
    for (const rvd_state& state : plan_.states(*population.record)) {
      population.states.push_back(state.initial.count == 0 ? Bytes(count * rvd::size_of(state.type))
                                                           : spread(plan_, state.initial, count));
    }
    population.stored = population.states;
    population.history.assign(depth_, {});
  }
}

void FloatRun::step(const std::vector<Events>& input) {
  const FloatMode ieee;
  for (std::size_t index = 0; index < populations_.size(); ++index) {
    Population& population = populations_[index];
    population.history[next_ % depth_].clear();
    if ((population.record->flags & RVD_POPULATION_INPUT) != 0) {
      if (!silent_ && !input.empty()) population.history[next_ % depth_] = input[index];
      continue;
    }
    gather(population);
    run(population);
  }
  ++next_;
}

const Events& FloatRun::arriving(const Incoming& incoming) const {
  const std::uint64_t delay = incoming.record->delay;
  if (next_ < delay) return incoming.prior;
  return populations_[incoming.record->source].history[(next_ - delay) % depth_];
}

void FloatRun::gather(Population& population) const {
  const auto receptors = plan_.receptors(*population.record);
  for (std::size_t r = 0; r < population.receptors.size(); ++r) {
    Bytes& sums = population.sums[r];
    std::fill(sums.begin(), sums.end(), std::byte{0});
    for (const Incoming& incoming : population.receptors[r]) {
      const Events& events = arriving(incoming);
      switch (receptors[r].type) {
        case RVD_F32: add_terms<float>(plan_, *incoming.record, events, sums.data()); break;
        case RVD_F64: add_terms<double>(plan_, *incoming.record, events, sums.data()); break;
        case RVD_I32: add_terms<std::uint32_t>(plan_, *incoming.record, events, sums.data()); break;  // unsigned: integers wrap
        default: add_terms<std::uint64_t>(plan_, *incoming.record, events, sums.data());
      }
    }
  }
}

void FloatRun::run(Population& population) const {
  const auto count = static_cast<std::size_t>(population.record->count);
  const auto reg = [&](std::uint16_t index) -> std::byte* {
    return index < population.registers.size() ? population.registers[index].data() : nullptr;
  };
  const bool stateless = (population.record->flags & RVD_POPULATION_STATELESS) != 0;
  for (const auto& [op, loop] : population.operations) {
    switch (op->code) {
      case RVD_OP_CONST:
      case RVD_OP_COEFF: break;
      case RVD_OP_STATE: population.registers[op->dst] = population.states[op->a]; break;
      case RVD_OP_RECEPTOR: population.registers[op->dst] = population.sums[op->a]; break;
      case RVD_OP_STORE: loop(population.stored[op->imm].data(), reg(op->a), nullptr, nullptr, 0, count); break;
      case RVD_OP_EMIT:
        if (silent_ && !stateless) break;
        population.history[next_ % depth_] = events_of(reg(op->a), population.record->value_type, count);
        break;
      default: loop(reg(op->dst), reg(op->a), reg(op->b), reg(op->c), op->imm, count);
    }
  }
  population.states = population.stored;
}

const Events& FloatRun::emitted(std::uint32_t population) const {
  return populations_[population].history[(next_ - 1) % depth_];
}

double FloatRun::arrived(std::uint32_t population, std::uint64_t neuron) const {
  const std::uint32_t type = plan_.receptors(*populations_[population].record)[0].type;
  return rvd::as_double(type, word(populations_[population].sums[0].data() + neuron * rvd::size_of(type), type));
}

double FloatRun::state(std::uint32_t population, std::uint32_t index, std::uint64_t neuron) const {
  const std::uint32_t type = plan_.states(*populations_[population].record)[index].type;
  return rvd::as_double(type, word(populations_[population].states[index].data() + neuron * rvd::size_of(type), type));
}

}  // namespace ranvier::loihi
