"""TorchScript: what one writes in PyTorch who needs no library: each layer over all steps, the neurons' loop in a script."""

import torch
import torch_network
from torch import Tensor


@torch.jit.script
def neurons(
    x: Tensor,
    v: Tensor,
    current: Tensor,
    spikes: Tensor,
    rule: int,
    decay: float,
    current_decay: float,
    threshold: float,
    recurrent: Tensor | None,
    bias: Tensor | None,
):
    """[steps, lanes, ...] -> the same; the three states are changed."""
    y = torch.empty_like(x)
    for n in range(x.size(0)):
        if current_decay > 0.0:
            current.mul_(current_decay).add_(x[n])
            if recurrent is not None:
                current.addmm_(spikes, recurrent)
            if bias is not None:
                current.add_(bias)
            v.mul_(decay).add_(current)
        else:
            v.mul_(decay).add_(x[n])
            if recurrent is not None:
                v.addmm_(spikes, recurrent)
        if rule == 0:
            y[n].copy_(v)
        elif rule == 1:
            fired = v > threshold
            y[n].copy_(fired)
            v.masked_fill_(fired, 0.0)
            if recurrent is not None:
                spikes.copy_(fired)
        else:
            counts = torch.div(v, threshold, rounding_mode="trunc").clamp_(min=0.0)
            y[n].copy_(counts)
            v.sub_(counts, alpha=threshold).clamp_(min=-threshold)
    return y


class Neurons:
    def __init__(self, layer):
        recurrent = torch_network.tensor(layer["recurrent"].T.copy()) if "recurrent" in layer else None
        self.rest = (
            ("none", "zero", "count").index(layer["rule"]),
            layer["decay"],
            layer.get("current_decay", 0.0),
            layer.get("threshold", 0.0),
            recurrent,
            torch_network.tensor(layer.get("recurrent_bias")),
        )

    def sequence(self, xs):
        return neurons(xs, *(torch.zeros_like(xs[0]) for _ in range(3)), *self.rest)

    def __call__(self, x, state):
        state = state or [torch.zeros_like(x) for _ in range(3)]
        return neurons(x[None], *state, *self.rest)[0], state


if __name__ == "__main__":
    torch_network.main(Neurons, [])
