#include "devices/loihi/place.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "devices/loihi/core_use.h"
#include "devices/loihi/place_report.h"

namespace ranvier::loihi {
namespace {

struct Packing {
  std::vector<Placed> placement;
  std::vector<Misfit> misfits;
  std::uint64_t cores = 0;
};

/// Cores are numbered through all chips, which are filled one after the other.
class Packer {
 public:
  Packer(const Network& network, const Limits& limits, const Needs& needs, bool keep_whole)
      : network_(network), limits_(limits), needs_(needs), keep_whole_(keep_whole) {}

  Packing run() {
    for (std::uint32_t p = 0; p < network_.populations.size(); ++p) {
      if (on_chip(network_.populations[p])) add(p);
    }
    packing_.cores = core_ + (empty() ? 0 : 1);
    return std::move(packing_);
  }

 private:
  bool empty() const { return use_.compartments == 0; }

  void next_core() {
    ++core_;
    use_ = {};
  }

  void add(std::uint32_t population) {
    const std::uint64_t count = network_.populations[population].count;
    std::uint64_t first = 0;
    guess_ = limits_.compartments;
    while (first < count) {
      const std::uint64_t room = fitting(population, first);
      if (room == 0 && empty()) return packing_.misfits.push_back({population, first, core_});
      const bool would_be_cut = keep_whole_ && first == 0 && room < count && !empty();
      if (room != 0 && !would_be_cut) {
        take(population, first, room);
        first += room;
      }
      if (first < count) next_core();
    }
  }

  void take(std::uint32_t population, std::uint64_t first, std::uint64_t count) {
    use_ += needs_.of(population, first, count);
    packing_.placement.push_back({population, first, count, static_cast<std::uint32_t>(core_ / limits_.cores),
                                  static_cast<std::uint32_t>(core_ % limits_.cores)});
  }

  /// How many neurons from `first` on this core has room for: doubling from what fitted before, then halving the interval.
  std::uint64_t fitting(std::uint32_t population, std::uint64_t first) {
    const std::uint64_t left = std::min(network_.populations[population].count - first, limits_.compartments);
    const auto has_room = [&](std::uint64_t count) {
      CoreUse use = needs_.of(population, first, count);
      return fits(use += use_, limits_);
    };
    std::uint64_t good = 0, bad = left + 1;
    for (std::uint64_t count = std::clamp<std::uint64_t>(guess_, 1, left); good < left; count = std::min(2 * count, left)) {
      if (!has_room(count)) {
        bad = count;
        break;
      }
      good = count;
    }
    while (bad - good > 1) {
      const std::uint64_t middle = good + (bad - good) / 2;
      (has_room(middle) ? good : bad) = middle;
    }
    if (good != 0) guess_ = good;
    return good;
  }

  const Network& network_;
  const Limits& limits_;
  const Needs& needs_;
  bool keep_whole_;
  Packing packing_;
  CoreUse use_;  // of the core that is being filled
  std::uint64_t core_ = 0;
  std::uint64_t guess_ = 0;
};

/// Raises what was assumed to what is; whether anything rose.
bool raise(OutAxons& assumed, const OutAxons& real) {
  bool rose = false;
  for (std::size_t p = 0; p < assumed.size(); ++p) {
    for (std::size_t i = 0; i < assumed[p].size(); ++i) {
      rose = rose || real[p][i] > assumed[p][i];
      assumed[p][i] = std::max(assumed[p][i], real[p][i]);
    }
  }
  return rose;
}

/// Ends: what is assumed only rises, and a neuron that no core takes with it is a misfit.
Packing packed(const Network& network, const Limits& limits, Needs& needs, bool keep_whole) {
  OutAxons assumed = out_axons_of(network, {});
  for (;;) {
    needs.set_out_axons(assumed);
    Packing packing = Packer(network, limits, needs, keep_whole).run();
    if (!packing.misfits.empty() || !raise(assumed, out_axons_of(network, packing.placement))) return packing;
  }
}

}  // namespace

void place(Network& network, const Limits& limits, std::uint32_t chips, rvd::Report& report) {
  Needs needs(network);
  Packing packing = packed(network, limits, needs, true);
  if (packing.misfits.empty() && packing.cores > limits.cores * chips) packing = packed(network, limits, needs, false);
  network.placement = std::move(packing.placement);
  if (!packing.misfits.empty()) return report_misfits(network, limits, needs, packing.misfits, report);
  report_use(network, limits, chips, report);
}

}  // namespace ranvier::loihi
