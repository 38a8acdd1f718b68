"""A trained network reads a letter by touch: load, open a device, call."""

from pathlib import Path

import numpy as np

import ranvier as rv

DATA = Path(__file__).resolve().parents[2] / "tests" / "data" / "nir-paper"
LETTERS = ["space", "A", "E", "I", "O", "U", "Y"]

net = rv.load(DATA / "03_rnn" / "braille_noDelay_bias_zero.nir", dt=0.1 * rv.ms, convention="snntorch", reset="zero")
touch = np.load(DATA / "derived" / "braille_test_sample0_input_256x12_u8.npy")  # [steps, taxels]

ses = net.to("cpu")
counts = ses(touch).sum(axis=0)
print("spikes per letter:", dict(zip(LETTERS, counts.astype(int).tolist(), strict=True)))
print("this is the letter", LETTERS[counts.argmax()])
