/// An executable as a Python script: the same network of lava-nc's processes, with its integers inside.
#pragma once

#include <string>

#include <ranvier/driver.hpp>

#include "devices/loihi/network.h"

namespace ranvier::loihi {

/// @param report  gets what Lava has no place for.
/// @throws rvd::Failure RVD_UNSUPPORTED then.
std::string lava_script(rvd::PlanView plan, const Network& network, rvd::Report& report);

}  // namespace ranvier::loihi
