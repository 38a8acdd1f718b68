#pragma once

#include "core/models/record.h"

namespace ranvier::models {

Record cubalif();

}  // namespace ranvier::models
