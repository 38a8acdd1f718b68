#!/usr/bin/env python3
"""{{title}}

{{about}}

    python SCRIPT --input NAME=FILE.npy ... --out RESULT.npz [--device sim|loihi2]

FILE.npy holds whole numbers [steps, neurons], the events of each step. RESULT.npz gets, for each population, NAME/spikes,
NAME/u and NAME/v [chip steps, neurons] as the chip has them after each of its steps: row s is the network's step s - latency.

    sim     Loihi2SimCfg(select_tag="fixed_pt"): Lava's model of the chip, bit by bit, on any computer
    loihi2  Loihi2HwCfg: a chip. It needs Intel's extension of Lava, which comes with access to one; where this script was
            written there was none, so that this way has not been run

Lava 0.10.0; every integer is inside.
"""

import argparse
import base64
import json
import tempfile
from pathlib import Path

import numpy as np
from lava.magma.core.decorator import implements, requires
from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.model.py.ports import PyInPort, PyRefPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.process.ports.ports import InPort, RefPort
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.resources import CPU
from lava.magma.core.run_conditions import RunSteps
from lava.magma.core.run_configs import Loihi2HwCfg, Loihi2SimCfg
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol
from lava.proc.conv.process import Conv
from lava.proc.dense.process import DelayDense, Dense
from lava.proc.graded.process import GradedVec
from lava.proc.io.source import RingBuffer
from lava.proc.lif.process import LIF, LIFReset
from lava.utils.weightutils import SignMode

NETWORK = json.loads(r"""{{network}}""")


def array(entry):
    return np.frombuffer(base64.b64decode(entry["i32"]), "<i4").reshape(entry["shape"])


class Recorder(AbstractProcess):
    """Leaves what neurons sent, and u and v after each step, in a file at the last step."""

    def __init__(self, neurons, steps, path):
        super().__init__(steps=steps, path=path)
        self.s_in = InPort(shape=neurons.s_out.shape)
        self.u, self.v = RefPort(shape=neurons.v.shape), RefPort(shape=neurons.v.shape)
        neurons.s_out.connect(self.s_in)
        self.u.connect_var(neurons.u if hasattr(neurons, "u") else neurons.v)
        self.v.connect_var(neurons.v)


@implements(proc=Recorder, protocol=LoihiProtocol)
@requires(CPU)
class RecorderModel(PyLoihiProcessModel):
    s_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, int)
    u: PyRefPort = LavaPyType(PyRefPort.VEC_DENSE, int)
    v: PyRefPort = LavaPyType(PyRefPort.VEC_DENSE, int)

    def __init__(self, proc_params):
        super().__init__(proc_params)
        self.rows = {"spikes": [], "u": [], "v": []}

    def run_spk(self):
        self.rows["spikes"].append(self.s_in.recv().copy())

    def post_guard(self):
        return True

    def run_post_mgmt(self):
        self.rows["u"].append(self.u.read().copy())
        self.rows["v"].append(self.v.read().copy())
        if self.time_step == self.proc_params["steps"]:
            np.savez(self.proc_params["path"], **{key: np.array(rows) for key, rows in self.rows.items()})


class Population:
    """Neurons; those with the same du, dv and vth are one process, since a process has one of each."""

    def __init__(self, entry):
        self.entry, self.count, self.latency = entry, entry["count"], entry["latency"]
        keys = ("vth",) if entry["kind"] == "graded" else ("du", "dv", "vth")
        table = np.stack([self.each(key) for key in keys])
        _, kind = np.unique(table, axis=1, return_inverse=True)
        self.members = [np.flatnonzero(kind.ravel() == k) for k in range(kind.max() + 1)]
        self.processes = [self.process(members) for members in self.members]

    def each(self, key):
        return np.broadcast_to(array(self.entry[key]), self.count)

    def process(self, members):
        if self.entry["kind"] == "graded":
            return GradedVec(shape=members.shape, vth=int(self.each("vth")[members[0]]))
        given = {key: int(self.each(key)[members[0]]) for key in ("du", "dv", "vth")}
        given |= {key: self.each(key)[members].copy() for key in ("bias_mant", "bias_exp")}
        if self.latency == 0:
            given |= {"u": self.each("u0")[members].copy(), "v": self.each("v0")[members].copy()}
        interval = self.entry["reset_interval"]
        if interval == 0:
            return LIF(shape=members.shape, **given)
        offset = (self.entry["reset_offset"] + self.latency) % interval
        return LIFReset(shape=members.shape, reset_interval=interval, reset_offset=offset, **given)

    def starts_late(self):
        """Whether it must be held until its first step, since it would not rest by itself."""
        if self.entry["kind"] == "graded":
            return False
        return self.latency > 0 and any(self.each(key).any() for key in ("bias_mant", "u0", "v0"))

    def hold(self, step):
        """After chip step `step`, from 1: at rest, or as it begins."""
        for members, process in zip(self.members, self.processes, strict=True):
            begins = step == self.latency
            for variable, key in ((process.u, "u0"), (process.v, "v0")):
                variable.set(self.each(key)[members].copy() if begins else np.zeros(members.shape, int))


class Source:
    """An input: one process, for all."""

    def __init__(self, entry, rows, steps, adapter):
        padded = np.zeros((entry["count"], steps), np.int32)
        padded[:, : len(rows)] = rows.T
        self.members = [np.arange(entry["count"])]
        self.processes = [RingBuffer(data=padded)]
        if adapter is not None:
            inner = adapter(shape=(entry["count"],))
            self.processes[0].s_out.connect(inner.inp)
            inner.s_out = inner.out
            self.processes = [inner]


def connect(synapses, source, target):
    given = {"weight_exp": synapses["exponent"], "num_weight_bits": synapses["bits"]}
    given |= {"num_message_bits": synapses["message_bits"]}
    if "window" in synapses:
        return convolve(synapses["window"], given, source.processes[0], target.processes[0])
    given["sign_mode"] = SignMode[synapses["sign"].upper()]
    weights = array(synapses["weights"])
    for columns, sender in zip(source.members, source.processes, strict=True):
        for rows, receiver in zip(target.members, target.processes, strict=True):
            part = weights[np.ix_(rows, columns)]
            late = synapses["axon_delay"] - 1  # a Dense takes one step
            if late:
                dense = DelayDense(weights=part, delays=np.full(part.shape, late), max_delay=late, **given)
            else:
                dense = Dense(weights=part, **given)
            sender.s_out.connect(dense.s_in)
            dense.a_out.connect(receiver.a_in)


def convolve(window, given, sender, receiver):
    """Channels come first in a population, and last in Lava's Conv, which mirrors its kernel."""
    kernel = array(window["weights"])[:, :, ::-1, ::-1].transpose(0, 2, 3, 1)
    height, width, channels = window["input_shape"]
    geometry = {key: tuple(window[key]) for key in ("stride", "padding", "dilation")}
    conv = Conv(weight=kernel.copy(), input_shape=(height, width, channels), groups=window["groups"], **geometry, **given)
    sender.s_out.reshape((channels, height, width)).transpose((1, 2, 0)).connect(conv.s_in)
    conv.a_out.transpose((2, 0, 1)).flatten().connect(receiver.a_in)


def record_on_chip(populations):
    from lava.utils.loihi2_state_probes import StateProbe  # of Intel's extension

    def probe(process):
        names = ("u", "v", "s_out") if hasattr(process, "u") else ("s_out",)
        return {"spikes" if key == "s_out" else key: StateProbe(getattr(process, key)) for key in names}

    return {name: [probe(process) for process in p.processes] for name, p in populations.items()}


def run(inputs, device):
    entries = NETWORK["populations"]
    shift = max((entry["latency"] for entry in entries), default=0)
    steps = max(len(rows) for rows in inputs.values()) + shift
    adapter = None
    if device == "loihi2":
        from lava.proc.embedded_io.spike import PyToNxAdapter as adapter  # of Intel's extension
    ends = {entry["name"]: Source(entry, inputs[entry["name"]], steps, adapter) for entry in NETWORK["inputs"]}
    populations = {entry["name"]: Population(entry) for entry in entries}
    ends |= populations
    for synapses in NETWORK["synapses"]:
        connect(synapses, ends[synapses["source"]], ends[synapses["target"]])
    with tempfile.TemporaryDirectory() as folder:
        if device == "loihi2":
            probes = record_on_chip(populations)
            config = Loihi2HwCfg(callback_fxs=[p for parts in probes.values() for part in parts for p in part.values()])
        else:
            for name, p in populations.items():
                for k, process in enumerate(p.processes):
                    Recorder(process, steps, str(Path(folder) / f"{list(populations).index(name)}_{k}.npz"))
            config = Loihi2SimCfg(select_tag="fixed_pt")
        drive(populations, steps, config)
        if device == "loihi2":
            parts = {name: [{key: p.time_series for key, p in part.items()} for part in of] for name, of in probes.items()}
        else:
            parts = {
                name: [dict(np.load(Path(folder) / f"{number}_{k}.npz")) for k in range(len(p.processes))]
                for number, (name, p) in enumerate(populations.items())
            }
    return gathered(populations, parts, steps)


def drive(populations, steps, config):
    late = [p for p in populations.values() if p.starts_late()]
    root = next(iter(populations.values())).processes[0]
    done = 0
    for step in range(1, max((p.latency for p in late), default=0) + 1):
        root.run(condition=RunSteps(num_steps=1), run_cfg=config)
        done = step
        for p in late:
            if step <= p.latency:
                p.hold(step)
    if done < steps:
        root.run(condition=RunSteps(num_steps=steps - done), run_cfg=config)
    root.stop()


def gathered(populations, parts, steps):
    results = {}
    for name, p in populations.items():
        keys = ("spikes",) if p.entry["kind"] == "graded" else ("spikes", "u", "v")
        for key in keys:
            rows = np.zeros((steps, p.count), np.int64)
            for members, part in zip(p.members, parts[name], strict=True):
                rows[:, members] = np.rint(part[key])
            results[f"{name}/{key}"] = rows
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--input", action="append", required=True, metavar="NAME=FILE.npy")
    parser.add_argument("--out", required=True, metavar="RESULT.npz")
    parser.add_argument("--device", choices=("sim", "loihi2"), default="sim")
    arguments = parser.parse_args()
    inputs = {name: np.load(file) for name, file in (pair.rsplit("=", 1) for pair in arguments.input)}
    wanted = {entry["name"]: entry["count"] for entry in NETWORK["inputs"]}
    if {name: rows.shape[1] for name, rows in inputs.items()} != wanted:
        parser.error(f"inputs and their neurons must be {wanted}")
    np.savez(arguments.out, **run(inputs, arguments.device))


if __name__ == "__main__":
    main()
