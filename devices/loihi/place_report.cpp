#include "devices/loihi/place_report.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>

namespace ranvier::loihi {
namespace {

constexpr std::size_t kMostLines = 32;  // cores in use; of more there is a histogram
constexpr std::size_t kTenths = 10;

std::string text(std::uint64_t n) { return std::to_string(n); }
double figure(std::uint64_t n) { return static_cast<double>(n); }

/// The resource of which a core has the least left, and how much of it is used: 0 to 1.
struct Fullest {
  const Resource* resource = nullptr;
  double share = 0;
};

Fullest fullest(const CoreUse& use, const Limits& limits) {
  Fullest found;
  for (const Resource& r : kResources) {
    if (r.kind != Resource::Kind::sum) continue;
    const double share = figure(r.used(use)) / figure(limits.*r.limit);
    if (found.resource == nullptr || share > found.share) found = {&r, share};
  }
  return found;
}

std::string bar(double share) {
  const auto filled = static_cast<std::size_t>(std::ceil(share * kTenths));
  return "[" + std::string(filled, '#') + std::string(kTenths - filled, '.') + "]";
}

std::string core_name(std::uint64_t core, const Limits& limits, std::uint32_t chips) {
  const std::string name = "core " + text(core % limits.cores);
  return chips == 1 ? name : "chip " + text(core / limits.cores) + " " + name;
}

// "lif1, lif2 0 to 511"
std::string neurons_on(const Network& network, std::uint64_t core, const Limits& limits) {
  std::string list;
  for (const Placed& placed : network.placement) {
    if (placed.chip * limits.cores + placed.core != core) continue;
    const Population& population = network.populations[placed.population];
    list += (list.empty() ? "" : ", ") + population.name;
    if (placed.count == population.count) continue;
    list += " " + text(placed.first) + " to " + text(placed.first + placed.count - 1);
  }
  return list;
}

void add_core(const Network& network, const Limits& limits, std::uint32_t chips, std::uint64_t core, const CoreUse& use,
              rvd::Report& report) {
  const Fullest most = fullest(use, limits);
  std::vector<std::string> names;
  names.reserve(2 * kResources.size());  // figures borrow them
  rvd::Figures figures{{"used", figure(most.resource->used(use))}, {"limit", figure(limits.*most.resource->limit)}};
  for (const Resource& r : kResources) {
    figures.push_back({r.figure, figure(r.used(use))});
    figures.push_back({names.emplace_back(std::string(r.figure) + "_limit"), figure(limits.*r.limit)});
  }
  report.exact(core_name(core, limits, chips), "use",
               bar(most.share) + " " + text(static_cast<std::uint64_t>(std::lround(100 * most.share))) + " % of " +
                   std::string(most.resource->name) + ": " + neurons_on(network, core, limits),
               {}, {}, figures);
}

void add_histogram(const Limits& limits, const std::vector<CoreUse>& uses, rvd::Report& report) {
  std::array<std::uint64_t, kTenths> cores{};
  for (const CoreUse& use : uses) {
    const double share = fullest(use, limits).share;
    ++cores[static_cast<std::size_t>(std::clamp(std::ceil(share * kTenths) - 1, 0.0, kTenths - 1.0))];
  }
  for (std::size_t k = 0; k < kTenths; ++k) {
    if (cores[k] == 0) continue;
    const std::string range = text(10 * k) + " to " + text(10 * k + 10) + " %";
    report.exact("cores", range + " full", bar(figure(cores[k]) / figure(uses.size())) + " " + text(cores[k]), {}, "cores",
                 {{"cores", figure(cores[k])}, {"from", figure(k) / kTenths}, {"to", figure(k + 1) / kTenths}});
  }
}

/// No placement takes fewer cores than its scarcest resource does.
struct LowerBound {
  std::uint64_t cores = 0;
  std::string_view resource;
};

LowerBound lower_bound_of(const Network& network, const Limits& limits) {
  const CoreUse least = least_of(network);
  LowerBound bound;
  for (const Resource& r : kResources) {
    const std::uint64_t limit = limits.*r.limit, cores = (r.used(least) + limit - 1) / limit;
    if (cores > bound.cores) bound = {cores, r.name};
  }
  return bound;
}

std::string remedy_for(std::uint64_t used, const Limits& limits) {
  const std::uint64_t chips = (used + limits.cores - 1) / limits.cores;
  const std::string smaller = "smaller layers, or weights of fewer bits (num_weight_bits).";
  if (chips > kMostChips) return "No system has " + text(chips) + " chips. Use " + smaller;
  return "Use chips=" + text(chips) + ", " + smaller;
}

// Whether there are enough.
bool add_cores(const Network& network, const Limits& limits, std::uint32_t chips, std::uint64_t used, rvd::Report& report) {
  const std::uint64_t limit = limits.cores * chips;
  const LowerBound bound = lower_bound_of(network, limits);
  const std::string unit = chips == 1 ? "cores of a chip" : "cores of " + text(chips) + " chips";
  const double free = used > limit ? 0 : figure(limit - used);
  const rvd::Figures figures{
      {"used", figure(used)}, {"limit", figure(limit)}, {"free", free}, {"lower_bound", figure(bound.cores)}};
  if (used <= limit) {
    const std::string least =
        bound.cores == 0 ? "" : " (at least " + text(bound.cores) + ", by " + std::string(bound.resource) + ")";
    report.exact("", "cores", text(used) + least, text(limit), unit, figures);
    return true;
  }
  const auto over = std::ranges::find_if(
      network.placement, [&](const Placed& placed) { return placed.chip * limits.cores + placed.core >= limit; });
  report.unsupported(network.populations[over->population].name, "cores", text(used), text(limit), unit,
                     "From neuron " + text(over->first) + " on it would lie on core " + text(limit) + " and further. " +
                         remedy_for(used, limits),
                     figures);
  return false;
}

void add_resource(const Resource& r, const std::vector<CoreUse>& uses, const Limits& limits, std::uint32_t chips,
                  rvd::Report& report) {
  std::uint64_t total = 0, largest = 0;
  for (const CoreUse& use : uses) {
    total += r.used(use);
    largest = std::max(largest, r.used(use));
  }
  const bool sum = r.kind == Resource::Kind::sum;
  const std::uint64_t core_limit = limits.*r.limit, used = sum ? total : largest;
  const std::uint64_t limit = sum ? core_limit * limits.cores * chips : core_limit;
  report.exact("", r.name, text(used), text(limit), sum ? r.unit : "on the fullest core",
               {{"used", figure(used)},
                {"limit", figure(limit)},
                {"free", figure(limit - used)},
                {"largest_core", figure(largest)},
                {"core_limit", figure(core_limit)}});
}

}  // namespace

void report_misfits(const Network& network, const Limits& limits, const Needs& needs, const std::vector<Misfit>& misfits,
                    rvd::Report& report) {
  for (const Misfit& misfit : misfits) {
    const CoreUse use = needs.of(misfit.population, misfit.neuron, 1);
    const std::string neuron = "Neuron " + text(misfit.neuron) + " alone does not fit on core " + text(misfit.core) + ". ";
    for (const Resource& r : kResources) {
      const std::uint64_t used = r.used(use), limit = limits.*r.limit;
      if (used <= limit) continue;
      report.unsupported(
          network.populations[misfit.population].name, r.name, text(used), text(limit),
          std::string(r.unit) + (r.unit.empty() ? "a core" : " a core"), neuron + std::string(r.remedy),
          {{"used", figure(used)}, {"limit", figure(limit)}, {"neuron", figure(misfit.neuron)}, {"core", figure(misfit.core)}});
    }
  }
}

void report_use(const Network& network, const Limits& limits, std::uint32_t chips, rvd::Report& report) {
  const std::vector<CoreUse> uses = uses_of(network, limits);
  if (!add_cores(network, limits, chips, uses.size(), report)) return;
  for (const Resource& r : kResources) {
    if (r.kind != Resource::Kind::common) add_resource(r, uses, limits, chips, report);
  }
  if (!limits.assumed.empty()) {
    report.exact("", "limits", limits.chip, "no published figure for " + std::string(limits.assumed));
  }
  if (uses.size() > kMostLines) return add_histogram(limits, uses, report);
  for (std::size_t core = 0; core < uses.size(); ++core) add_core(network, limits, chips, core, uses[core], report);
}

}  // namespace ranvier::loihi
