#pragma once

#include "core/models/record.h"

namespace ranvier::models {

Record li();
Record lif();

}  // namespace ranvier::models
