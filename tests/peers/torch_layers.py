"""Writes tests/data/peers/torch_layers.npz: what torch's layers make of inputs, over all combinations of their options.

    python tests/peers/torch_layers.py        (torch 2.x)

Weights, biases and inputs are multiples of 1/256 and so few that every sum is exact in float32, in any order. The tests
(tests/python/test_torch_layers.py) need no torch. The file holds "cases", a JSON list of {"name", "model", "parameters":
{structural parameter: numbers}, "shapes": {"x", "y" and perhaps "weight", "bias": shape}}, and the arrays of all cases one
after the other, in the order of their shapes: "given" (x, weight, bias in 1/256) and "y" (float32), x and y of one step.
"""

import itertools
import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

OUT = Path(__file__).resolve().parents[1] / "data" / "peers" / "torch_layers.npz"
random = np.random.default_rng(1)
cases, given, results = [], [], []


def draw(*shape):
    return random.integers(-256, 257, size=shape).astype(np.int16)


def tensor(values):
    return torch.from_numpy(values.astype(np.float32) / 256)


def begin_of(padding, kernel, dilation):
    """torch pads "same" by dilation * (kernel - 1) in all, the smaller half at the begin."""
    if padding == "same":
        return [d * (k - 1) // 2 for k, d in zip(kernel, dilation, strict=True)]
    return list(padding)


def keep(name, model, parameters, y, **arrays):
    shapes = {key: value.shape for key, value in arrays.items()} | {"y": tuple(y.shape)}
    cases.append({"name": name, "model": model, "parameters": parameters, "shapes": shapes})
    given.extend(value.ravel() for value in arrays.values())
    results.append(y.numpy().astype(np.float32).ravel())


def convolutions(rank, extents):
    convolve = F.conv1d if rank == 1 else F.conv2d
    kernels = [(1,), (2,), (3,)] if rank == 1 else [(1, 1), (2, 2), (3, 2)]
    strides = [(1,), (2,)] if rank == 1 else [(1, 1), (2, 1)]
    paddings = [(0,), (2,), "same"] if rank == 1 else [(0, 0), (1, 2), "same"]
    dilations = [(1,), (2,)] if rank == 1 else [(1, 1), (1, 2)]
    options = itertools.product(kernels, strides, paddings, dilations, [1, 2, 4])
    for number, (kernel, stride, padding, dilation, groups) in enumerate(options):
        if padding == "same" and max(stride) > 1:
            continue  # torch refuses it
        x, weight, bias = draw(4, *extents), draw(8, 4 // groups, *kernel), draw(8)
        y = convolve(tensor(x)[None], tensor(weight), tensor(bias), stride, padding, dilation, groups)[0]
        parameters = {"stride": stride, "dilation": dilation, "groups": [groups]}
        parameters["padding"] = begin_of(padding, kernel, dilation)
        keep(f"conv{rank}d {number}", "conv", parameters, y, x=x, weight=weight, bias=bias)


def pools():
    options = itertools.product([(1, 1), (2, 2), (3, 2)], [(1, 1), (2, 2), (3, 1)], [(0, 0), (0, 1), (1, 1)])
    for number, (kernel, stride, padding) in enumerate(options):
        if any(2 * p > k for p, k in zip(padding, kernel, strict=True)):
            continue  # torch refuses it
        x = draw(3, 7, 6)
        mean = F.avg_pool2d(tensor(x)[None], kernel, stride, padding)[0]
        total = F.avg_pool2d(tensor(x)[None].double(), kernel, stride, padding, divisor_override=1)[0]
        parameters = {"kernel_size": kernel, "stride": stride, "padding": padding}
        keep(f"avgpool {number}", "avgpool", parameters, mean, x=x)
        keep(f"sumpool {number}", "sumpool", parameters, total, x=x)


def matrices():
    x, weight, bias = draw(7), draw(5, 7), draw(5)
    keep("linear", "affine", {}, F.linear(tensor(x), tensor(weight), tensor(bias)), x=x, weight=weight, bias=bias)
    x, weight, bias = draw(2, 3, 7), draw(2, 3, 5, 7), draw(2, 3, 5)
    y = torch.matmul(tensor(weight), tensor(x)[..., None])[..., 0] + tensor(bias)
    keep("stack", "affine", {}, y, x=x, weight=weight, bias=bias)


convolutions(1, (9,))
convolutions(2, (6, 7))
pools()
matrices()
OUT.parent.mkdir(parents=True, exist_ok=True)
np.savez_compressed(OUT, cases=np.array(json.dumps(cases)), given=np.concatenate(given), y=np.concatenate(results))
print(f"{len(cases)} cases, {OUT.stat().st_size} bytes")
