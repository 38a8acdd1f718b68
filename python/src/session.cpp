#include <ranvier/session.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <pybind11/stl.h>

#include "python/src/arrays.h"
#include "python/src/bindings.h"
#include "python/src/progress.h"

namespace ranvier::python {
namespace {

// What a run is told besides its input; the same for each form of `run`.
struct Arguments {
  std::vector<std::string> record;
  std::uint64_t every;
  bool outputs;
  py::object progress;
};

template <class Start>
std::shared_ptr<Result> run(const Arguments& arguments, const Start& start) {
  return run_with_progress(arguments.progress, [&](const KeepGoing& keep_going) {
    return start(RunOptions{arguments.record, arguments.every, arguments.outputs, keep_going});
  });
}

Arguments arguments_of(std::vector<std::string> record, std::uint64_t every, bool outputs, py::object progress) {
  return {std::move(record), every, outputs, std::move(progress)};
}

std::shared_ptr<Result> run_inputs(Session& self, const py::dict& arrays, std::vector<std::string> record, std::uint64_t every,
                                   bool outputs, py::object progress) {
  const Inputs inputs = inputs_of(arrays);
  const Arguments arguments = arguments_of(std::move(record), every, outputs, std::move(progress));
  return run(arguments, [&](const RunOptions& options) { return self.run(inputs, options); });
}

std::shared_ptr<Result> run_array(Session& self, const py::array& array, std::vector<std::string> record, std::uint64_t every,
                                  bool outputs, py::object progress) {
  const Tensor input = tensor_of(array, "input");
  const Arguments arguments = arguments_of(std::move(record), every, outputs, std::move(progress));
  return run(arguments, [&](const RunOptions& options) { return self.run(input, options); });
}

std::shared_ptr<Result> run_steps(Session& self, std::uint64_t steps, std::vector<std::string> record, std::uint64_t every,
                                  bool outputs, py::object progress) {
  const Arguments arguments = arguments_of(std::move(record), every, outputs, std::move(progress));
  return run(arguments, [&](const RunOptions& options) { return self.run(steps, options); });
}

/// One input, one output, all f32.
bool streams(const Session& self) {
  const auto& settings = self.deployment().settings;
  const auto precision = settings.find("precision");
  return self.inputs().size() == 1 && self.outputs().size() == 1 && self.inputs().front().dtype == DType::f32 &&
         self.outputs().front().dtype == DType::f32 && (precision == settings.end() || precision->second == "f32");
}

/// The usual streamed step, without a detour, of a session that `streams`: x is a C-contiguous array of f32, u8 or bool, [N] or the
/// node's shape for one lane, [lanes, ...] for any. None where it is something else, which `run` then judges.
/// The GIL stays held: letting go of it costs as much as a step of a small network.
py::object step(Session& self, const py::object& x) {
  if (!py::isinstance<py::array>(x)) return py::none();
  const auto array = py::reinterpret_borrow<py::array>(x);
  const Port &in = self.inputs().front(), &out = self.outputs().front();
  const char kind = array.dtype().kind();
  const bool floats = kind == 'f' && array.itemsize() == sizeof(float) && array.dtype().byteorder() != '>';
  constexpr int kPlain = int{py::array::c_style} | int{py::detail::npy_api::NPY_ARRAY_ALIGNED_};
  const bool bytes = array.itemsize() == 1 && (kind == 'u' || kind == 'b');
  if ((!floats && !bytes) || (array.flags() & kPlain) != kPlain) return py::none();
  const auto fits = [&](py::ssize_t from) {
    const auto axes = static_cast<std::size_t>(array.ndim() - from);
    if (array.ndim() < from) return false;
    if (axes == 1 && static_cast<std::size_t>(array.shape(from)) == element_count(in.shape)) return true;
    if (axes != in.shape.size()) return false;
    for (std::size_t k = 0; k < axes; ++k) {
      if (static_cast<std::size_t>(array.shape(from + static_cast<py::ssize_t>(k))) != in.shape[k]) return false;
    }
    return true;
  };
  const bool one = self.lanes() == 1 && fits(0);
  const bool batch = !one && array.ndim() > 0 && static_cast<std::size_t>(array.shape(0)) == self.lanes() && fits(1);
  if (!one && !batch) return py::none();
  std::vector<py::ssize_t> shape;
  if (batch) shape.push_back(static_cast<py::ssize_t>(self.lanes()));
  for (const std::size_t extent : out.shape) shape.push_back(static_cast<py::ssize_t>(extent));
  py::array_t<float> result(shape);
  const std::span<float> output(result.mutable_data(), static_cast<std::size_t>(result.size()));
  const auto size = static_cast<std::size_t>(array.size());
  if (floats) {
    self.step(std::span(static_cast<const float*>(array.data()), size), output);
  } else {
    self.step(std::span(static_cast<const std::uint8_t*>(array.data()), size), output);
  }
  return result;
}

py::list names_of(const std::vector<std::string>& names) {
  py::list result;
  for (const std::string& name : names) result.append(text(name));
  return result;
}

py::dict arrays_of(const std::map<std::string, Tensor>& tensors) {
  py::dict result;
  for (const auto& [name, tensor] : tensors) result[text(name)] = array_of(tensor);
  return result;
}

void bind_spike_train(py::module_& module) {
  const auto column = [](auto member) {
    return [member](const py::object& self) { return view_of(self.cast<const SpikeTrain&>().*member, self); };
  };
  py::class_<SpikeTrain, std::shared_ptr<SpikeTrain>>(module, "SpikeTrain")
      .def_readonly("first_step", &SpikeTrain::first_step)
      .def_readonly("steps", &SpikeTrain::steps)
      .def_readonly("lanes", &SpikeTrain::lanes)
      .def_property_readonly("shape", [](const SpikeTrain& self) { return shape_of(self.shape); })
      .def_readonly("dt_ms", &SpikeTrain::dt_ms)
      .def_property_readonly("step", column(&SpikeTrain::step))
      .def_property_readonly("lane", column(&SpikeTrain::lane))
      .def_property_readonly("id", column(&SpikeTrain::id))
      .def_property_readonly("value", column(&SpikeTrain::value))
      .def("counts", [](const SpikeTrain& self) { return array_of(self.counts()); })
      .def("raster", [](const SpikeTrain& self) { return array_of(self.raster()); })
      .def("dense", [](const SpikeTrain& self) { return array_of(self.dense(DType::f64)); });
}

void bind_result(py::module_& module) {
  // A train is part of its result: both pointers share one owner.
  const auto trains = [](const std::shared_ptr<Result>& self) {
    py::dict result;
    for (auto& [name, train] : self->trains) result[text(name)] = std::shared_ptr<SpikeTrain>(self, &train);
    return result;
  };
  const auto states = [](const Result& self) {
    py::dict result;
    for (const auto& [node, variables] : self.states) result[text(node)] = arrays_of(variables);
    return result;
  };
  py::class_<Result, std::shared_ptr<Result>>(module, "Result")
      .def_readonly("first_step", &Result::first_step)
      .def_readonly("steps", &Result::steps)
      .def_readonly("lanes", &Result::lanes)
      .def_readonly("dt_ms", &Result::dt_ms)
      .def_property_readonly("outputs", [](const Result& self) { return arrays_of(self.outputs); })
      .def_property_readonly("trains", trains)
      .def_property_readonly("states", states)
      .def_property_readonly("lane_hashes",
                             [](const py::object& self) { return view_of(self.cast<const Result&>().lane_hashes, self); })
      .def_readonly("counters", &Result::counters)
      .def("hash", &Result::hash);
}

}  // namespace

py::list ports_of(const std::vector<Port>& ports) {
  py::list result;
  for (const Port& port : ports) {
    result.append(py::make_tuple(text(port.name), shape_of(port.shape), numpy_name(port.dtype)));
  }
  return result;
}

void bind_session(py::module_& module) {
  bind_spike_train(module);
  bind_result(module);

  py::class_<DeviceFacts>(module, "DeviceFacts")
      .def_property_readonly("name", [](const DeviceFacts& self) { return text(self.name); })
      .def_property_readonly("version", [](const DeviceFacts& self) { return text(self.version); })
      .def_property_readonly("vendor", [](const DeviceFacts& self) { return text(self.vendor); })
      .def_property_readonly("path", [](const DeviceFacts& self) { return text(self.path); })
      .def_property_readonly("facts", [](const DeviceFacts& self) { return text_map(self.facts); });

  py::class_<Session, std::shared_ptr<Session>> session(module, "Session");
  const auto def_run = [&session](auto function, const char* first) {
    session.def("run", function, py::arg(first), py::arg("record"), py::arg("every"), py::arg("outputs"), py::arg("progress"));
  };
  def_run(&run_inputs, "inputs");
  def_run(&run_array, "input");
  def_run(&run_steps, "steps");
  session.def("step", &step, py::arg("x"));
  session.def_property_readonly("streams", &streams);
  session.def("counters", &Session::counters, NoGil());
  session.def("reset", py::overload_cast<>(&Session::reset), NoGil())
      .def("reset", py::overload_cast<std::size_t>(&Session::reset), py::arg("lanes"), NoGil())
      .def("cancel", &Session::cancel, NoGil())
      .def_property_readonly("lanes", &Session::lanes)
      .def_property_readonly("clock", &Session::clock)
      .def_property_readonly("dt_ms", &Session::dt_ms)
      .def_property_readonly("device", &Session::device)
      .def_property_readonly("report", &Session::report)
      .def_property_readonly("inputs", [](const Session& self) { return ports_of(self.inputs()); })
      .def_property_readonly("outputs", [](const Session& self) { return ports_of(self.outputs()); })
      .def_property_readonly("recordable", [](const Session& self) { return names_of(self.recordable()); });
}

}  // namespace ranvier::python
