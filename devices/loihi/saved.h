/// Executables as bytes: README.md names every array. What the driver saves is a container in the frame of <ranvier/driver/
/// executable.hpp>, whose checksum and maker are looked at first; what it exports as "safetensors" is the container alone.
#pragma once

#include <string>

#include <ranvier/driver.hpp>

#include "devices/loihi/network.h"
#include "devices/loihi/options.h"

namespace ranvier::loihi {

/// "input->lif1", with "#2" behind where another group has these ends: what the arrays of a group begin with.
std::vector<std::string> group_names(const Network& network);

std::string container_of(rvd::PlanView plan, const Network& network, const Options& options);

struct Contents {
  rvd::PlanCopy plan;
  Network network;
  Options options;  ///< of what a session needs
};

/// @param container  any bytes.
/// @throws rvd::Failure RVD_INCOMPATIBLE for whatever an executable of this driver cannot hold.
Contents contents_of(std::string_view container, const rvd::Host& host);

}  // namespace ranvier::loihi
