// Marks for functions that the host, its SIMD files and CUDA share.
#pragma once

/// Callable from the host and from CUDA device code.
#if defined(__CUDACC__)
#define RANVIER_HD __host__ __device__
#else
#define RANVIER_HD
#endif

/// Inlined even at -O0. A plain inline function leaves a copy in every object file and the linker keeps any one of them:
/// out of a file compiled for AVX-512 it would end a program on an older processor.
#if defined(_MSC_VER)
#define RANVIER_INLINE __forceinline
#else
#define RANVIER_INLINE inline __attribute__((always_inline))
#endif
