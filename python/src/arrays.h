/// NumPy arrays and Tensors: both sides look at the same memory wherever they can.
#pragma once

#include <string>
#include <vector>

#include <pybind11/numpy.h>

#include <ranvier/session.h>
#include <ranvier/tensor.h>

#include "python/src/bindings.h"

namespace ranvier::python {

/// Borrows a C-contiguous array, copies any other; the tensor keeps what it borrows alive.
/// @throws Error bad_type, naming `where`, the type and those that are taken.
Tensor tensor_of(const py::array& array, const std::string& where);

/// The arrays of a dict of str.
Inputs inputs_of(const py::dict& arrays);

/// (name, shape, dtype) of each.
py::list ports_of(const std::vector<Port>& ports);

/// An array on the tensor's memory, which it keeps alive.
py::array array_of(const Tensor& tensor);

/// As it is, but not to be written to.
py::array read_only(py::array array);

/// A read-only array on a vector that lives in `owner`.
template <class T>
py::array view_of(const std::vector<T>& values, py::handle owner) {
  return read_only(py::array_t<T>(static_cast<py::ssize_t>(values.size()), values.data(), owner));
}

}  // namespace ranvier::python
