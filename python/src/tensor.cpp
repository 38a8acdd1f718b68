#include <ranvier/tensor.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <pybind11/numpy.h>

#include "python/src/arrays.h"

namespace ranvier::python {
namespace {

std::optional<DType> dtype_of(const py::dtype& dtype) {
  const auto bytes = dtype.itemsize();
  switch (dtype.kind()) {
    case 'f':
      if (bytes == 4) return DType::f32;
      if (bytes == 8) return DType::f64;
      break;
    case 'i':
      if (bytes == 1) return DType::i8;
      if (bytes == 2) return DType::i16;
      if (bytes == 4) return DType::i32;
      if (bytes == 8) return DType::i64;
      break;
    case 'u':
      if (bytes == 1) return DType::u8;
      break;
    case 'b': return DType::boolean;
    default: break;
  }
  return std::nullopt;
}

[[noreturn]] void refuse(const py::dtype& dtype, const std::string& where) {
  const std::string name = py::str(dtype);
  std::string remedy = "Give bool, uint8, int8, int16, int32, int64, float32 or float64";
  if (dtype.kind() == 'f') remedy += "; x.astype(numpy.float32) or numpy.float64 does it";
  if (dtype.kind() == 'u') remedy += "; x.astype(numpy.int64) does it";
  throw Error(Code::bad_type, "An array of type " + name + " cannot be used.", where, remedy + ".");
}

// Tensors may be dropped by threads that do not hold the GIL.
std::shared_ptr<const void> keep_alive(const py::object& object) {
  const auto drop = [](const void* held) {
    const py::gil_scoped_acquire gil;
    py::handle(static_cast<PyObject*>(const_cast<void*>(held))).dec_ref();
  };
  return {py::object(object).release().ptr(), drop};
}

}  // namespace

std::string numpy_name(DType dtype) {
  switch (dtype) {
    case DType::f32: return "float32";
    case DType::f64: return "float64";
    case DType::i32: return "int32";
    case DType::i64: return "int64";
    case DType::i16: return "int16";
    case DType::i8: return "int8";
    case DType::u8: return "uint8";
    case DType::boolean: break;
  }
  return "bool";
}

py::tuple shape_of(const Shape& shape) {
  py::tuple result(shape.size());
  for (std::size_t axis = 0; axis < shape.size(); ++axis) result[axis] = shape[axis];
  return result;
}

Tensor tensor_of(const py::array& array, const std::string& where) {
  const std::optional<DType> dtype = dtype_of(array.dtype());
  if (!dtype) refuse(array.dtype(), where);
  // Returns the array itself where it is contiguous, aligned and of the machine's byte order.
  const py::object require = py::module_::import("numpy").attr("require");
  const py::array plain = require(array, array.dtype().attr("newbyteorder")("="), "CA");
  const Shape shape(plain.shape(), plain.shape() + plain.ndim());
  return Tensor::borrow(plain.data(), *dtype, shape, keep_alive(plain));
}

Inputs inputs_of(const py::dict& arrays) {
  Inputs inputs;
  for (const auto& [key, array] : arrays) {
    const std::string name = py::str(key);
    inputs.emplace(name, tensor_of(py::reinterpret_borrow<py::array>(array), name));
  }
  return inputs;
}

py::array array_of(const Tensor& tensor) {
  const py::capsule owner(new Tensor(tensor), [](void* held) { delete static_cast<Tensor*>(held); });
  const std::vector<py::ssize_t> shape(tensor.shape().begin(), tensor.shape().end());
  return py::array(py::dtype(numpy_name(tensor.dtype())), shape, tensor.data(), owner);
}

py::array read_only(py::array array) {
  array.attr("setflags")(py::arg("write") = false);
  return array;
}

}  // namespace ranvier::python
