#include "tests/run/plans.h"

#include "core/plan/description.h"

namespace ranvier::run {
namespace {

plan::Population input(const std::string& name, Shape shape, DType type) {
  plan::Population population;
  population.name = name;
  population.model = "input@1";
  population.flags = RVD_POPULATION_INPUT;
  population.shape = std::move(shape);
  population.value_type = type;
  return population;
}

rvd_op op(std::uint16_t code, std::uint16_t dst) {
  rvd_op record{};
  record.code = code;
  record.type = RVD_F32;
  record.dst = dst;
  return record;
}

// Emits what it receives.
plan::Population relay(const std::string& name, std::uint32_t flags, Shape shape) {
  plan::Population population;
  population.name = name;
  population.model = "relay@1";
  population.flags = flags;
  population.shape = std::move(shape);
  population.receptors = {{"x", DType::f32}};
  population.ops = {op(RVD_OP_RECEPTOR, 0), op(RVD_OP_EMIT, 0)};
  population.registers = 1;
  return population;
}

}  // namespace

Plan two_inputs() {
  plan::Description description;
  description.name = "two inputs";
  description.dt = 1e-4;
  description.seed = 42;
  plan::Population cells = relay("net.cells", RVD_POPULATION_SPIKING, {4});
  cells.states = {{"v", DType::f32, {}}, {"w", DType::i64, {}}};
  cells.variables = {{"v", 0}, {"w", 1}};
  description.populations = {input("in", {2, 3}, DType::f32), input("ticks", {3}, DType::i32), cells,
                             relay("out", RVD_POPULATION_OUTPUT | RVD_POPULATION_STATELESS, {2, 2})};
  plan::Projection projection;
  projection.source = 2;
  projection.target = 3;
  description.projections = {projection};
  return plan::write(description);
}

Plan one_input() {
  plan::Description description;
  description.dt = 1e-3;
  description.populations = {input("in", {4}, DType::f32), relay("out", RVD_POPULATION_OUTPUT | RVD_POPULATION_STATELESS, {4})};
  plan::Projection projection;
  projection.target = 1;
  description.projections = {projection};
  return plan::write(description);
}

std::string driver(const std::string& name) { return std::string(RANVIER_TEST_DRIVERS) + "/" + name + ".so"; }

Session fake(const Plan& plan, const std::string& fault, std::size_t lanes) {
  SessionOptions options;
  options.lanes = lanes;
  options.settings["fault"] = fault;
  return open(plan, driver("fake"), options);
}

}  // namespace ranvier::run
