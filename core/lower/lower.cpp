#include "core/lower/lower.h"

#include "core/lower/lowering.h"

namespace ranvier::lower {

plan::Description lower(const net::Graph& graph) {
  Lowering l{graph, {}, {}, {}, {}, {}};
  l.out.name = graph.name;
  l.out.dt = graph.dt;
  l.out.seed = graph.seed;
  for (const auto& [topic, sentence] : graph.assumptions) l.out.notes.push_back({topic, sentence});

  pass_order(l);
  l.problems.raise();  // without an order there are no populations to speak of
  pass_populations(l);
  pass_projections(l);
  l.problems.raise();
  pass_priors(l);
  l.problems.raise();
  pass_memory(l);
  return std::move(l.out);
}

}  // namespace ranvier::lower
