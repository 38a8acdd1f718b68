#include "kernels/fixed/step.h"

namespace ranvier::fixed {

void fill_noise(PhiloxKey key, std::uint64_t step, std::uint32_t lane, std::int32_t exponent, std::int32_t offset,
                std::size_t count, std::int32_t* noise) {
  for (std::size_t i = 0; i < count; i += 4) {
    const PhiloxBlock block = philox4x32_10(neuron_counter(i, step, lane, 0), key);
    for (std::size_t k = 0; k < 4; ++k) noise[i + k] = static_cast<std::int32_t>(noise_of(block.word[k], exponent, offset));
  }
}

}  // namespace ranvier::fixed
