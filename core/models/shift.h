#pragma once

#include "core/models/record.h"

namespace ranvier::models {

/// `update` = shift of lif@1: 24-bit state, 12-bit decay.
Program build_shift(const Setting& s);

}  // namespace ranvier::models
