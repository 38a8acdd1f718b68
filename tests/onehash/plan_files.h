/// Trained networks from NIR files that are lowered to plans for the matrix: `save_plans` does it where NIR can be read, and what
/// has no NIR (the tests under an emulator) takes the files.
#pragma once

namespace ranvier::onehash {

struct PlanFile {
  const char* name;
  const char* nir;  ///< in tests/data/nir-paper
  double dt_ms;
  const char* convention;
  const char* reset;  ///< nullptr: the convention's
};

constexpr PlanFile kPlanFiles[] = {
    {"braille_zero_exact", "03_rnn/braille_noDelay_bias_zero.nir", 0.1, "exact", "zero"},
    {"braille_zero_norse", "03_rnn/braille_noDelay_bias_zero.nir", 0.1, "norse", "zero"},
    {"braille_zero_snntorch", "03_rnn/braille_noDelay_bias_zero.nir", 0.1, "snntorch", "zero"},
    {"braille_zero_nengo", "03_rnn/braille_noDelay_bias_zero.nir", 0.1, "nengo", nullptr},
    {"braille_subtract_snntorch", "03_rnn/braille_noDelay_noBias_subtract.nir", 0.1, "snntorch", "subtract"},
    {"braille_subtract_spinnaker2", "03_rnn/braille_noDelay_noBias_subtract.nir", 0.1, "spinnaker2", nullptr},
    {"braille_subtract_spyx", "03_rnn/braille_noDelay_noBias_subtract.nir", 0.1, "spyx@2023", nullptr},
    {"braille_nirtorch_exact", "other/nirtorch_braille.nir", 0.1, "exact", "subtract"},
    {"cnn_sinabs", "02_cnn/cnn_sinabs.nir", 1, "sinabs", nullptr},
};

}  // namespace ranvier::onehash
