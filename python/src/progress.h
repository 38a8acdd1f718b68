/// A long call of the library: without the GIL, but for the moments in which Python may end it.
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <utility>

#include <ranvier/error.h>

#include "python/src/bindings.h"

namespace ranvier::python {

using KeepGoing = std::function<bool(std::uint64_t done, std::uint64_t total)>;

/// Calls start(keep_going) and moves what it returns to the heap. Between chunks Python may raise: Ctrl-C, or the caller's
/// `progress` (a callable of (done, total), or None); that ends the call and is raised from here.
template <class Start>
auto run_with_progress(const py::object& progress, const Start& start) {
  std::exception_ptr raised;
  const KeepGoing keep_going = [&](std::uint64_t done, std::uint64_t total) {
    const py::gil_scoped_acquire gil;
    try {
      if (PyErr_CheckSignals() != 0) throw py::error_already_set();
      if (!progress.is_none()) progress(done, total);
    } catch (...) {
      raised = std::current_exception();
    }
    return !raised;
  };
  decltype(shared(start(keep_going))) result;
  try {
    const py::gil_scoped_release nogil;
    result = shared(start(keep_going));
  } catch (const Error&) {
    if (!raised) throw;
  }
  if (raised) std::rethrow_exception(raised);
  return result;
}

}  // namespace ranvier::python
