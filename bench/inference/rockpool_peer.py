"""Rockpool, where convolution is out of reach: its neurons hold a matrix between all of a layer. Its rule differs: it subtracts
the threshold, may spike several times in a step and always has a current, which decays after the input is added."""

import sys
from pathlib import Path

import torch
import torch_network

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "peers"))
import samna_stub  # noqa: E402, F401 - before rockpool
from rockpool.nn.modules import ExpSynTorch, LIFTorch  # noqa: E402
from rockpool.parameters import Constant  # noqa: E402

SHORT = 1e-3  # decay of the current of neurons that have none


def current_decay(layer):
    return layer["decay"] if layer["rule"] == "none" else layer.get("current_decay", SHORT)


class Neurons:
    def __init__(self, layer):
        self.layer, self.cell = layer, None

    def sized(self, x):
        layer, size = self.layer, x.shape[-1]
        constant = lambda value: Constant(torch.as_tensor(value, dtype=torch.float32))
        if layer["rule"] == "none":
            return ExpSynTorch(size, tau=constant(-1e-3 / torch.log(torch.tensor(layer["decay"]))), dt=1e-3)
        left = current_decay(layer)
        given = {"alpha": constant(layer["decay"]), "beta": constant(left), "threshold": constant(layer["threshold"])}
        given["bias"] = constant(layer["recurrent_bias"] * left / (1 - left) if "recurrent_bias" in layer else 0.0)
        if "recurrent" in layer:
            given.update(has_rec=True, w_rec=torch_network.tensor(layer["recurrent"].T.copy()))
        return LIFTorch(size, leak_mode="decays", dt=1e-3, **given)

    def call(self, xs, forget):
        if self.cell is None:
            self.cell = self.sized(xs)
        if forget:
            self.cell.reset_state()
        return self.cell(xs)[0].detach()

    def __call__(self, x, state):
        return self.call(x[:, None], state is None)[:, 0], True

    def sequence(self, xs):
        return self.call(xs.transpose(0, 1), True).transpose(0, 1)


if __name__ == "__main__":
    torch_network.main(Neurons, ["rockpool"], lambda layer: 1 / current_decay(layer))
