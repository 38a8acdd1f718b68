// Only compiled, never run: shows that the shared headers are device code.

#include <cstdint>

#include "kernels/math/exp.h"
#include "kernels/math/log.h"
#include "kernels/random/philox.h"

__global__ void use_shared_headers(float* floats, double* doubles, std::uint64_t seed) {
  const unsigned i = threadIdx.x;
  floats[i] = ranvier::math::exp(floats[i]) + ranvier::math::expm1(floats[i]) + ranvier::math::log(floats[i]) +
              ranvier::math::log1p(floats[i]);
  const ranvier::PhiloxKey key = ranvier::random_key(seed, ranvier::RandomObject::population, 0);
  const ranvier::PhiloxBlock words = ranvier::philox4x32_10(ranvier::neuron_counter(i, 0, 0, 0), key);
  doubles[i] = ranvier::math::exp(doubles[i]) + ranvier::math::log(doubles[i]) + ranvier::math::log1p(doubles[i]) +
               ranvier::math::expm1(ranvier::uniform53(words.word[0], words.word[1]));
}
