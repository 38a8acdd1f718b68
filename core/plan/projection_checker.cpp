// What projection records say.
#include <algorithm>
#include <initializer_list>
#include <limits>
#include <map>
#include <tuple>
#include <utility>

#include <ranvier/plan_view.hpp>

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

constexpr std::uint64_t kLargest = std::numeric_limits<std::uint64_t>::max();

/// The product, or the largest number where that is larger: no count in a file.
std::uint64_t product(std::initializer_list<std::uint64_t> factors) {
  std::uint64_t result = 1;
  for (const std::uint64_t factor : factors) result = result > kLargest / factor ? kLargest : result * factor;
  return result;
}

void check_dense(const Checker& checker, Place at, const rvd_projection& projection, std::uint64_t sources,
                 std::uint64_t targets) {
  if (projection.weights.count == sources * targets) return;  // both are below 2^31: the product does not wrap
  checker.fail(at, "weights.count", projection.weights.count, std::to_string(sources * targets) + ", sources times targets");
}

void check_one_to_one(const Checker& checker, Place at, const rvd_projection& projection, std::uint64_t sources,
                      std::uint64_t targets) {
  if (sources != targets) {
    checker.fail(at, "the number of targets", targets, std::to_string(sources) + ", one a source, for the kind is one-to-one");
  }
  if (projection.weights.count > 1 && projection.weights.count != sources) {
    checker.fail(at, "weights.count", projection.weights.count, "0, 1 or " + std::to_string(sources) + ", one a neuron");
  }
}

void check_axis(const Checker& checker, Place at, const rvd_window& window, unsigned axis) {
  const std::string index = "[" + std::to_string(axis) + "]";
  const std::pair<const char*, std::uint32_t> fields[] = {{"in", window.in[axis]},
                                                          {"out", window.out[axis]},
                                                          {"kernel", window.kernel[axis]},
                                                          {"stride", window.stride[axis]},
                                                          {"dilation", window.dilation[axis]}};
  for (const auto& [field, value] : fields) {
    if (value == 0) checker.fail(at, std::string("window.") + field + index, value, "at least 1");
  }
  const std::uint64_t last = (window.out[axis] - std::uint64_t{1}) * window.stride[axis];
  const std::uint64_t padded = window.in[axis] + 2 * std::uint64_t{window.padding[axis]};
  if (last >= padded) {
    checker.fail(at, "where the last window of axis " + std::to_string(axis) + " begins", last,
                 "below " + std::to_string(padded) + ", the input's extent with its padding");
  }
}

void check_channels(const Checker& checker, Place at, const rvd_window& window, bool pool) {
  if (window.channels_in == 0) checker.fail(at, "window.channels_in", 0, "at least 1");
  if (window.channels_out == 0) checker.fail(at, "window.channels_out", 0, "at least 1");
  if (window.groups == 0 || window.channels_in % window.groups != 0 || window.channels_out % window.groups != 0) {
    checker.fail(at, "window.groups", window.groups,
                 "a divisor of " + std::to_string(window.channels_in) + " and " + std::to_string(window.channels_out) +
                     ", the channels");
  }
  if (pool && (window.channels_in != window.groups || window.channels_out != window.groups)) {
    checker.fail(at, "window.groups", window.groups,
                 std::to_string(window.channels_in) + ", the number of channels on both sides, for the kind is pool");
  }
}

void check_window(const Checker& checker, Place at, const rvd_projection& projection, std::uint64_t sources,
                  std::uint64_t targets) {
  const rvd_window& window = projection.window;
  const bool pool = projection.kind == RVD_PROJECTION_POOL;
  checker.require_zero(at, "window.zero", window.zero);
  check_channels(checker, at, window, pool);
  for (unsigned axis = 0; axis < 2; ++axis) check_axis(checker, at, window, axis);
  const std::uint64_t from = product({window.channels_in, window.in[0], window.in[1]});
  const std::uint64_t to = product({window.channels_out, window.out[0], window.out[1]});
  if (from != sources) checker.fail(at, "window.channels_in times window.in", from, std::to_string(sources) + ", the sources");
  if (to != targets) checker.fail(at, "window.channels_out times window.out", to, std::to_string(targets) + ", the targets");
  const std::uint64_t weights =
      pool ? 0 : product({window.channels_out, window.channels_in / window.groups, window.kernel[0], window.kernel[1]});
  if (projection.weights.count != weights) {
    checker.fail(at, "weights.count", projection.weights.count,
                 std::to_string(weights) + (pool ? ", for the kind is pool" : ", the kernels of all channels"));
  }
}

/// What the elements of integer arrays are, each distinct array looked at once. Arrays of two records are the same or lie apart,
/// so that the time stays linear in the plan's length however many records name them.
class Synapses {
 public:
  explicit Synapses(const Checker& checker) : checker_(checker), left_(checker.bytes(RVD_SECTION_BLOB)) {}

  struct Found {
    std::int64_t low, high;
    std::uint64_t falls;  ///< first index whose element is below the one before; the count where there is none
  };
  template <class T>
  const Found& of(Place at, std::string_view field, const rvd_array& array) {
    const auto [entry, is_new] = known_.try_emplace({array.offset, array.count, array.type}, Found{0, 0, array.count});
    if (!is_new) return entry->second;
    const std::uint64_t bytes = array.count * sizeof(T);
    if (bytes > left_) checker_.fail(at, field, "an array that overlaps those of other projections", "equal to them, or apart");
    left_ -= bytes;
    const T* values = checker_.data<T>(array);
    Found& found = entry->second;
    for (std::uint64_t i = 0; i < array.count; ++i) {
      found.low = std::min<std::int64_t>(found.low, values[i]);
      found.high = std::max<std::int64_t>(found.high, values[i]);
      if (i != 0 && values[i] < values[i - 1]) found.falls = std::min(found.falls, i);
    }
    return found;
  }

 private:
  const Checker& checker_;
  std::uint64_t left_;  ///< bytes that may still be looked at
  std::map<std::tuple<std::uint64_t, std::uint64_t, std::uint32_t>, Found> known_;
};

void check_rows(const Checker& checker, Synapses& synapses, Place at, const rvd_projection& projection, std::uint64_t sources) {
  const rvd_array& rows = projection.rows;
  if (rows.count != sources + 1) {
    checker.fail(at, "rows.count", rows.count, std::to_string(sources + 1) + ", one more than sources");
  }
  if (rows.type != RVD_I64) checker.fail(at, "rows.type", type_text(rows.type), "i64");
  const std::uint64_t falls = synapses.of<std::int64_t>(at, "rows", rows).falls;
  const auto* values = checker.data<std::int64_t>(rows);
  if (values[0] != 0) checker.fail(at, "rows[0]", std::to_string(values[0]), "0");
  if (falls != rows.count) {
    checker.fail(at, "rows[" + std::to_string(falls) + "]", std::to_string(values[falls]),
                 "at least " + std::to_string(values[falls - 1]) + ", the one before");
  }
  if (static_cast<std::uint64_t>(values[sources]) != projection.targets.count) {
    checker.fail(at, "rows[" + std::to_string(sources) + "]", std::to_string(values[sources]),
                 std::to_string(projection.targets.count) + ", the number of targets of all rows");
  }
}

void check_targets(const Checker& checker, Synapses& synapses, Place at, const rvd_array& array, std::uint64_t targets) {
  if (array.count == 0) return;
  if (array.type != RVD_I32) checker.fail(at, "targets.type", type_text(array.type), "i32");
  const Synapses::Found& found = synapses.of<std::int32_t>(at, "targets", array);
  const auto last = static_cast<std::int64_t>(targets) - 1;
  if (found.low >= 0 && found.high <= last) return;
  checker.fail(at, "a target", std::to_string(found.low < 0 ? found.low : found.high),
               "0 to " + std::to_string(last) + ", a neuron of the target");
}

void check_sparse(const Checker& checker, Synapses& synapses, Place at, const rvd_projection& projection, std::uint64_t sources,
                  std::uint64_t targets) {
  check_rows(checker, synapses, at, projection, sources);
  check_targets(checker, synapses, at, projection.targets, targets);
  if (projection.weights.count > 1 && projection.weights.count != projection.targets.count) {
    checker.fail(at, "weights.count", projection.weights.count,
                 "0, 1 or " + std::to_string(projection.targets.count) + ", one a synapse");
  }
}

/// What this kind of projection does not use is zero.
void check_unused(const Checker& checker, Place at, const rvd_projection& projection) {
  if (!rvd::has_window(projection.kind)) {
    const auto* words = reinterpret_cast<const std::uint32_t*>(&projection.window);
    for (std::size_t i = 0; i < sizeof(rvd_window) / sizeof *words; ++i) checker.require_zero(at, "window", words[i]);
  }
  if (projection.kind == RVD_PROJECTION_SPARSE) return;
  checker.require_zero(at, "rows.count", projection.rows.count);
  checker.require_zero(at, "targets.count", projection.targets.count);
}

void check_kind(Checker& checker, Synapses& synapses, Place at, const rvd_projection& projection) {
  const std::uint64_t sources = population_of(checker, projection.source).count;
  const std::uint64_t targets = population_of(checker, projection.target).count;
  if (projection.kind == 0 || projection.kind > RVD_PROJECTION_SPARSE) {
    checker.fail(at, "kind", projection.kind, "1 to " + std::to_string(RVD_PROJECTION_SPARSE));
  }
  const bool simple = projection.kind <= RVD_PROJECTION_ONE_TO_ONE;
  if (projection.size < sizeof projection) {  // as version 0.1 has it
    if (!simple) checker.fail(at, "size", projection.size, "at least " + std::to_string(sizeof projection) + " for this kind");
  } else {
    checker.array(at, "rows", projection.rows);
    checker.array(at, "targets", projection.targets);
    check_unused(checker, at, projection);
  }
  switch (projection.kind) {
    case RVD_PROJECTION_DENSE: return check_dense(checker, at, projection, sources, targets);
    case RVD_PROJECTION_ONE_TO_ONE: return check_one_to_one(checker, at, projection, sources, targets);
    case RVD_PROJECTION_SPARSE: return check_sparse(checker, synapses, at, projection, sources, targets);
    default: return check_window(checker, at, projection, sources, targets);
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
  Synapses synapses(checker);
  for (std::uint64_t i = 0; i < checker.count(RVD_SECTION_PROJECTION); ++i) {
    const Place at{RVD_SECTION_PROJECTION, i};
    const auto& projection = checker.record<rvd_projection>(at);
    checker.require_zero(at, "zero", projection.zero);
    checker.array(at, "weights", projection.weights);
    checker.array(at, "prior", projection.prior);
    check_indices(checker, at, projection);
    check_order(checker, at, projection);
    check_delay(checker, at, projection);
    check_kind(checker, synapses, at, projection);
    check_types(checker, at, projection);
    checker.finite(at, "weights", projection.weights);
    check_prior(checker, at, projection);
  }
}

}  // namespace ranvier::plan
