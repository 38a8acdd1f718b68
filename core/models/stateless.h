#pragma once

#include "core/models/record.h"

namespace ranvier::models {

Record input();
Record output();
Record linear();
Record affine();

}  // namespace ranvier::models
