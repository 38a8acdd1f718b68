#include <ranvier/log.h>

#include <memory>
#include <string_view>
#include <utility>

#include "python/src/bindings.h"

namespace ranvier::python {
namespace {

constexpr const char* kDoc =
    R"(Calls `hook(level, message)` with everything that the library has to say; None removes the hook.

level is "debug", "info", "warning" or "error". Without a hook messages are dropped. The hook may be called from any thread and must
not call back into Ranvier; what it raises is ignored.

>>> rv.set_log_hook(lambda level, message: print(level, message))
>>> rv.set_log_hook(None)
)";

const char* word(LogLevel level) {
  switch (level) {
    case LogLevel::debug: return "debug";
    case LogLevel::info: return "info";
    case LogLevel::warning: return "warning";
    case LogLevel::error: break;
  }
  return "error";
}

void call(const py::object& hook, LogLevel level, std::string_view message) {
  try {
    hook(word(level), text(message));
  } catch (py::error_already_set& error) {
    error.discard_as_unraisable("ranvier.set_log_hook");
  }
}

void set_hook(const py::object& hook) {
  LogHook wrapped;
  if (!hook.is_none()) {
    const auto drop = [](py::object* held) {
      const py::gil_scoped_acquire gil;
      delete held;
    };
    const std::shared_ptr<py::object> kept(new py::object(hook), drop);
    wrapped = [kept](LogLevel level, std::string_view message) {
      const py::gil_scoped_acquire gil;
      call(*kept, level, message);
    };
  }
  // A thread that logs holds the library's lock while it waits for the GIL, so ours must be free here.
  const py::gil_scoped_release nogil;
  set_log_hook(std::move(wrapped));
}

}  // namespace

void bind_log(py::module_& module) {
  module.def("set_log_hook", &set_hook, py::arg("hook"), kDoc);
  // A hook of Python must not outlive Python.
  py::module_::import("atexit").attr("register")(py::cpp_function([] { set_hook(py::none()); }));
}

}  // namespace ranvier::python
