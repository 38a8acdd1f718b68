"""Inference on this machine: Ranvier beside every peer, in turn. `./dev bench inference [OPTION ...]` makes what it needs.

    python run.py --environments build/peers --ranvier .venv/bin/python --streaming PROGRAM --networks build/inference

One process a peer and number of threads. In each round, every peer of a cell (a network and a number of lanes) runs for a
slice, so that what else the machine does hits all. Every figure goes to results.jsonl beside the networks, for tables.py.

    --quick   5 % input, and only the peers that lead somewhere
    --only    words, one of which a cell's name contains: braille/1, nmnist_5/64, braille/stream, ...
    --write   puts the tables into bench/README.md
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import time
from pathlib import Path
from typing import NamedTuple

import networks
import tables

HERE = Path(__file__).resolve().parent
CNNS, RNNS = ("nmnist", "sinabs"), ("braille", "recurrent")
LANES = (1, 64)
SERIAL = ("compiled", "events")  # modes that have no use for a second thread at one lane
SLOW = 0.5  # seconds of a run, from which on it is timed SLOW_ROUNDS times
SLOW_ROUNDS = 3


class Peer(NamedTuple):
    name: str
    kind: str  # ours, expert (written by hand), torch (an SNN library on PyTorch), library (another one)
    script: str
    environment: str
    modes: dict  # (family, lanes) -> modes to try; lanes is "stream" for steps one by one
    leads: str  # where it may be the fastest of its kind: these cells run at every density and in --quick


def everywhere(*modes, families=RNNS + CNNS):
    return {(family, lanes): modes for family in families for lanes in (*LANES, "stream")}


NORSE = {
    **{(family, 1): ("compiled", "steps") for family in RNNS},
    **{(family, 64): ("layers",) for family in RNNS},
    **{(family, 1): ("layers",) for family in CNNS},
    **{(family, 64): ("steps",) for family in CNNS},
    **{(family, "stream"): ("compiled",) for family in RNNS + CNNS},
}
EVERYWHERE = " ".join(f"{family}/{lanes}" for family in RNNS + CNNS for lanes in (*LANES, "stream"))
AT_64 = " ".join(f"{family}/64" for family in RNNS + CNNS)
STREAM = " ".join(f"{family}/stream" for family in RNNS + CNNS)
ONE_CNN, ONE_RNN = "nmnist/1 sinabs/1", "braille/1 recurrent/1"
PEERS = [
    Peer("Ranvier", "ours", "ranvier", "ranvier", everywhere("python"), EVERYWHERE),
    Peer("JAX", "expert", "jax", "jax", everywhere("layers", "steps"), "braille/1 braille/64 recurrent/1"),
    Peer("ONNX Runtime", "expert", "onnx", "onnx", everywhere("layers", "steps"), f"{ONE_CNN} {AT_64} {STREAM}"),
    Peer("Numba", "expert", "numba", "numba", everywhere("events"), f"{ONE_RNN} {ONE_CNN} {AT_64} {STREAM}"),
    Peer("TorchScript", "expert", "torchscript", "torch", everywhere("layers"), ""),
    Peer("snnTorch", "torch", "snntorch", "torch", everywhere("steps"), ""),
    Peer("Norse", "torch", "norse", "torch", NORSE, f"braille/1 nmnist/64 sinabs/64 {STREAM}"),
    Peer("Sinabs", "torch", "sinabs", "torch", everywhere("layers"), f"recurrent/1 {ONE_CNN}"),
    Peer("SpikingJelly", "torch", "spikingjelly", "torch", everywhere("layers"), f"{ONE_CNN} braille/64 recurrent/64"),
    Peer("Rockpool", "torch", "rockpool", "torch", everywhere("layers", families=RNNS), "recurrent/1"),
    Peer("Spyx", "library", "spyx", "jax", everywhere("run"), ""),
]


class Refused(Exception):
    """What a peer said that cannot do it."""


class Worker:
    """A peer's process."""

    def __init__(self, python, peer, threads, log):
        command = [python, "-W", "ignore", HERE / f"{peer.script}_peer.py", str(threads)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True)
        self.versions = self.answer()["versions"]

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"ended with {self.process.wait()}")
        return json.loads(line)

    def ask(self, **order):
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        answer = self.answer()
        if "error" in answer:
            raise Refused(answer["error"])
        return answer

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Program:
    """The C++ program of bench/networks, for one network; it runs anew for every slice."""

    def __init__(self, path, network):
        load = networks.facts_of(network)["load"]
        words = [str(load.get(key, "")) for key in ("dt", "convention", "reset", "comparator")]
        self.command = [str(path), str(network.with_suffix(".nir")), str(network.with_suffix(".npy")), *words]

    def ask(self, seconds, **_):
        return json.loads(subprocess.check_output([*self.command, str(seconds)], text=True))


class Part:
    """One who takes part in a cell."""

    def __init__(self, worker, peer, mode, threads):
        self.worker, self.peer, self.mode, self.threads = worker, peer, mode, threads
        self.told, self.rounds = {}, []

    def prepare(self, network, lanes):
        order = {"do": "stream"} if lanes == "stream" else {"do": "sequence", "lanes": lanes}
        self.told = self.worker.ask(**order, network=str(network), mode=self.mode)

    def time(self, seconds):
        if len(self.rounds) < SLOW_ROUNDS or self.rounds[0][0] < SLOW:
            self.rounds.append(self.worker.ask(do="time", mode=self.mode, seconds=seconds)["times"])
            time.sleep(0.02)  # for threads that wait in a loop before they sleep

    def row(self, network, lanes):
        """Times in seconds: of the whole sequence, or of a step."""
        taken, medians = sorted(sum(self.rounds, [])), [statistics.median(times) for times in self.rounds]
        figures = {"median": statistics.median(taken), "low": min(medians), "high": max(medians), "runs": len(taken)}
        if lanes == "stream":
            figures["p99"] = taken[int(0.99 * len(taken))]
        who = {"peer": self.peer.name, "kind": self.peer.kind, "mode": self.mode, "threads": self.threads}
        weights = networks.facts_of(network)["bytes"]
        return {"network": network.stem, "lanes": lanes, "weights": weights, **who, **figures, **self.told}


class Bench:
    def __init__(self, arguments):
        self.arguments, self.workers, self.rows = arguments, {}, []
        self.results = open(arguments.networks / "results.jsonl", "w", encoding="utf-8")
        self.log = open(arguments.networks / "peers.log", "w", encoding="utf-8")
        self.slice, self.rounds = (0.1, 3) if arguments.quick else (0.15, 5)

    def worker(self, peer, threads):
        if (peer.name, threads) not in self.workers:
            ours = peer.environment == "ranvier"
            environments = self.arguments.environments
            python = self.arguments.ranvier if ours else environments / f"bench-{peer.environment}" / "bin" / "python"
            worker = self.workers[peer.name, threads] = Worker(python, peer, threads, self.log)
            self.write({"peer": peer.name, "versions": worker.versions} if threads == 1 else None)
        return self.workers[peer.name, threads]

    def write(self, row):
        if row:
            self.rows.append(row)
            print(json.dumps(row), file=self.results, flush=True)

    def parts(self, network, lanes):
        family, _, percent = network.stem.partition("_")
        for peer in PEERS:
            leads = f"{family}/{lanes}" in peer.leads.split()
            if not leads and (self.arguments.quick or percent not in ("", "5")):
                continue
            for mode in peer.modes.get((family, lanes), ()):
                for threads in (1,) if lanes == "stream" or (lanes == 1 and mode in SERIAL) else (1, 2):
                    yield peer, mode, threads
        if lanes == "stream":
            yield PEERS[0], "c++", 1

    def cell(self, network, lanes):
        parts = [part for choice in self.parts(network, lanes) if (part := self.prepared(network, lanes, *choice))]
        for _ in range(self.rounds):
            for part in parts:
                part.time(self.slice)
        for part in parts:
            self.write(part.row(network, lanes))
            tables.show(self.rows[-1])
        for worker in self.workers.values():
            worker.ask(do="forget")

    def prepared(self, network, lanes, peer, mode, threads):
        """A part that is ready, or None where the peer cannot do it."""
        if mode == "c++":
            return Part(Program(self.arguments.streaming, network), peer, mode, threads)
        part = Part(self.worker(peer, threads), peer, mode, threads)
        try:
            part.prepare(network, lanes)
        except Refused as refused:
            print(f"  {peer.name} {mode} x{threads}: {refused}", flush=True)
            return None
        return part

    def run(self):
        names = ["braille", "recurrent_5", "nmnist_5", "sinabs_5"]
        names += [] if self.arguments.quick else ["recurrent_1", "nmnist_1", "nmnist_20", "sinabs_1", "sinabs_20"]
        for name in names:
            for lanes in (*LANES, "stream") if name in names[:4] else LANES:
                if not self.arguments.only or any(word in f"{name}/{lanes}" for word in self.arguments.only):
                    begin = time.perf_counter()
                    print(f"{name}/{lanes}", flush=True)
                    self.cell(self.arguments.networks / f"{name}.npz", lanes)
                    print(f"  {time.perf_counter() - begin:.0f} s", flush=True)
        for worker in self.workers.values():
            worker.close()


def first_step(python, network):
    """Seconds from the start of Python to the first step's output, and those of Python alone."""
    load = networks.facts_of(network)["load"]
    dt = load.pop("dt")
    file = str(network.with_suffix(".nir"))
    code = (
        f"import ranvier as rv; ses = rv.load({file!r}, dt={dt} * rv.s, **{load!r}).to('cpu');"
        "ses.step([0] * ses.inputs['input'].shape[0])"
    )
    times = {"whole": [], "python": []}
    for _ in range(5):
        for key, text in (("whole", code), ("python", "pass")):
            begin = time.perf_counter()
            subprocess.run([python, "-c", text], check=True)
            times[key].append(time.perf_counter() - begin)
    return {key: statistics.median(taken) for key, taken in times.items()}


def machine():
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "")
    facts = {"processor": model or platform.machine(), "cores": os.cpu_count(), "system": platform.platform()}
    return {**facts, "load": round(os.getloadavg()[0], 1)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("environments", "ranvier", "streaming", "networks", "floor"):
        parser.add_argument(f"--{name}", type=Path, required=name != "floor")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    os.environ["TORCHINDUCTOR_CACHE_DIR"] = str((arguments.networks / "torch").resolve())

    bench = Bench(arguments)
    bench.write({"machine": machine(), "date": time.strftime("%Y-%m-%d"), "quick": arguments.quick})
    if arguments.floor:
        bench.write({"floor": json.loads(subprocess.check_output([arguments.floor, "--json"], text=True))})
    bench.write({"first_step": first_step(arguments.ranvier, arguments.networks / "braille.npz")})
    bench.run()
    text = tables.markdown(bench.rows)
    print(text)
    if arguments.write:
        tables.put(text, HERE.parent / "README.md")
    wrong = [row for row in bench.rows if row.get("kind") == "ours" and row.get("differ", 0) > tables.DIFFERS]
    if wrong:
        raise SystemExit(f"Ranvier does not give the reference's outputs: {', '.join(row['network'] for row in wrong)}")


if __name__ == "__main__":
    main()
