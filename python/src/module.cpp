#include "python/src/bindings.h"

PYBIND11_MODULE(_ranvier, module) {
  using namespace ranvier::python;
  module.doc() = "Ranvier's C++ library, bound one to one; `import ranvier` is the door for people.";
  bind_error(module);
  bind_log(module);
  bind_quantity(module);
  bind_report(module);
  bind_plan(module);
  bind_session(module);
  bind_devices(module);
  bind_executable(module);
  bind_network(module);
  bind_nir_data(module);
  bind_compare(module);
  bind_run_folder(module);
}
