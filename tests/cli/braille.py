"""The network that most tests of the program run, and how."""

from pathlib import Path

DATA = Path(__file__).resolve().parents[1] / "data" / "nir-paper"
BRAILLE = DATA / "03_rnn" / "braille_noDelay_bias_zero.nir"
SNNTORCH = ["--dt", "0.1ms", "--convention", "snntorch", "--reset", "zero"]
HIDDEN = "lif1.lif.spikes"
