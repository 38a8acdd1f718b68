/// What placing has to say.
#pragma once

#include <cstdint>
#include <vector>

#include <ranvier/driver.hpp>

#include "devices/loihi/core_use.h"
#include "devices/loihi/limits.h"
#include "devices/loihi/network.h"

namespace ranvier::loihi {

/// A neuron that does not even fit on a core of its own, and the number of the core that was tried.
struct Misfit {
  std::uint32_t population = 0;
  std::uint64_t neuron = 0;
  std::uint64_t core = 0;
};

void report_misfits(const Network& network, const Limits& limits, const Needs& needs, const std::vector<Misfit>& misfits,
                    rvd::Report& report);

/// Refuses a placement that takes more cores than there are.
void report_use(const Network& network, const Limits& limits, std::uint32_t chips, rvd::Report& report);

}  // namespace ranvier::loihi
