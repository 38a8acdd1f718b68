"""One neuron, looked at step by step: what was assumed, when it spiked, and where its potential was then."""

from pathlib import Path

import numpy as np

import ranvier as rv

DATA = Path(__file__).resolve().parents[2] / "tests" / "data" / "nir-paper"

net = rv.load(DATA / "01_lif" / "lif_norse.nir", dt=0.1 * rv.ms, convention="norse", probe="before")
print(net)

x = np.loadtxt(DATA / "01_lif" / "lif_norse.csv", delimiter=",")[:, :1]  # [steps, 1]
out = net.to("cpu").run(x, record=["1.spikes", "1.v"])
v = out.states["1"]["v"]  # [steps, 1], before the reset
for step, t in zip(out.spikes["1"].step, out.spikes["1"].t, strict=True):
    print(f"spike at {t:g} ms, v {v[step, 0]:.6f}")
