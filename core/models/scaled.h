/// Membranes in the scale of their integer weights, with biases as a constant on v, as py-spinnaker2 makes them.
#pragma once

#include "core/models/record.h"

namespace ranvier::models {

/// weight_scale: NIR's weights times this are the projection's; bias: what the layers in front add in every step, in NIR's scale.
std::vector<ParameterSpec> scaled_parameters();
/// What `update` = scaled asks of the other options: v has a scale of its own, v_leak and v_reset have not.
std::vector<Need> scaled_needs();

Program build_scaled_if(const Setting& s);       ///< `update` = scaled of if@1
Program build_scaled_lif(const Setting& s);      ///< of lif@1
Program build_scaled_cubalif(const Setting& s);  ///< of cubalif@1

}  // namespace ranvier::models
