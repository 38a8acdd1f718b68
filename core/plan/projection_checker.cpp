// What projection records say.
#include <tuple>

#include "core/plan/check.h"
#include "core/plan/checker.h"

namespace ranvier::plan {
namespace {

const rvd_population& population_of(const Checker& checker, std::uint32_t index) {
  return checker.record<rvd_population>({RVD_SECTION_POPULATION, index});
}

void check_indices(const Checker& checker, Place at, const rvd_projection& projection) {
  const std::uint64_t populations = checker.count(RVD_SECTION_POPULATION);
  const std::string below = "below " + std::to_string(populations) + ", the number of populations";
  if (projection.source >= populations) checker.fail(at, "source", projection.source, below);
  if (projection.target >= populations) checker.fail(at, "target", projection.target, below);
  const rvd_population& target = population_of(checker, projection.target);
  if ((target.flags & RVD_POPULATION_INPUT) != 0) {
    checker.fail(at, "target", projection.target, "a population that is not an input");
  }
  if (projection.receptor >= target.receptors.count) {
    checker.fail(at, "receptor", projection.receptor,
                 "below " + std::to_string(target.receptors.count) + ", the number of the target's receptors");
  }
}

void check_order(const Checker& checker, Place at, const rvd_projection& projection) {
  if (at.record == 0) return;
  const auto key = [](const rvd_projection& p) { return std::tuple(p.source, p.target, p.receptor); };
  const auto text = [](const rvd_projection& p) {
    return std::to_string(p.source) + ", " + std::to_string(p.target) + ", " + std::to_string(p.receptor);
  };
  const auto& before = checker.record<rvd_projection>({at.section, at.record - 1});
  if (key(projection) < key(before)) {
    checker.fail(at, "(source, target, receptor)", text(projection), "at least that of the projection before, " + text(before));
  }
}

void check_delay(const Checker& checker, Place at, const rvd_projection& projection) {
  if (projection.delay > kMaxDelay) checker.fail(at, "delay", projection.delay, "0 to " + std::to_string(kMaxDelay));
  if (projection.delay == 0 && projection.source >= projection.target) {
    checker.fail(at, "delay", projection.delay, "at least 1, for the target is not updated after the source");
  }
  if ((projection.flags & ~RVD_PROJECTION_FEEDBACK) != 0) checker.fail(at, "flags", projection.flags, "0 or 1");
}

void check_kind(const Checker& checker, Place at, const rvd_projection& projection) {
  const std::uint64_t sources = population_of(checker, projection.source).count;
  const std::uint64_t targets = population_of(checker, projection.target).count;
  const std::uint64_t weights = projection.weights.count;
  if (projection.kind == RVD_PROJECTION_DENSE) {
    // Both are below 2^31, so that their product does not wrap.
    if (weights != sources * targets) {
      checker.fail(at, "weights.count", weights, std::to_string(sources * targets) + ", sources times targets");
    }
    return;
  }
  if (projection.kind != RVD_PROJECTION_ONE_TO_ONE) checker.fail(at, "kind", projection.kind, "1 or 2");
  if (sources != targets) {
    checker.fail(at, "the number of targets", targets, std::to_string(sources) + ", one a source, for the kind is one-to-one");
  }
  if (weights > 1 && weights != sources) {
    checker.fail(at, "weights.count", weights, "0, 1 or " + std::to_string(sources) + ", one a neuron");
  }
}

void check_types(const Checker& checker, Place at, const rvd_projection& projection) {
  const std::uint32_t emitted = population_of(checker, projection.source).value_type;
  const std::uint64_t receptor = std::uint64_t{population_of(checker, projection.target).receptors.first} + projection.receptor;
  const std::uint32_t summed = checker.record<rvd_receptor>({RVD_SECTION_RECEPTOR, receptor}).type;
  if (emitted != summed) {
    checker.fail(at, "the receptor's type", type_text(summed), type_text(emitted) + ", the value_type of the source");
  }
  if (projection.weights.count != 0 && projection.weights.type != summed) {
    checker.fail(at, "weights.type", type_text(projection.weights.type), type_text(summed) + ", the receptor's");
  }
}

void check_prior(Checker& checker, Place at, const rvd_projection& projection) {
  const rvd_array& prior = projection.prior;
  if (prior.count == 0) return;
  const rvd_population& source = population_of(checker, projection.source);
  if (prior.count != source.count) {
    checker.fail(at, "prior.count", prior.count, "0 or " + std::to_string(source.count) + ", one a source");
  }
  if (prior.type != source.value_type) {
    checker.fail(at, "prior.type", type_text(prior.type), type_text(source.value_type) + ", the value_type of the source");
  }
  if (projection.delay == 0) checker.fail(at, "prior.count", prior.count, "0, for the delay is 0");
  checker.finite(at, "prior", prior);
}

}  // namespace

void check_projections(Checker& checker) {
  for (std::uint64_t i = 0; i < checker.count(RVD_SECTION_PROJECTION); ++i) {
    const Place at{RVD_SECTION_PROJECTION, i};
    const auto& projection = checker.record<rvd_projection>(at);
    checker.require_zero(at, "zero", projection.zero);
    checker.array(at, "weights", projection.weights);
    checker.array(at, "prior", projection.prior);
    check_indices(checker, at, projection);
    check_order(checker, at, projection);
    check_delay(checker, at, projection);
    check_kind(checker, at, projection);
    check_types(checker, at, projection);
    checker.finite(at, "weights", projection.weights);
    check_prior(checker, at, projection);
  }
}

}  // namespace ranvier::plan
