"""SpikingJelly, whose modules keep their state: over all steps at once, or one. The Sinabs network's neurons are its own: one
spike, no lower bound."""

import torch
import torch_network
from spikingjelly.activation_based import layer as containers
from spikingjelly.activation_based import neuron


def cell(layer, several):
    given = {"v_reset": None if layer["rule"] == "count" else 0.0, "v_threshold": layer.get("threshold", float("inf"))}
    if layer["rule"] == "count":
        made = neuron.IFNode(**given)
    elif "current_decay" in layer:
        made = neuron.CUBALIFNode(c_decay=layer["current_decay"], v_decay=layer["decay"], **given)
    else:
        made = neuron.LIFNode(tau=1 / (1 - layer["decay"]), decay_input=False, **given)
    made.step_mode, made.store_v_seq = "m" if several else "s", several and layer["rule"] == "none"
    return made


def recurrent(layer, several):
    weight, bias = torch_network.tensor(layer["recurrent"].T.copy()), torch_network.tensor(layer.get("recurrent_bias"))

    def join(before, x):
        return torch.addmm(x if bias is None else x + bias, before, weight)

    return containers.ElementWiseRecurrentContainer(cell(layer, False), join, step_mode="m" if several else "s")


class Neurons:
    def __init__(self, layer):
        make = recurrent if "recurrent" in layer else cell
        self.one, self.all, self.potential = make(layer, False), make(layer, True), layer["rule"] == "none"

    def __call__(self, x, state):
        if state is None:
            self.one.reset()
        spikes = self.one(x)
        return self.one.v.clone() if self.potential else spikes, True

    def sequence(self, xs):
        self.all.reset()
        spikes = self.all(xs)
        return self.all.v_seq if self.potential else spikes


if __name__ == "__main__":
    torch_network.main(Neurons, ["spikingjelly"])
