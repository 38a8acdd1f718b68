"""A batch of noisy copies on two devices: the same bits, and the same hash, wherever and however it runs."""

from pathlib import Path

import numpy as np

import ranvier as rv

DATA = Path(__file__).resolve().parents[2] / "tests" / "data" / "nir-paper"

net = rv.load(DATA / "03_rnn" / "braille_noDelay_bias_zero.nir", dt=0.1 * rv.ms, convention="snntorch")
touch = np.load(DATA / "derived" / "braille_test_sample0_input_256x12_u8.npy")
rng = np.random.default_rng(7)
batch = np.stack([touch ^ (rng.random(touch.shape) < 0.01) for _ in range(16)], axis=1)  # [steps, lanes, taxels]

for device in rv.devices():
    if device.usable and device.facts.get("grade") == "bit-exact":
        out = net.to(device.name, lanes=16).run(batch)
        print(f"{device.name:10} hash {out.hash:016x}, {out.counters['spikes']} spikes")
