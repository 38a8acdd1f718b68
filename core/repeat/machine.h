/// What made a run: library, compiler, system, processor.
#pragma once

#include <string>

namespace ranvier::repeat {

struct Machine {
  std::string ranvier;    ///< version of Ranvier
  std::string compiler;   ///< that built it
  std::string system;     ///< "Linux 6.1.0 x86_64"
  std::string processor;  ///< as the system names it; empty where it does not
};

Machine this_machine();

}  // namespace ranvier::repeat
