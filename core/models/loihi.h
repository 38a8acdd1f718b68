/// Loihi's own models, in the chip's integers. kernels/fixed/loihi.h is the definition of a step; these are the same as programs,
/// so that what is in integers already runs bit for bit the same on every device.
#pragma once

#include "core/models/record.h"

namespace ranvier::models {

Record loihi_lif();
Record loihi_graded();
Record loihi_dense();
Record loihi_conv();
Record binarize();

}  // namespace ranvier::models
