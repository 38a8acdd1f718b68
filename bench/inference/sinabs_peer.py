"""Sinabs, whose layers take [lanes, steps, ...] and keep their state. Its current decays after the input is added, which the
weights take back; it drops the recurrent bias in the first step, and the recurrent input between calls, so that a recurrent
network does not stream."""

import sys
from pathlib import Path

import numpy as np
import torch
import torch_network

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "peers"))
import samna_stub  # noqa: E402, F401 - before sinabs
import sinabs.layers as sl  # noqa: E402
from sinabs.activation import MembraneReset, SingleSpike  # noqa: E402


class Neurons:
    def __init__(self, layer):
        steps = lambda decay: float(-1 / np.log(decay))
        if layer["rule"] == "none":
            self.cell = sl.ExpLeak(tau_mem=steps(layer["decay"]), norm_input=False)
        elif layer["rule"] == "count":
            self.cell = sl.IAF(spike_threshold=torch.tensor(layer["threshold"]), min_v_mem=-layer["threshold"])
        else:
            given = {"tau_mem": steps(layer["decay"]), "spike_threshold": torch.tensor(layer["threshold"])}
            if "current_decay" in layer:
                given["tau_syn"] = steps(layer["current_decay"])
            if "recurrent" in layer:
                given["rec_connect"] = self.connection(layer)
            kind = sl.LIFRecurrent if "recurrent" in layer else sl.LIF
            self.cell = kind(**given, spike_fn=SingleSpike, reset_fn=MembraneReset(), norm_input=False)

    @staticmethod
    def connection(layer):
        connection = torch.nn.Linear(*layer["recurrent"].shape, bias="recurrent_bias" in layer)
        connection.weight.data = torch_network.tensor(layer["recurrent"])
        if "recurrent_bias" in layer:
            connection.bias.data = torch_network.tensor(layer["recurrent_bias"])
        return connection

    def forget(self):
        if self.cell.is_state_initialised():
            self.cell.reset_states()

    def __call__(self, x, state):
        if state is None:
            self.forget()
        return self.cell(x[:, None])[:, 0], True

    def sequence(self, xs):
        self.forget()
        return self.cell(xs.transpose(0, 1)).transpose(0, 1)


if __name__ == "__main__":
    torch_network.main(Neurons, ["sinabs"], lambda layer: 1 / layer.get("current_decay", 1.0))
