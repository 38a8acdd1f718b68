#pragma once

#include "core/models/record.h"

namespace ranvier::models {

Record threshold();

}  // namespace ranvier::models
