"""snnTorch, with the reset in the step of the spike. It has neither counts of spikes nor a lower bound: the Sinabs network's
neurons are its own, which give one spike and subtract the threshold."""

import snntorch as snn
import torch
import torch_network
from torch import nn


class Neurons(nn.Module):
    def __init__(self, layer):
        super().__init__()
        rule = {"zero": "zero", "count": "subtract", "none": "none"}[layer["rule"]]
        given = {"threshold": layer.get("threshold", 1.0), "reset_mechanism": rule, "reset_delay": False}
        self.potential = layer["rule"] == "none"
        if "current_decay" in layer:
            self.cell, self.states = snn.Synaptic(alpha=layer["current_decay"], beta=layer["decay"], **given), 2
        else:
            self.cell, self.states = snn.Leaky(beta=layer["decay"], **given), 1

    def forward(self, x, state):
        spikes, *state = self.cell(x, *((torch.zeros_like(x),) * self.states if state is None else state))
        return state[-1] if self.potential else spikes, state


def make(layer):
    return torch_network.Feedback(Neurons(layer), layer) if "recurrent" in layer else Neurons(layer)


if __name__ == "__main__":
    torch_network.main(make, ["snntorch"])
