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

/// stride, padding, dilation, groups: where a convolution's kernel lies.
std::vector<ParameterSpec> window_parameters();

}  // namespace ranvier::models
