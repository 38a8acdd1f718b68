"""What the process of every peer does: it answers the runner's commands, one line of JSON each, until its input ends.

    {"do": "sequence", "network": NAME.npz, "lanes": 64, "mode": ...}   -> {"differ": share of outputs that differ}
    {"do": "stream", "network": NAME.npz, "mode": ...}                  -> the same, one lane, step by step
    {"do": "time", "mode": ..., "seconds": 0.2}                         -> {"times": seconds of each run, or of each step}
    {"do": "forget"}                                                    -> {}; no mode is ready any more

A peer calls `main(build, packages)`. build(network, lanes, mode) returns an object with
    given(x)    [steps, lanes, ...] float32 -> the peer's own input; not timed
    run(given)  the whole sequence from the first state               outputs(y)  -> [steps, lanes, n]
    start()     to the first state; then, with one lane, step by step:
    row(x)      [1, ...] float32 -> the peer's own, not timed         step(row)   outputs(y)[None] is [1, 1, n]
The first word on the command line is the number of threads.
"""

import gc
import json
import os
import sys
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from types import SimpleNamespace

THREADS = int(sys.argv[1]) if len(sys.argv) > 1 else 1
for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS", "NPROC"):
    os.environ[name] = str(THREADS)  # before the libraries start; NPROC is XLA's

import networks  # noqa: E402
import numpy as np  # noqa: E402

CLOSE = 0.01  # outputs that differ by more than this differ


class Sequence:
    def __init__(self, build, network, lanes, mode):
        self.peer = build(network, lanes, mode)
        self.x = self.peer.given(np.ascontiguousarray(network.x[:, :lanes], np.float32))
        self.expected = network.outputs[:, :lanes]

    def once(self):
        return np.asarray(self.peer.outputs(self.peer.run(self.x))).reshape(self.expected.shape)

    def times(self, seconds):
        taken, end = [], perf_counter() + seconds
        while not taken or perf_counter() < end:
            begin = perf_counter()
            self.peer.run(self.x)
            taken.append(perf_counter() - begin)
        return taken


class Stream:
    def __init__(self, build, network, lanes, mode):
        self.peer = build(network, 1, mode)
        self.rows = [self.peer.row(row) for row in np.ascontiguousarray(network.x[:, :1], np.float32)]
        self.expected = network.outputs[:, :1]

    def once(self):
        self.peer.start()
        rows = [np.array(self.peer.outputs(self.peer.step(row))) for row in self.rows]
        return np.stack(rows).reshape(self.expected.shape)

    def times(self, seconds):
        taken, end = [], perf_counter() + seconds
        while not taken or perf_counter() < end:
            self.peer.start()
            for row in self.rows:
                begin = perf_counter()
                self.peer.step(row)
                taken.append(perf_counter() - begin)
        return taken


def load(path):
    layers, facts, x, outputs = networks.read(path)
    return SimpleNamespace(path=Path(path), layers=layers, x=x, outputs=outputs, load=facts["load"])


def main(build, packages):
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is not an answer
    tasks = {}

    def obey(order):
        if order["do"] == "time":
            return {"times": tasks[order["mode"]].times(order["seconds"])}
        if order["do"] == "forget":
            tasks.clear()
            gc.collect()
            return {}
        kind = Sequence if order["do"] == "sequence" else Stream
        task = tasks[order["mode"]] = kind(build, load(order["network"]), order.get("lanes", 1), order["mode"])
        differ = abs(task.once() - task.expected) > CLOSE
        return {"differ": float(differ.mean()), **getattr(task.peer, "facts", {})}

    gc.disable()  # as timeit does
    print(json.dumps({"versions": {package: version(package) for package in packages}}), file=answers, flush=True)
    for line in sys.stdin:
        try:
            answer = obey(json.loads(line))
        except Exception as problem:
            answer = {"error": f"{type(problem).__name__}: {str(problem)[:500]}"}
        print(json.dumps(answer), file=answers, flush=True)
