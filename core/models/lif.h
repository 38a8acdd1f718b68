#pragma once

#include "core/models/record.h"

namespace ranvier::models {

Record lif();

}  // namespace ranvier::models
