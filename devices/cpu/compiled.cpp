#include "devices/cpu/compiled.h"

#include <algorithm>
#include <cstring>

#include <ranvier/driver.hpp>

namespace ranvier::cpu {
namespace {

using neuron::kPad;

std::uint64_t padded(std::uint64_t count) { return (count + kPad - 1) / kPad * kPad; }

/// The elements of an array in the type computed in; widened into `room` if that is another.
const void* widened(rvd::PlanView plan, const rvd_array& array, std::uint32_t used, Buffer& room) {
  if (array.count == 0 || array.type == used) return plan.data<std::byte>(array);
  room = Buffer(array.count * sizeof(double));
  std::copy_n(plan.data<float>(array), array.count, reinterpret_cast<double*>(room.data()));
  return room.data();
}

/// The map that a window's targets are: channels last.
Layout targets_of(const rvd_window& window) { return {window.channels_out, std::uint64_t{window.out[0]} * window.out[1]}; }
Layout sources_of(const rvd_window& window) { return {window.channels_in, std::uint64_t{window.in[0]} * window.in[1]}; }

bool is_wire(const rvd_projection& projection) {
  return projection.kind == RVD_PROJECTION_ONE_TO_ONE && projection.weights.count == 0 && projection.delay == 0 &&
         projection.prior.count == 0;
}

}  // namespace

Compiled::Compiled(rvd::PlanView plan, const Options& options)
    : plan_(plan), options_(options), kernels_(synapse::event_kernels(options.isa)), fan_outs_(plan) {
  for (const rvd_population& record : plan_.populations()) add_population(record);
  longest_delay_.resize(populations_.size());
  for (const rvd_projection& projection : plan_.projections()) {
    std::uint32_t& longest = longest_delay_[projection.source];
    longest = std::max(longest, projection.delay);
  }
  choose_layouts();
  for (std::uint32_t index = 0; index < populations_.size(); ++index) {
    if (!populations_[index].relays) continue;
    std::uint32_t& longest = longest_delay_[*populations_[index].relays];
    longest = std::max(longest, longest_delay_[index]);
  }
  for (std::uint32_t index = 0; index < populations_.size(); ++index) prepare_program(index);
  axons_.reserve(plan_.projections().size());
  for (const rvd_projection& projection : plan_.projections()) add_axon(projection);
}

void Compiled::add_population(const rvd_population& record) {
  Neurons neurons{};
  neurons.record = &record;
  neurons.type = used(record.value_type);
  neurons.count = record.count;
  neurons.padded = padded(record.count);
  neurons.input = (record.flags & RVD_POPULATION_INPUT) != 0;
  neurons.spiking = (record.flags & RVD_POPULATION_SPIKING) != 0;
  for (const rvd_state& state : plan_.states(record)) neurons.state_types.push_back(used(state.type));
  neurons.receptors = record.receptors.count;
  populations_.push_back(std::move(neurons));
}

// ------------------------------------------------------------------------------------------------------------ layouts

/// The projections that reach and leave a population, if there is one only; and which one of a receptor brings its last term.
struct Compiled::Wires {
  explicit Wires(rvd::PlanView plan) : in(plan.populations().size()), out(in.size()), last(in.size()) {
    std::vector<std::uint32_t> ins(in.size()), outs(in.size());
    for (const rvd_projection& projection : plan.projections()) {
      in[projection.target] = ++ins[projection.target] == 1 ? &projection : nullptr;
      out[projection.source] = ++outs[projection.source] == 1 ? &projection : nullptr;
      last[projection.target].resize(plan.populations()[projection.target].receptors.count);
      if (projection.delay == 0) last[projection.target][projection.receptor] = &projection;
    }
  }
  std::vector<const rvd_projection*> in, out;
  std::vector<std::vector<const rvd_projection*>> last;  // [population][receptor]
};

// Populations come in the order in which events of one step pass through them, so one pass tells each its layout.
void Compiled::choose_layouts() {
  const Wires wires(plan_);
  std::vector<bool> told(populations_.size());
  for (const rvd_projection& projection : plan_.projections()) {
    if (!rvd::has_window(projection.kind) || told[projection.target]) continue;
    populations_[projection.target].layout = targets_of(projection.window);
    told[projection.target] = true;
  }
  std::vector<const rvd_projection*> handed(populations_.size());
  for (std::uint32_t index = 0; index < populations_.size(); ++index) {
    if (const rvd_projection* wire = relayed(index, wires)) {
      const Neurons& source = populations_[wire->source];
      populations_[index].layout = source.layout;
      populations_[index].relays = source.relays ? *source.relays : wire->source;
      continue;
    }
    handed[index] = handed_on(index, wires);
    if (handed[index] == nullptr) continue;
    Neurons &front = populations_[index], &main = populations_[handed[index]->target];
    if (!told[handed[index]->target]) main.layout = front.layout;
    if (!told[index]) front.layout = main.layout;
    told[handed[index]->target] = true;
  }
  // From the last on: of a chain of linear nodes the one nearest to the neurons is joined to them.
  for (std::size_t index = populations_.size(); index-- > 0;) {
    if (handed[index] != nullptr) join(static_cast<std::uint32_t>(index), *handed[index]);
  }
  for (Neurons& neurons : populations_) {
    neurons.positions = neurons.layout.positions();
    neurons.numbers = neurons.layout.numbers();
  }
}

/// The wire into a population whose program says "the sum of what arrives" and where nothing else does: +0 + x is x.
const rvd_projection* Compiled::relayed(std::uint32_t population, const Wires& wires) const {
  const Neurons& neurons = populations_[population];
  if (neurons.input || neurons.spiking || !neurons.state_types.empty() || neurons.receptors != 1) return nullptr;
  const auto ops = plan_.ops(*neurons.record);
  if (ops.size() != 2 || ops[0].code != RVD_OP_RECEPTOR || ops[1].code != RVD_OP_EMIT || ops[1].a != ops[0].dst) return nullptr;
  const rvd_projection* wire = wires.in[population];
  return wire != nullptr && is_wire(*wire) && populations_[wire->source].type == neurons.type ? wire : nullptr;
}

/// The wire that leaves a linear node, if all that the node does is to hand on its value as the last term of a sum.
const rvd_projection* Compiled::handed_on(std::uint32_t population, const Wires& wires) const {
  const Neurons& neurons = populations_[population];
  if (neurons.input || neurons.spiking || !neurons.state_types.empty() || neurons.receptors != 1) return nullptr;
  for (const rvd_op& op : plan_.ops(*neurons.record)) {
    if (op.code == RVD_OP_RANDOM) return nullptr;  // its draws are its own
  }
  const rvd_projection* wire = wires.out[population];
  const bool good = wire != nullptr && is_wire(*wire) && wires.last[wire->target][wire->receptor] == wire;
  return good && relayed(wire->target, wires) == nullptr ? wire : nullptr;
}

void Compiled::join(std::uint32_t front, const rvd_projection& projection) {
  Neurons& main = populations_[projection.target];
  const bool fits = !main.relays && !main.front && !main.front_of && main.layout == populations_[front].layout &&
                    used(plan_.receptors(*main.record)[projection.receptor].type) == populations_[front].type;
  if (!fits) return;
  main.front = front;
  populations_[front].front_of = projection.target;
  populations_[front].front_receptor = projection.receptor;
}

// ----------------------------------------------------------------------------------------------------------- programs

void Compiled::prepare_program(std::uint32_t population) {
  Neurons& neurons = populations_[population];
  if (neurons.input || neurons.relays) return;
  for (const rvd_value& value : plan_.coefficients(*neurons.record)) {
    const std::uint32_t type = used(value.values.type);
    const std::size_t size = rvd::size_of(type);
    Buffer room;
    const auto* from = static_cast<const std::byte*>(widened(plan_, value.values, type, room));
    bool each = false;
    for (std::uint64_t k = 1; k < value.values.count; ++k) each = each || std::memcmp(from, from + k * size, size) != 0;
    Buffer values((each ? neurons.padded : kPad) * size);
    for (std::uint64_t at = 0; at < (each ? neurons.count : kPad); ++at) {
      const std::uint64_t number = !each ? 0 : neurons.numbers.empty() ? at : neurons.numbers[at];
      std::memcpy(values.data() + at * size, from + number * size, size);
    }
    neurons.coefficients.push_back(std::move(values));
    neurons.each.push_back(each);
  }
  neurons.sweep = neuron::make_sweep(options_.isa, program_of(neurons), options_.fused);
  if (!neurons.front) return;
  const Neurons& front = populations_[*neurons.front];
  neurons.joint =
      neuron::make_sweep(options_.isa, program_of(neurons), program_of(front), front.front_receptor, options_.fused);
}

neuron::Program Compiled::program_of(const Neurons& neurons) const {
  neuron::Program program;
  program.registers = neurons.record->registers;
  for (rvd_op op : plan_.ops(*neurons.record)) {
    if (op.code == RVD_OP_CONST && op.type != used(op.type)) {
      op.imm = rvd::bits_of(static_cast<double>(rvd::from_bits<float>(op.imm)));
    }
    op.type = static_cast<std::uint8_t>(used(op.type));
    op.from = static_cast<std::uint8_t>(used(op.from));
    program.ops.push_back(op);
  }
  for (std::size_t k = 0; k < neurons.coefficients.size(); ++k) {
    program.coefficients.push_back({neurons.coefficients[k].data(), neurons.each[k]});
  }
  return program;
}

// -------------------------------------------------------------------------------------------------------- projections

void Compiled::add_axon(const rvd_projection& projection) {
  Axon& axon = axons_.emplace_back();
  axon.source = projection.source;
  axon.target = projection.target;
  axon.receptor = projection.receptor;
  axon.delay = projection.delay;
  axon.kind = projection.kind;
  axon.by_position = populations_[axon.source].layout.plain();
  const Neurons& target = populations_[axon.target];
  const std::uint32_t type = used(plan_.receptors(*target.record)[axon.receptor].type);
  const void* weights = widened(plan_, projection.weights, type, axon.weights);
  const std::uint32_t* positions = target.positions.empty() ? nullptr : target.positions.data();
  switch (axon.kind) {
    case RVD_PROJECTION_DENSE:
      axon.delivery = synapse::make_dense(options_.isa, {type, populations_[axon.source].count, target.count}, weights,
                                          positions, options_.how);
      break;
    case RVD_PROJECTION_ONE_TO_ONE: add_one_to_one(axon, projection, weights); break;
    case RVD_PROJECTION_SPARSE: add_sparse(axon, projection, weights); break;
    default: add_window(axon, projection, weights);
  }
  add_prior(axon, projection);
}

void Compiled::add_window(Axon& axon, const rvd_projection& projection, const void* weights) {
  const Neurons& source = populations_[axon.source];
  const std::uint32_t type = used(plan_.receptors(*populations_[axon.target].record)[axon.receptor].type);
  const rvd_window& window = projection.window;
  if (!(targets_of(window) == populations_[axon.target].layout)) {
    gather_rows(axon, projection, rvd::size_of(type));
    add_sparse(axon, projection, axon.weights.data());
  } else if (axon.kind == RVD_PROJECTION_POOL) {
    axon.ordered = false;
    axon.delivery = synapse::make_pool(options_.isa, type, window);
  } else {
    const bool channels_last = !source.layout.plain() && sources_of(window) == source.layout;
    axon.by_position = channels_last || source.layout.plain();
    axon.delivery = synapse::make_convolution(options_.isa, type, window, weights, channels_last, options_.how);
    axon.weights = Buffer();
  }
}

// A population that two windows see as different maps lies as the first wants it; the other becomes rows of synapses.
void Compiled::gather_rows(Axon& axon, const rvd_projection& projection, std::size_t size) {
  std::vector<std::uint64_t> from;
  axon.rows.push_back(0);
  for (std::uint64_t source = 0; source < populations_[axon.source].count; ++source) {
    plan_.each_synapse(projection, source, [&](std::uint64_t target, std::uint64_t weight) {
      axon.targets.push_back(static_cast<std::int32_t>(target));
      from.push_back(weight);
    });
    axon.rows.push_back(static_cast<std::int64_t>(from.size()));
  }
  if (projection.weights.count == 0) return;
  const std::byte* weights = axon.weights.size() != 0 ? axon.weights.data() : plan_.data<std::byte>(projection.weights);
  Buffer gathered(from.size() * size);
  for (std::size_t k = 0; k < from.size(); ++k) std::memcpy(gathered.data() + k * size, weights + from[k] * size, size);
  axon.weights = std::move(gathered);
}

void Compiled::add_sparse(Axon& axon, const rvd_projection& projection, const void* weights) {
  const Neurons& target = populations_[axon.target];
  const std::uint32_t type = used(plan_.receptors(*target.record)[axon.receptor].type);
  const bool gathered = !axon.rows.empty();
  const std::int64_t* rows = gathered ? axon.rows.data() : plan_.data<std::int64_t>(projection.rows);
  const std::int32_t* targets = gathered ? axon.targets.data() : plan_.data<std::int32_t>(projection.targets);
  const std::uint64_t count = gathered && projection.weights.count != 0 ? axon.targets.size() : projection.weights.count;
  axon.delivery = synapse::make_sparse(options_.isa, {type, populations_[axon.source].count, target.count}, rows, targets,
                                       weights, count, target.positions.empty() ? nullptr : target.positions.data());
}

void Compiled::add_one_to_one(Axon& axon, const rvd_projection& projection, const void* weights) {
  const Neurons &source = populations_[axon.source], &target = populations_[axon.target];
  const std::uint32_t type = used(plan_.receptors(*target.record)[axon.receptor].type);
  const synapse::Shape shape{type, source.count, target.count};
  const std::uint64_t count = projection.weights.count;
  axon.ordered = false;
  axon.delivery = synapse::make_one_to_one(options_.isa, shape, weights, count,
                                           target.positions.empty() ? nullptr : target.positions.data());
  const bool same_weight = count <= 1 || target.layout.plain();
  if (!(source.layout == target.layout) || !same_weight) return;
  axon.aligned = synapse::make_one_to_one(options_.isa, shape, weights, count, nullptr);
}

void Compiled::add_prior(Axon& axon, const rvd_projection& projection) {
  if (projection.prior.count == 0) return;
  Buffer room;
  const std::uint32_t type = used(projection.prior.type);
  const void* values = widened(plan_, projection.prior, type, room);
  axon.prior_ids.resize(projection.prior.count + 16);
  axon.prior_values = Buffer((projection.prior.count + 16) * rvd::size_of(type));
  axon.prior_ids.resize(
      kernels_.collect(type, values, projection.prior.count, axon.prior_ids.data(), axon.prior_values.data()));
}

bool Compiled::reads(std::uint32_t population, std::uint32_t receptor) const {
  for (const rvd_op& op : plan_.ops(*populations_[population].record)) {
    if (op.code == RVD_OP_RECEPTOR && op.a == receptor) return true;
  }
  return false;
}

std::uint64_t Compiled::bytes() const {
  std::uint64_t total = fan_outs_.bytes();
  for (const Neurons& neurons : populations_) {
    total += (neurons.positions.size() + neurons.numbers.size()) * sizeof(std::uint32_t);
    for (const Buffer& values : neurons.coefficients) total += values.size();
  }
  for (const Axon& axon : axons_) {
    total += axon.delivery->bytes() + axon.weights.size() + axon.prior_values.size();
    if (axon.aligned != nullptr) total += axon.aligned->bytes();
    total += axon.rows.size() * sizeof(std::int64_t) + (axon.targets.size() + axon.prior_ids.capacity()) * sizeof(std::int32_t);
  }
  return total;
}

}  // namespace ranvier::cpu
