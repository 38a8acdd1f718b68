#pragma once

#include "core/models/record.h"

namespace ranvier::models {

Record integrator();  ///< i@1
Record integrate_and_fire();

}  // namespace ranvier::models
