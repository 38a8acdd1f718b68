#include <ranvier/quantity.h>

#include <string>
#include <string_view>

#include <pybind11/operators.h>

#include "python/src/bindings.h"

namespace ranvier::python {
namespace {

const char* word(Dimension dimension) {
  switch (dimension) {
    case Dimension::time: return "time";
    case Dimension::voltage: return "voltage";
    case Dimension::current: return "current";
    case Dimension::capacitance: return "capacitance";
    case Dimension::resistance: return "resistance";
    case Dimension::conductance: return "conductance";
    case Dimension::frequency: break;
  }
  return "frequency";
}

bool equal(const Quantity& a, const Quantity& b) { return a.unit.dimension == b.unit.dimension && a.si() == b.si(); }

constexpr const char* kQuantityDoc =
    R"(A number with its unit, so that 0.1 ms is never mistaken for 0.1 s. Made by multiplying: 0.1 * rv.ms.

>>> dt = 0.1 * rv.ms
>>> dt, dt.value, dt.unit, dt.si(), dt.value_in(rv.us)
(0.1 ms, 0.1, ms, 0.0001, 100.0)
>>> 20 * dt == 2 * rv.ms
True
)";

}  // namespace

void bind_quantity(py::module_& module) {
  // Without the first line, NumPy's scalars would make an array of objects of a unit.
  py::class_<Unit> unit(module, "Unit", "A unit: a power of ten of an SI unit. A number times a unit is a Quantity.");
  unit.attr("__array_ufunc__") = py::none();
  unit.def_property_readonly("symbol", [](const Unit& self) { return text(self.symbol); })
      .def_property_readonly("dimension", [](const Unit& self) { return word(self.dimension); })
      .def("__repr__", [](const Unit& self) { return text(self.symbol); })
      .def(
          "__mul__", [](const Unit& self, double value) { return value * self; }, py::is_operator())
      .def(
          "__rmul__", [](const Unit& self, double value) { return value * self; }, py::is_operator());

  py::class_<Quantity> quantity(module, "Quantity", kQuantityDoc);
  quantity.attr("__array_ufunc__") = py::none();
  quantity.def_readonly("value", &Quantity::value, "The number, as it was written.")
      .def_readonly("unit", &Quantity::unit)
      .def("si", &Quantity::si, "The number in SI units, as a float: 0.1 ms is 1e-4.")
      .def("value_in", &Quantity::in, py::arg("unit"), "The number in another unit. Raises Error bad_unit across dimensions.")
      .def("__repr__", [](const Quantity& self) { return text(to_string(self)); })
      .def("__eq__", &equal, py::is_operator())
      .def("__hash__", [](const Quantity& self) { return py::hash(py::make_tuple(word(self.unit.dimension), self.si())); })
      .def(
          "__mul__", [](const Quantity& self, double factor) { return self * factor; }, py::is_operator())
      .def(
          "__rmul__", [](const Quantity& self, double factor) { return factor * self; }, py::is_operator());

  for (const Unit& known : {s, ms, us, mV, nA, nF, MOhm, uS, Hz}) {
    module.attr(std::string(known.symbol).c_str()) = known;
  }
}

}  // namespace ranvier::python
