/// Small plans and the driver that runs them, for the tests of this room.
#pragma once

#include <string>

#include <ranvier/devices.h>
#include <ranvier/plan.h>

namespace ranvier::run {

/// dt 0.1 ms, seed 42. In this order: input "in" [2, 3] of f32, input "ticks" [3] of i32, "net.cells" [4] (spiking; variables v
/// of f32, w of i64), output "out" [2, 2] of f32.
Plan two_inputs();

/// Input "in" [4] of f32 and output "out" [4] of f32.
Plan one_input();

/// A driver of tests/run/drivers by name: its path.
std::string driver(const std::string& name);

/// A session on the fake driver with a fault of its.
Session fake(const Plan& plan, const std::string& fault = "none", std::size_t lanes = 1);

/// The message of the Error that `call` throws; empty when it throws none. `code` is set to its code.
template <class Call>
std::string message_of(Call call, Code* code = nullptr) {
  try {
    call();
  } catch (const Error& error) {
    if (code != nullptr) *code = error.code();
    return error.what();
  }
  return "";
}

}  // namespace ranvier::run
