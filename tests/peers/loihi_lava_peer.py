"""Networks in Loihi's integers in Lava: the processes that are bit-accurate with the chip, in Lava's own runtime.

du, dv and vth are given per neuron, which Lava's constructors do not say and its models compute.
"""

import tempfile
from pathlib import Path

import lava_shim  # noqa: F401, isort: skip
import loihi_peer
import numpy as np
from lava.magma.core.run_conditions import RunSteps
from lava.magma.core.run_configs import Loihi2SimCfg
from lava.proc.conv.process import Conv
from lava.proc.dense.process import DelayDense, Dense
from lava.proc.graded.process import GradedVec
from lava.proc.io.source import RingBuffer as Source
from lava.proc.lif.process import LIF, LIFReset
from lava.utils.weightutils import SignMode
from lava_taps import Tap


def of_cell(cell, shape):
    if cell["model"] == "graded":
        return GradedVec(shape=shape, vth=cell["vth"])

    def each(key):
        values = np.broadcast_to(cell.get(key, 0), (1, cell["size"]))
        return turned(values, shape).reshape(shape)

    given = {key: each(key).astype(np.int32) for key in ("du", "dv", "vth", "bias_mant", "bias_exp")}
    given |= {"shape": shape, "u": each("u0").astype(np.int32), "v": each("v0").astype(np.int32)}
    if "reset_interval" not in cell:
        return LIF(**given)
    return LIFReset(**given, reset_interval=cell["reset_interval"], reset_offset=cell["reset_offset"])


def of_edge(edge):
    given = {key: edge[key] for key in ("weight_exp", "num_weight_bits")}
    given |= {"num_message_bits": 8 if edge["graded"] else 0}
    if "window" in edge:
        geometry = {key: tuple(int(n) for n in edge["window"][key]) for key in ("stride", "padding", "dilation")}
        mirrored = edge["weight"][:, :, ::-1, ::-1].transpose(0, 2, 3, 1)  # Lava's is [out, x, y, in], and convolves
        return Conv(
            weight=mirrored.astype(np.int32),
            input_shape=plane(edge["window"]["input_shape"]),
            groups=edge["window"]["groups"],
            **geometry,
            **given,
        )
    given |= {"weights": edge["weight"].astype(np.int32), "sign_mode": SignMode[edge["sign_mode"].upper()]}
    return DelayDense(delays=edge["delays"], **given) if "delays" in edge else Dense(**given)


def plane(shape):
    """Lava's [x, y, channel] of [channel, x, y]."""
    return (int(shape[1]), int(shape[2]), int(shape[0]))


def turned(rows, shape, back=False):
    """[steps, neurons] in Lava's order of axes, or from there."""
    if len(shape) == 1:
        return rows
    if back:
        return rows.reshape(-1, *shape).transpose(0, 3, 1, 2).reshape(len(rows), -1)
    return rows.reshape(-1, shape[2], *shape[:2]).transpose(0, 2, 3, 1).reshape(len(rows), -1)


def run(case):
    shapes = {name: (cell["size"],) for name, cell in case["cells"].items()}
    shapes |= {name: rows.shape[1:] for name, rows in case["inputs"].items()}
    for edge in case["edges"]:
        if "window" in edge:
            shapes[edge["source"]] = plane(edge["window"]["input_shape"])
            shapes[edge["target"]] = plane(edge["window"]["output_shape"])
    cells = {name: of_cell(cell, shapes[name]) for name, cell in case["cells"].items()}
    sources = {}
    for name, counts in case["inputs"].items():
        rows = turned(counts, shapes[name]).T.reshape(*shapes[name], -1)
        sources[name] = Source(data=rows.astype(np.int32))
    for edge in case["edges"]:
        synapses = of_edge(edge)
        for source in (edge["source"], edge.get("also")):
            if source is not None:
                (sources | cells)[source].s_out.connect(synapses.s_in)
        synapses.a_out.connect(cells[edge["target"]].a_in)
    with tempfile.TemporaryDirectory() as folder:
        taps = [Tap(cell, case["steps"], f"{folder}/{name}.npz") for name, cell in cells.items()]
        first = next(iter(sources.values()))
        first.run(condition=RunSteps(num_steps=case["steps"]), run_cfg=Loihi2SimCfg(select_tag="fixed_pt"))
        first.stop()
        assert len(taps) == len(cells)
        return {name: recorded(Path(folder) / f"{name}.npz", cell, shapes[name]) for name, cell in case["cells"].items()}


def recorded(path, cell, shape):
    with np.load(path) as file:
        keys = ("spikes",) if cell["model"] == "graded" else ("spikes", "u", "v")  # a vector's v is 0 after the step
        return {key: turned(np.rint(file[key]).astype(np.int64), shape, back=True) for key in keys}


if __name__ == "__main__":
    loihi_peer.main("lava-nc", "lava", ["lava-nc", "numpy"], run)
