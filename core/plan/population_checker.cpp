// What population records say, and the records that belong to them.
#include <array>

#include <ranvier/error.h>

#include "core/plan/check.h"
#include "core/plan/checker.h"

namespace ranvier::plan {
namespace {

constexpr std::uint32_t kFlags =
    RVD_POPULATION_INPUT | RVD_POPULATION_OUTPUT | RVD_POPULATION_SPIKING | RVD_POPULATION_STATELESS;

struct Part {
  std::string_view name;
  std::uint32_t section;
  rvd_range rvd_population::*range;
};

constexpr std::array<Part, 7> kParts{{
    {"options", RVD_SECTION_OPTION, &rvd_population::options},
    {"parameters", RVD_SECTION_PARAMETER, &rvd_population::parameters},
    {"coefficients", RVD_SECTION_COEFFICIENT, &rvd_population::coefficients},
    {"states", RVD_SECTION_STATE, &rvd_population::states},
    {"variables", RVD_SECTION_VARIABLE, &rvd_population::variables},
    {"receptors", RVD_SECTION_RECEPTOR, &rvd_population::receptors},
    {"ops", RVD_SECTION_OP, &rvd_population::ops},
}};

class PopulationChecker {
 public:
  explicit PopulationChecker(Checker& checker) : checker_(checker), programs_(checker) {}
  void check_all();

 private:
  void check_identity(Place at, const rvd_population& population);
  void check_shape(Place at, const rvd_population& population) const;
  void check_flags(Place at, const rvd_population& population) const;
  void check_ranges(Place at, const rvd_population& population);
  void check_all_used() const;
  void check_options(rvd_range range);
  void check_parameters(rvd_range range);
  void check_coefficients(rvd_range range, std::uint64_t neurons);
  void check_states(rvd_range range, std::uint64_t neurons);
  void check_variables(rvd_range range, std::uint32_t states);
  void check_receptors(rvd_range range);
  void check_per_neuron(Place at, std::string_view field, std::uint64_t count, std::uint64_t neurons) const;

  /// Calls check(place, record) for each and demands that the names which it returns are unique.
  template <class Record, class Check>
  void each(std::uint32_t section, rvd_range range, std::string_view field, Check check) {
    names_.clear();
    for (std::uint64_t i = 0; i < range.count; ++i) {
      const Place at{section, range.first + i};
      names_.add(check(at, checker_.record<Record>(at)), at);
    }
    names_.require_unique(checker_, field);
  }

  Checker& checker_;
  ProgramChecker programs_;
  Names names_;
  Names population_names_;
  std::array<std::uint64_t, RVD_SECTION_BLOB + 1> used_{};  ///< records given to the populations so far, by section
};

void PopulationChecker::check_all() {
  for (std::uint64_t i = 0; i < checker_.count(RVD_SECTION_POPULATION); ++i) {
    const Place at{RVD_SECTION_POPULATION, i};
    const auto& population = checker_.record<rvd_population>(at);
    check_identity(at, population);
    check_shape(at, population);
    check_ranges(at, population);
    check_flags(at, population);
    check_options(population.options);
    check_parameters(population.parameters);
    check_coefficients(population.coefficients, population.count);
    check_states(population.states, population.count);
    check_variables(population.variables, population.states.count);
    check_receptors(population.receptors);
    programs_.check(at);
  }
  check_all_used();
  population_names_.require_unique(checker_, "name");
}

void PopulationChecker::check_identity(Place at, const rvd_population& population) {
  checker_.require_zero(at, "zero", population.zero);
  population_names_.add(checker_.name(at, "name", population.name), at);
  checker_.name(at, "model", population.model);
  if (!is_program_type(population.value_type)) {
    checker_.fail(at, "value_type", type_text(population.value_type), kProgramTypes);
  }
}

void PopulationChecker::check_shape(Place at, const rvd_population& population) const {
  if (population.count < 1 || population.count > kMaxNeurons) {
    checker_.fail(at, "count", population.count, "1 to " + std::to_string(kMaxNeurons));
  }
  if (population.rank > RVD_MAX_RANK) checker_.fail(at, "rank", population.rank, "0 to " + std::to_string(RVD_MAX_RANK));
  std::uint64_t product = 1;
  for (std::uint32_t axis = 0; axis < RVD_MAX_RANK; ++axis) {
    const std::uint64_t extent = population.shape[axis];
    const std::string field = "shape[" + std::to_string(axis) + "]";
    if (axis >= population.rank) {
      checker_.require_zero(at, field, extent);
      continue;
    }
    // Both factors are below 2^31, so that their product does not wrap.
    if (extent < 1 || extent > kMaxNeurons) checker_.fail(at, field, extent, "1 to " + std::to_string(kMaxNeurons));
    product *= extent;
    if (product > population.count) break;
  }
  if (product != population.count) checker_.fail(at, "count", population.count, "the product of shape");
}

// Populations own their records in order and without gaps, so that none is walked twice.
void PopulationChecker::check_ranges(Place at, const rvd_population& population) {
  for (const Part& part : kParts) {
    const rvd_range range = population.*part.range;
    std::uint64_t& used = used_[part.section];
    const std::string field(part.name);
    if (range.first != used) {
      checker_.fail(at, field + ".first", range.first, std::to_string(used) + ", where the populations before end");
    }
    const std::uint64_t left = checker_.count(part.section) - used;
    if (range.count > left) checker_.fail(at, field + ".count", range.count, "0 to " + std::to_string(left));
    used += range.count;
  }
}

void PopulationChecker::check_all_used() const {
  for (const Part& part : kParts) {
    const std::uint64_t used = used_[part.section];
    if (used == checker_.count(part.section)) continue;
    checker_.fail({part.section, used}, "its owner", "missing", "a population");
  }
}

void PopulationChecker::check_flags(Place at, const rvd_population& population) const {
  const std::uint32_t flags = population.flags;
  if ((flags & ~kFlags) != 0) checker_.fail(at, "flags", flags, "0 to " + std::to_string(kFlags));
  const bool stateless = (flags & RVD_POPULATION_STATELESS) != 0;
  if (stateless && population.states.count != 0) {
    checker_.fail(at, "states.count", population.states.count, "0, for the population is stateless");
  }
  if ((flags & RVD_POPULATION_INPUT) == 0) return;
  if (stateless || (flags & RVD_POPULATION_SPIKING) != 0) {
    checker_.fail(at, "flags", flags, "without spiking and stateless, for the population is an input");
  }
  for (const Part& part : kParts) {
    const std::uint32_t count = (population.*part.range).count;
    if (part.section == RVD_SECTION_OPTION || part.section == RVD_SECTION_PARAMETER || count == 0) continue;
    checker_.fail(at, std::string(part.name) + ".count", count, "0, for the population is an input");
  }
}

void PopulationChecker::check_per_neuron(Place at, std::string_view field, std::uint64_t count, std::uint64_t neurons) const {
  if (count != 1 && count != neurons) checker_.fail(at, field, count, "1 or " + std::to_string(neurons) + ", one a neuron");
}

void PopulationChecker::check_options(rvd_range range) {
  each<rvd_option>(RVD_SECTION_OPTION, range, "key", [&](Place at, const rvd_option& option) {
    checker_.require_zero(at, "zero", option.zero);
    checker_.text(at, "value", option.value);
    return checker_.name(at, "key", option.key);
  });
}

void PopulationChecker::check_parameters(rvd_range range) {
  each<rvd_value>(RVD_SECTION_PARAMETER, range, "name", [&](Place at, const rvd_value& value) {
    checker_.require_zero(at, "zero", value.zero);
    checker_.text(at, "unit", value.unit);
    checker_.array(at, "values", value.values);
    return checker_.name(at, "name", value.name);
  });
}

void PopulationChecker::check_coefficients(rvd_range range, std::uint64_t neurons) {
  each<rvd_value>(RVD_SECTION_COEFFICIENT, range, "name", [&](Place at, const rvd_value& value) {
    checker_.require_zero(at, "zero", value.zero);
    checker_.text(at, "unit", value.unit);
    checker_.array(at, "values", value.values);
    check_per_neuron(at, "values.count", value.values.count, neurons);
    if (!is_program_type(value.values.type)) checker_.fail(at, "values.type", type_text(value.values.type), kProgramTypes);
    checker_.no_nan(at, "values", value.values);
    return checker_.name(at, "name", value.name);
  });
}

void PopulationChecker::check_states(rvd_range range, std::uint64_t neurons) {
  each<rvd_state>(RVD_SECTION_STATE, range, "name", [&](Place at, const rvd_state& state) {
    if (!is_program_type(state.type)) checker_.fail(at, "type", type_text(state.type), kProgramTypes);
    checker_.array(at, "initial", state.initial);
    if (state.initial.count != 0) {
      check_per_neuron(at, "initial.count", state.initial.count, neurons);
      if (state.initial.type != state.type) {
        checker_.fail(at, "initial.type", type_text(state.initial.type), type_text(state.type) + ", the state's");
      }
      checker_.no_nan(at, "initial", state.initial);
    }
    return checker_.name(at, "name", state.name);
  });
}

void PopulationChecker::check_variables(rvd_range range, std::uint32_t states) {
  each<rvd_variable>(RVD_SECTION_VARIABLE, range, "name", [&](Place at, const rvd_variable& variable) {
    if (variable.state >= states) {
      checker_.fail(at, "state", variable.state, "below " + std::to_string(states) + ", the number of its population's states");
    }
    return checker_.name(at, "name", variable.name);
  });
}

void PopulationChecker::check_receptors(rvd_range range) {
  each<rvd_receptor>(RVD_SECTION_RECEPTOR, range, "name", [&](Place at, const rvd_receptor& receptor) {
    if (!is_program_type(receptor.type)) checker_.fail(at, "type", type_text(receptor.type), kProgramTypes);
    return checker_.name(at, "name", receptor.name);
  });
}

}  // namespace

void check_populations(Checker& checker) {
  if (checker.count(RVD_SECTION_POPULATION) == 0) {
    throw Error(Code::bad_file, "The plan has no population; it must have at least one.");
  }
  PopulationChecker(checker).check_all();
}

}  // namespace ranvier::plan
