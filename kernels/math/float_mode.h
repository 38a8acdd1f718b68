// The floating-point mode that every kernel assumes, set for the length of a scope.
#pragma once

#if defined(__SSE__) || defined(_M_X64)
#include <xmmintrin.h>
#define RANVIER_FLOAT_MODE_SSE
#elif defined(__aarch64__)
#include <cstdint>
#endif

namespace ranvier {

/// Sets this thread to IEEE's defaults (to nearest even, subnormals kept: FTZ and DAZ off, no traps) and restores the former
/// mode when it goes. Host programs do change it: PyTorch's set_flush_denormal, audio libraries, anything linked with
/// -ffast-math. A few dozen cycles, so once per `run` and worker, not per step. Compilers move float operations across a change
/// of mode within one function: hold the guard where the kernels are called, not beside the arithmetic. x86 and aarch64 only;
/// elsewhere it does nothing.
class FloatMode {
 public:
  FloatMode() : saved_(read()) { write(kIeeeDefaults); }
  ~FloatMode() { write(saved_); }
  FloatMode(const FloatMode&) = delete;
  FloatMode& operator=(const FloatMode&) = delete;

 private:
#if defined(RANVIER_FLOAT_MODE_SSE)
  using Register = unsigned int;
  static constexpr Register kIeeeDefaults = 0x1F80;  // MXCSR after reset: all exceptions masked, everything else 0
  static Register read() { return _mm_getcsr(); }
  static void write(Register mode) { _mm_setcsr(mode); }
#elif defined(__aarch64__)
  using Register = std::uint64_t;
  static constexpr Register kIeeeDefaults = 0;  // FPCR: no FZ, DN, FZ16, traps
  static Register read() {
    Register mode;
    asm volatile("mrs %0, fpcr" : "=r"(mode));
    return mode;
  }
  static void write(Register mode) { asm volatile("msr fpcr, %0" : : "r"(mode) : "memory"); }
#else
  using Register = int;
  static constexpr Register kIeeeDefaults = 0;
  static Register read() { return 0; }
  static void write(Register) {}
#endif

  Register saved_;
};

}  // namespace ranvier

#undef RANVIER_FLOAT_MODE_SSE
