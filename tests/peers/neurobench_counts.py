"""Writes tests/data/peers/neurobench.npz: spikes and synaptic operations of snnTorch networks, as NeuroBench counts them.

    python tests/peers/neurobench_counts.py        (torch 2.x, snntorch 1.x, neurobench 2.x, nir 1.x)

Two networks, each with inputs of 0 and 1 and with graded ones, and with a part of their weights pruned to zero: Linear and
Leaky, twice, and Conv2d, Leaky, Linear, Leaky. Weights and inputs are multiples of 1/256. The tests
(tests/python/test_counters.py) need none of these packages. Both networks are written as NIR files too.
"""

import json
from pathlib import Path

import nir
import numpy as np
import snntorch as snn
import torch
from neurobench.metrics.workload import SynapticOperations
from neurobench.models import SNNTorchModel
from snntorch.export_nir import export_to_nir
from torch import nn

OUT = Path(__file__).resolve().parents[1] / "data" / "peers"
STEPS, BATCH = 20, 3
random = np.random.default_rng(3)
arrays, figures = {}, {}


def leaky(*shape, **more):
    """With the reset as snnTorch's import of a NIR file sets it."""
    beta, threshold = torch.full(shape, 0.75), torch.full(shape, 1.0)
    reset = {"reset_mechanism": "subtract", "reset_delay": False}
    return snn.Leaky(beta=beta, threshold=threshold, init_hidden=True, **reset, **more)


def weights_for(layer, scale):
    """Multiples of 1/256, a third of them zero."""
    with torch.no_grad():
        for values in (layer.weight, layer.bias):
            drawn = random.integers(-scale, scale + 1, size=tuple(values.shape)) * (random.random(tuple(values.shape)) < 0.67)
            values.copy_(torch.from_numpy(drawn.astype(np.float32) / 256))


def inputs(kind, shape):
    """[batch, steps, ...] in 1/256."""
    on = random.random((BATCH, STEPS, *shape)) < 0.3
    values = random.integers(1, 512, size=on.shape) if kind == "graded" else 256
    return np.where(on, values, 0).astype(np.int16)


def measure(name, net, shape):
    spikes = [0, 0]
    hooks = [m.register_forward_hook(count_into(spikes, i)) for i, m in enumerate(m for m in net if isinstance(m, snn.Leaky))]
    for kind in ("binary", "graded"):
        x = inputs(kind, shape)
        spikes[:] = [0, 0]
        model, metric = SNNTorchModel(net), SynapticOperations()
        model.register_hooks()
        data = torch.from_numpy(x.astype(np.float32) / 256)
        predicted = model(data)
        result = metric(model, predicted, (data, None))
        model.cleanup_hooks()
        arrays[f"{name}/{kind}/x"] = x
        figures[f"{name}/{kind}"] = {key: round(value * BATCH) for key, value in result.items()} | {"spikes": list(spikes)}
    for hook in hooks:
        hook.remove()
    for number, layer in enumerate(m for m in net if isinstance(m, nn.Linear | nn.Conv2d)):
        arrays[f"{name}/weight{number}"] = layer.weight.detach().numpy()
        arrays[f"{name}/bias{number}"] = layer.bias.detach().numpy()


def count_into(spikes, index):
    def hook(module, given, output):
        emitted = output[0] if isinstance(output, tuple) else output
        spikes[index] += int(emitted.sum().item())

    return hook


linear = nn.Sequential(nn.Linear(8, 12), leaky(12), nn.Linear(12, 5), leaky(5, output=True))
for layer in (linear[0], linear[2]):
    weights_for(layer, 200)
measure("linear", linear, (8,))
graph = export_to_nir(linear, torch.zeros(8))
nir.write(OUT / "neurobench_linear.nir", graph)

conv = nn.Sequential(
    nn.Conv2d(2, 4, 3, stride=2, padding=1), leaky(4, 3, 3), nn.Flatten(), nn.Linear(36, 5), leaky(5, output=True)
)
for layer in (conv[0], conv[3]):
    weights_for(layer, 120)
measure("conv", conv, (2, 6, 6))


def lif(*shape):
    """As snnTorch's export has a Leaky; it does not get through a Flatten (snntorch 1.0.0, nir 1.0.8)."""
    tau = np.full(shape, 1e-4 / (1 - np.float32(0.75)), np.float32)
    return nir.LIF(tau=tau, r=tau / np.float32(1e-4), v_leak=0 * tau, v_threshold=np.ones_like(tau))


weights = {key.removeprefix("conv/"): value for key, value in arrays.items() if key.startswith("conv/")}
convolution = nir.Conv2d((6, 6), weights["weight0"], 2, 1, 1, 1, weights["bias0"])
flatten = nir.Flatten({"input": np.array([4, 3, 3])}, 0, -1)
affine = nir.Affine(weights["weight1"], weights["bias1"])
graph = nir.NIRGraph.from_list(
    nir.Input({"input": np.array([2, 6, 6])}),
    convolution,
    lif(4, 3, 3),
    flatten,
    affine,
    lif(5),
    nir.Output({"output": np.array([5])}),
)
nir.write(OUT / "neurobench_conv.nir", graph)

np.savez_compressed(OUT / "neurobench.npz", figures=np.array(json.dumps(figures)), **arrays)
print(json.dumps(figures, indent=1))
