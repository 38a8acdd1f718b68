#include <ranvier/error.h>

#include <exception>
#include <string>
#include <string_view>

#include "python/src/bindings.h"

namespace ranvier::python {
namespace {

constexpr const char* kDoc =
    R"(What is wrong, where, and what to do about it; several things at once where there are several.

str(error) lists all of them. Attributes, those of the first problem:

code    "unknown_name", "bad_shape", "bad_type", "bad_value", "out_of_range", "bad_unit", "bad_graph", "bad_file",
        "not_found", "unsupported", "cancelled" ...: the same words as in C++ and C
where   node, edge, file or argument; may be empty
remedy  what to do; may be empty
errors  every problem, each with code, message, where, remedy

>>> try:
...     rv.load("lif_norse.nir", dt=0.1)
... except rv.Error as error:
...     print(error.code, error.where, error.remedy, sep=" | ")
bad_unit | dt | Write dt=0.1 * rv.ms for a tenth of a millisecond.
)";

PyObject* error_type = nullptr;  // owned by the module

void translate(std::exception_ptr pointer) {
  try {
    std::rethrow_exception(pointer);
  } catch (const Error& error) {
    const py::object instance = py::handle(error_type)(text(error.what()));
    instance.attr("code") = text(name_of(error.code()));
    instance.attr("where") = text(error.where());
    instance.attr("remedy") = text(error.remedy());
    py::list errors;
    for (const Problem& problem : error.problems()) errors.append(problem);
    instance.attr("errors") = errors;
    PyErr_SetObject(error_type, instance.ptr());
  }
}

Code code_of(std::string_view name) {
  for (std::uint32_t number = 0; number < 64; ++number) {
    const Code code{number};
    if (name_of(code) == name) return code;
  }
  return Code::internal;
}

py::tuple fields_of(const Problem& problem) {
  return py::make_tuple(static_cast<std::uint32_t>(problem.code), py::bytes(problem.message), py::bytes(problem.where),
                        py::bytes(problem.remedy));
}

Problem problem_of(const py::tuple& fields) {
  return {Code{fields[0].cast<std::uint32_t>()}, fields[1].cast<std::string>(), fields[2].cast<std::string>(),
          fields[3].cast<std::string>()};
}

}  // namespace

py::str text(std::string_view bytes) {
  PyObject* const result = PyUnicode_DecodeUTF8(bytes.data(), static_cast<py::ssize_t>(bytes.size()), "backslashreplace");
  if (result == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::str>(result);
}

py::dict text_map(const std::map<std::string, std::string>& map) {
  py::dict result;
  for (const auto& [key, value] : map) result[text(key)] = text(value);
  return result;
}

void bind_error(py::module_& module) {
  py::class_<Problem>(module, "Problem", "One thing that is wrong: code, message, where, remedy.")
      .def_property_readonly("code", [](const Problem& self) { return text(name_of(self.code)); })
      .def_property_readonly("message", [](const Problem& self) { return text(self.message); })
      .def_property_readonly("where", [](const Problem& self) { return text(self.where); })
      .def_property_readonly("remedy", [](const Problem& self) { return text(self.remedy); })
      .def("__repr__",
           [](const Problem& self) {
             return py::str("Problem(code={!r}, message={!r}, where={!r}, remedy={!r})")
                 .format(text(name_of(self.code)), text(self.message), text(self.where), text(self.remedy));
           })
      .def(py::pickle(&fields_of, &problem_of));

  py::dict defaults;
  defaults["code"] = text(name_of(Code::internal));
  defaults["where"] = py::str();
  defaults["remedy"] = py::str();
  defaults["errors"] = py::tuple();
  error_type = PyErr_NewExceptionWithDoc("ranvier.Error", kDoc, nullptr, defaults.ptr());
  if (error_type == nullptr) throw py::error_already_set();
  module.attr("Error") = py::handle(error_type);
  py::register_local_exception_translator(&translate);

  module.def(
      "fail",
      [](const std::string& code, const std::string& message, const std::string& where, const std::string& remedy) {
        throw Error(code_of(code), message, where, remedy);
      },
      py::arg("code"), py::arg("message"), py::arg("where") = "", py::arg("remedy") = "");
}

}  // namespace ranvier::python
