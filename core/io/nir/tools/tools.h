/// The conventions, one file each. docs/conventions/<name>.md says what each does, and where that is written in the tool.
#pragma once

#include "core/io/nir/reading.h"

namespace ranvier::io {

extern const Convention kExact, kEuler, kNorse, kSnntorch, kSpyx2023, kNengo, kSinabs, kRockpool, kSpikingjelly, kLava,
    kLavaFixed, kLavaDl, kSpinnaker2;

/// A LIF or LI of any float convention with another decay or input_gain than its own: v = (a v + b x) + c.
/// @param r      whether the gain has the factor r: used, ignored.
/// @param drive  what c is made of: leak, v_leak, none (models/leak.cpp).
void linear_form(const Reading& reading, net::Node& node, const std::string& r, const std::string& drive);

}  // namespace ranvier::io
