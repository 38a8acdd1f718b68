"""Convolutions, pools and matrices against torch's, over all combinations of their options (tests/peers/torch_layers.py)."""

import json
import math

import numpy as np
import pytest

import network_file
import ranvier as rv
from places import PEERS


def load_cases():
    with np.load(PEERS / "torch_layers.npz") as file:
        given, results = file["given"], file["y"]
        for case in json.loads(str(file["cases"])):
            arrays = {}
            for key, shape in case["shapes"].items():
                source = results if key == "y" else given
                size = math.prod(shape)
                taken, rest = source[:size], source[size:]
                arrays[key] = taken.reshape(shape)
                results, given = (rest, given) if key == "y" else (results, rest)
            yield case, arrays


CASES = {case["name"]: (case, arrays) for case, arrays in load_cases()}


def network(path, case, arrays):
    parameters = {key: np.array(value, dtype=np.int64) for key, value in case["parameters"].items()}
    parameters |= {key: arrays[key].astype(np.float32) / 256 for key in ("weight", "bias") if key in arrays}
    nodes = {
        "in": ("input", arrays["x"].shape, {}, {}),
        "layer": (case["model"], arrays["y"].shape, parameters, {}),
        "out": ("output", arrays["y"].shape, {}, {}),
    }
    return rv.load(network_file.write(path, nodes, [("in", "layer"), ("layer", "out")]))


@pytest.mark.parametrize(("precision", "dtype"), [("f64", np.float64), ("i32", np.int32)])
def test_other_precisions_go_from_input_to_output(tmp_path, device, precision, dtype):
    random = np.random.default_rng(5)
    wide = {"precision": precision}
    weight, bias = random.integers(-9, 9, (4, 6)), random.integers(-9, 9, 4)
    if precision == "f64":
        weight, bias = weight / 3, bias / 7
    nodes = {
        "in": ("input", (6,), {}, wide),
        "layer": ("affine", (4,), {"weight": weight, "bias": bias}, wide),
        "out": ("output", (4,), {}, wide),
    }
    net = rv.load(network_file.write(tmp_path / "net.safetensors", nodes, [("in", "layer"), ("layer", "out")]))
    x = random.integers(-5, 5, (3, 6)).astype(dtype)
    expected = np.zeros((3, 4), dtype)
    for k in range(6):  # in the order of the terms
        expected += weight.astype(dtype)[:, k] * x[:, k : k + 1]
    y = net.to(device)(x)
    assert y.dtype == dtype
    np.testing.assert_array_equal(y, expected + bias.astype(dtype))


@pytest.mark.parametrize("kind", ["conv1d", "conv2d", "avgpool", "sumpool", "linear", "stack"])
def test_a_layer_is_torchs(tmp_path, kind, device):
    chosen = [name for name in CASES if name.split()[0] == kind]
    assert len(chosen) >= (1 if kind in ("linear", "stack") else 20)
    for name in chosen:
        case, arrays = CASES[name]
        x = arrays["x"][None].astype(np.float32) / 256
        y = network(tmp_path / "net.safetensors", case, arrays).to(device)(x)
        np.testing.assert_array_equal(y.reshape(arrays["y"].shape), arrays["y"], err_msg=str(case))
