"""Norse. It multiplies inputs by dt / tau, which the weights take back. The Sinabs network's neurons are its own:
one spike and a reset to zero."""

import norse.torch as norse
import torch
import torch_network
from torch import nn

DT = 1e-3


def inverse_tau(decay):
    return torch.tensor((1 - decay) / DT)


class Neurons(nn.Module):
    def __init__(self, layer):
        super().__init__()
        self.current = None
        if "current_decay" in layer:
            self.current = norse.LIBoxCell(norse.LIBoxParameters(tau_mem_inv=inverse_tau(layer["current_decay"])), dt=DT)
        if layer["rule"] == "count":
            self.cell = norse.IAFCell(norse.IAFParameters(v_th=torch.tensor(layer["threshold"])))
        elif layer["rule"] == "none":
            self.cell = norse.LIBoxCell(norse.LIBoxParameters(tau_mem_inv=inverse_tau(layer["decay"])), dt=DT)
        else:
            threshold = torch.tensor(layer["threshold"])
            self.cell = norse.LIFBoxCell(norse.LIFBoxParameters(tau_mem_inv=inverse_tau(layer["decay"]), v_th=threshold), dt=DT)

    def forward(self, x, state):
        current, cell = (None, None) if state is None else state
        if self.current is not None:
            x, current = self.current(x, current)
        y, cell = self.cell(x, cell)
        return y, (current, cell)


def make(layer):
    return torch_network.Feedback(Neurons(layer), layer) if "recurrent" in layer else Neurons(layer)


def gain(layer):
    if layer["rule"] == "count":
        return 1.0
    return 1 / ((1 - layer["decay"]) * (1 - layer.get("current_decay", 0.0)))


if __name__ == "__main__":
    torch_network.main(make, ["norse"], gain)
