"""What all PyTorch libraries share: the layers without state, and the two ways to drive a network.

A neuron layer is called as layer(x, state) -> (y, state), with state None before the first step. Modes:

    layers    one layer after the other, each over all steps; those without state see [steps * lanes, ...] at once
    steps     the whole network step by step
    compiled  as steps, through torch.compile
"""

import numpy as np
import torch
import worker
from torch import nn

torch.set_num_threads(worker.THREADS)
torch.set_num_interop_threads(1)


def tensor(array):
    return None if array is None else torch.tensor(array)


def stateless(layer):
    if layer["kind"] == "dense":
        weight, bias = tensor(layer["weight"]), tensor(layer.get("bias"))
        return lambda x: nn.functional.linear(x, weight, bias)
    if layer["kind"] == "conv":
        weight = tensor(layer["weight"])
        return lambda x: nn.functional.conv2d(x, weight, None, layer["stride"], layer["padding"])
    if layer["kind"] == "pool":
        return nn.AvgPool2d(layer["size"], divisor_override=None if layer["mean"] else 1)
    return nn.Flatten()


class Feedback(nn.Module):
    """Neurons that also receive their own spikes of the step before."""

    def __init__(self, neurons, layer):
        super().__init__()
        self.neurons, self.weight, self.bias = neurons, tensor(layer["recurrent"]), tensor(layer.get("recurrent_bias"))

    def forward(self, x, state):
        spikes, state = (torch.zeros_like(x), None) if state is None else state
        spikes, state = self.neurons(x + nn.functional.linear(spikes, self.weight, self.bias), state)
        return spikes, (spikes, state)


def all_steps(neurons, xs):
    state, ys = None, []
    for x in xs:
        y, state = neurons(x, state)
        ys.append(y)
    return torch.stack(ys)


def scaled(layers, gain):
    """The layers, with all that a neuron layer receives multiplied by gain(layer)."""
    layers = [dict(layer) for layer in layers]
    for place, layer in enumerate(layers):
        if layer["kind"] == "neuron":
            source = next(before for before in reversed(layers[:place]) if "weight" in before)
            for owner, names in ((source, ("weight", "bias")), (layer, ("recurrent", "recurrent_bias"))):
                owner.update({name: owner[name] * np.float32(gain(layer)) for name in names if name in owner})
    return layers


class Network:
    def __init__(self, layers, make, mode):
        """make(layer) -> the neurons of a layer; where they have a method `sequence(xs)`, the mode `layers` uses that."""
        self.stateful = [layer["kind"] == "neuron" for layer in layers]
        self.parts = [make(layer) if stateful else stateless(layer) for layer, stateful in zip(layers, self.stateful)]
        for part in self.parts:
            if isinstance(part, nn.Module):
                part.eval()
        self.mode = mode
        self.one = torch.compile(self.one_step, dynamic=False) if mode == "compiled" else self.one_step

    def one_step(self, x, states):
        after = []
        for part, stateful, state in zip(self.parts, self.stateful, states):
            x, state = part(x, state) if stateful else (part(x), None)
            after.append(state)
        return x, after

    @torch.inference_mode()
    def run(self, xs):
        if self.mode != "layers":
            return all_steps(lambda x, state: self.one(x, state or [None] * len(self.parts)), xs)
        for part, stateful in zip(self.parts, self.stateful):
            if not stateful:
                xs = part(xs.flatten(0, 1)).unflatten(0, xs.shape[:2])
            else:
                xs = part.sequence(xs) if hasattr(part, "sequence") else all_steps(part, xs)
        return xs

    def start(self):
        self.state = [None] * len(self.parts)

    @torch.inference_mode()
    def step(self, x):
        y, self.state = self.one(x, self.state)
        return y

    given = row = staticmethod(torch.from_numpy)

    def outputs(self, ys):
        return ys.numpy()


def main(make, packages, gain=lambda layer: 1.0):
    worker.main(lambda network, lanes, mode: Network(scaled(network.layers, gain), make, mode), ["torch", *packages])
