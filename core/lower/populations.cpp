// Pass 2: one population a node: its parameters as given, and its model's program with coefficients.
#include "core/lower/lowering.h"
#include "core/models/record.h"

namespace ranvier::lower {
namespace {

std::uint32_t flags_of(const models::Record& record) {
  std::uint32_t flags = 0;
  if (record.name == "input@1") flags |= RVD_POPULATION_INPUT;
  if (record.name == "output@1") flags |= RVD_POPULATION_OUTPUT;
  if (record.spiking) flags |= RVD_POPULATION_SPIKING;
  if (record.build != nullptr && !record.stateful) flags |= RVD_POPULATION_STATELESS;
  return flags;
}

void take_program(plan::Population& population, models::Program program) {
  for (auto& c : program.coefficients) population.coefficients.push_back({std::move(c.name), "", std::move(c.values)});
  for (auto& state : program.states) population.states.push_back({std::move(state.name), state.type, std::move(state.initial)});
  for (auto& [name, state] : program.variables) population.variables.push_back({std::move(name), state});
  for (auto& receptor : program.receptors) population.receptors.push_back({std::move(receptor.name), receptor.type});
  population.ops = std::move(program.ops);
  population.registers = program.registers;
  population.value_type = program.value_type;
}

std::string unit_of(const models::Record& record, const std::string& parameter) {
  for (const models::ParameterSpec& spec : record.parameters) {
    if (spec.name == parameter) return std::string(spec.unit);
  }
  return {};
}

void lower_node(Lowering& l, const net::Node& node) {
  plan::Population population;
  population.name = node.name;
  population.model = node.model;
  population.shape = node.shape;
  const models::Record* record = models::find(node.model);
  if (record == nullptr) {
    l.problems.add(Code::unknown_name, "There is no model '" + node.model + "'.", node.name);
    l.out.populations.push_back(std::move(population));
    return;
  }
  population.flags = flags_of(*record);
  for (const auto& [key, choice] : node.options) population.options.emplace_back(key, choice);
  for (const auto& [name, values] : node.parameters) {
    // A linear node's weights are its projections'; a plan holds them once.
    if (!(record->linear && name == "weight")) population.parameters.push_back({name, unit_of(*record, name), values});
  }
  Problems found;
  const models::Setting setting =
      models::resolve(*record, node.name, l.graph.dt, node.shape, node.parameters, node.options, found);
  if (found.empty() && record->build != nullptr) {
    take_program(population, models::build(*record, setting, node.name, found));
  } else if (found.empty()) {
    population.value_type = models::precision_of(setting);
  }
  l.problems.take(std::move(found));
  l.out.populations.push_back(std::move(population));
}

}  // namespace

void pass_populations(Lowering& l) {
  for (const std::size_t node : l.order.order) lower_node(l, l.graph.nodes[node]);
}

}  // namespace ranvier::lower
