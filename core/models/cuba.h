#pragma once

#include "core/models/record.h"

namespace ranvier::models {

Record cubali();
Record cubalif();

}  // namespace ranvier::models
