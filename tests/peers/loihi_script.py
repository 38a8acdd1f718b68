"""loihi_script.py PYTHON: the scripts that the emulator's export "lava" writes, run by a Python that has lava-nc.

Whatever a population sends, and its u and v, are the emulator's integers in every step, `latency` rows later.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

import ranvier as rv

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "python"))

import network_file  # noqa: E402 - lies beside the tests of Python

PAPER = HERE.parent / "data" / "nir-paper"
EMULATOR = "loihi?kind=emulator&states=chip"
RUN = """
import runpy, sys
sys.argv = sys.argv[1:]
sys.path.insert(0, sys.argv.pop())
import lava_shim
runpy.run_path(sys.argv[0], run_name="__main__")
"""
I32 = {"precision": "i32"}


def whole(dice, shape, low, high):
    return dice.integers(low, high + 1, shape).astype(np.int32)


def lif(dice, size, **more):
    """Of two kinds."""
    kind = dice.integers(0, 2, size)
    given = {"du": whole(dice, 2, 200, 4000)[kind], "dv": whole(dice, 2, 0, 800)[kind], "vth": whole(dice, 2, 200, 600)[kind]}
    return ("loihi_lif", (size,), given | more, {})


def dense(dice, to, of, **more):
    return ("loihi_dense", (to,), {"weight": whole(dice, (to, of), -128, 127)} | more, {})


def recurrent(dice):
    """Two kinds of neurons, delays up to 7 steps, biases; as late as in the plan."""
    nodes = {"input": ("input", (12,), {}, I32), "w1": dense(dice, 20, 12, weight_exp=np.array(1)), "w2": dense(dice, 20, 20)}
    nodes |= {"a": lif(dice, 20, bias_mant=whole(dice, 20, -40, 200), bias_exp=whole(dice, 20, 0, 3))}
    nodes |= {"w3": dense(dice, 9, 20, num_weight_bits=np.array(5)), "b": lif(dice, 9, u0=whole(dice, 9, -9999, 9999))}
    return nodes, [("input", "w1", 1), ("w1", "a", 0), ("a", "w2", 4), ("w2", "a", 0), ("a", "w3", 7), ("w3", "b", 0)], (12,)


def late(dice):
    """No delays: the second layer runs two steps late, and must rest until it begins."""
    nodes = {"input": ("input", (12,), {}, I32), "w1": dense(dice, 20, 12), "w2": dense(dice, 9, 20)}
    nodes |= {"a": lif(dice, 20, bias_mant=whole(dice, 20, 0, 199), v0=whole(dice, 20, -9999, 9999))}
    nodes |= {"b": lif(dice, 9, bias_mant=whole(dice, 9, 0, 99), reset_interval=np.array(7), reset_offset=np.array(3))}
    return nodes, [("input", "w1", 0), ("w1", "a", 0), ("a", "w2", 0), ("w2", "b", 0)], (12,)


def convolved(dice):
    neurons = {"du": np.array(2000), "dv": np.array(100), "vth": np.array(400)}
    nodes = {
        "input": ("input", (2, 6, 5), {}, I32),
        "conv": ("loihi_conv", (3, 4, 3), {"weight": whole(dice, (3, 2, 3, 3), -256, 255)}, {}),
    }
    nodes |= {"a": ("loihi_lif", (3, 4, 3), neurons, {}), "flat": ("flatten", (36,), {}, I32)}
    nodes |= {"w2": dense(dice, 9, 36, weight_exp=np.array(-2)), "b": lif(dice, 9)}
    return nodes, [("input", "conv", 1), ("conv", "a", 0), ("a", "flat", 0), ("flat", "w2", 2), ("w2", "b", 0)], (2, 6, 5)


def graded(dice):
    nodes = {"input": ("input", (12,), {}, I32), "w1": dense(dice, 20, 12, weight_exp=np.array(-3))}
    nodes |= {"a": ("loihi_graded", (20,), {"vth": np.array(60)}, {}), "w2": dense(dice, 9, 20), "b": lif(dice, 9)}
    return nodes, [("input", "w1", 1), ("w1", "a", 0), ("a", "w2", 1), ("w2", "b", 0)], (12,)


def networks(folder):
    """(name, network, input, populations)"""
    for number, make in enumerate((recurrent, late, convolved, graded)):
        dice = np.random.default_rng(number)
        nodes, edges, shape = make(dice)
        file = network_file.write(folder / f"{make.__name__}.safetensors", nodes, edges)
        most = 3 if make is graded else 1
        x = whole(dice, (60, *shape), -most, most) if make is graded else (dice.random((60, *shape)) < 0.3).astype(np.int32)
        yield make.__name__, rv.load(file), x, [name for name in ("a", "b") if nodes[name][0] == "loihi_lif"]
    touch = np.load(PAPER / "derived" / "braille_test_sample0_input_256x12_u8.npy")
    net = rv.load(PAPER / "03_rnn" / "braille_noDelay_bias_zero.nir", dt=0.1 * rv.ms, convention="snntorch")
    yield "braille", net, touch.astype(np.float32), ["lif1.lif", "lif2"]


def difference(net, x, populations, python, folder):
    """(a sentence or None, values compared, spikes)"""
    made = net.compile(EMULATOR)
    made.save(folder / "net.py", format="lava")
    np.save(folder / "x.npy", x.reshape(len(x), -1).astype(np.int32))
    command = [python, "-W", "ignore", "-c", RUN, folder / "net.py", "--input", f"input={folder / 'x.npy'}"]
    subprocess.run([str(word) for word in [*command, "--out", folder / "out.npz", HERE]], check=True)
    latency = {entry.node: int(entry.figures["latency"]) for entry in made.report.entries if entry.quantity == "latency"}
    current = "i" if net.nodes[populations[0]].model.startswith("cubalif") else "u"
    out = made.open().run(x, record=[f"{name}.{what}" for name in populations for what in ("spikes", current, "v")])
    values = spikes = 0
    with np.load(folder / "out.npz") as theirs:
        for name in populations:
            ours = {"spikes": out.spikes[name].counts(), "u": out.states[name][current], "v": out.states[name]["v"]}
            spikes += int(ours["spikes"].sum())
            for what, rows in ours.items():
                rows = np.asarray(rows).reshape(len(x), -1)
                apart = np.argwhere(rows != theirs[f"{name}/{what}"][latency[name] :][: len(x)])
                values += rows.size
                if len(apart):
                    return f"{name}.{what} differs first in step {apart[0][0]}, neuron {apart[0][1]}", values, spikes
    return None, values, spikes


def main():
    python, wrong = sys.argv[1], 0
    with tempfile.TemporaryDirectory() as folder:
        for name, net, x, populations in networks(Path(folder)):
            found, values, spikes = difference(net, x, populations, python, Path(folder))
            print(f"lava script: {name}: {values} values, {spikes} spikes: {found or 'equal'}")
            wrong += bool(found) or spikes == 0
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
