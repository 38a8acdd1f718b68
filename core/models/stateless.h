#pragma once

#include "core/models/record.h"

namespace ranvier::models {

Record affine();
Record avgpool();
Record conv();
Record delay();
Record flatten();
Record identity();
Record input();
Record linear();
Record output();
Record scale();
Record sumpool();

}  // namespace ranvier::models
