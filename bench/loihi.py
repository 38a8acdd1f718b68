"""What the emulated Loihi takes beside cpu: the Braille network, both in turn; ms a sample, the ratio and its spread."""

import statistics
import time
from pathlib import Path

import numpy as np

import ranvier as rv

DATA = Path(__file__).resolve().parents[1] / "tests/data/nir-paper"
ROUNDS = 40


def timed(session, x):
    begin = time.perf_counter()
    session(x)
    return time.perf_counter() - begin


net = rv.load(DATA / "03_rnn/braille_noDelay_bias_zero.nir", dt=0.1 * rv.ms, convention="snntorch")
sample = np.load(DATA / "derived/braille_test_sample0_input_256x12_u8.npy").astype(np.float32)
for lanes in (1, 64):
    x = np.repeat(sample[:, None], lanes, axis=1)
    sessions = [net.to(device, lanes=lanes) for device in ("cpu?threads=1", "loihi?kind=emulator")]
    repeat = max(1, 64 // lanes)
    times = [[sum(timed(session, x) for _ in range(repeat)) / repeat / lanes for session in sessions] for _ in range(ROUNDS)]
    cpu, loihi = (statistics.median(column) * 1e3 for column in zip(*times, strict=True))
    ratios = sorted(b / a for a, b in times)
    spread = f"{ratios[ROUNDS // 10]:.2f} to {ratios[-ROUNDS // 10]:.2f}"
    print(f"{lanes:2} lanes: cpu {cpu:.4f} ms, loihi {loihi:.4f} ms, ratio {statistics.median(ratios):.2f} ({spread})")
