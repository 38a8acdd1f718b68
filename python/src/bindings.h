/// The Python extension `ranvier._ranvier`: one file binds one public header, without logic of its own. What users call lies in
/// python/ranvier; everything that may take time or a lock here runs without the GIL.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <pybind11/pybind11.h>

#include <ranvier/compare.h>
#include <ranvier/tensor.h>

namespace ranvier::python {

namespace py = pybind11;
using NoGil = py::call_guard<py::gil_scoped_release>;
using Settings = std::map<std::string, std::string>;

void bind_error(py::module_& module);
void bind_log(py::module_& module);
void bind_quantity(py::module_& module);
void bind_report(py::module_& module);
void bind_plan(py::module_& module);
void bind_session(py::module_& module);
void bind_devices(py::module_& module);
void bind_executable(py::module_& module);
void bind_network(py::module_& module);
void bind_nir_data(py::module_& module);
void bind_compare(py::module_& module);
void bind_run_folder(py::module_& module);

/// A str, whatever the bytes: names of files and drivers need not be UTF-8.
py::str text(std::string_view bytes);

/// A dict of str.
py::dict text_map(const std::map<std::string, std::string>& map);

/// (step, node, variable, neuron, lane, a, b), or None.
py::object value_difference_of(const std::optional<ValueDifference>& difference);

/// A tuple of ints.
py::tuple shape_of(const Shape& shape);

/// "float32" for DType::f32, as NumPy says it.
std::string numpy_name(DType dtype);

/// Moves an object to the heap for Python; its destructor, which may wait for threads, runs without the GIL.
template <class T>
std::shared_ptr<T> shared(T&& value) {
  const auto destroy = [](T* object) {
    const py::gil_scoped_release nogil;
    delete object;
  };
  return std::shared_ptr<T>(new T(std::move(value)), destroy);
}

}  // namespace ranvier::python
