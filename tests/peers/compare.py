"""Runs the networks of a peer's file here and compares: python compare.py FILE.npz [--oracle] [--device cpu]

Exits with 1 when a difference is not excused by a potential within 1e-5 of its threshold, or more than 2 % need the excuse.
"""

import argparse
import importlib
import pkgutil
import sys
import tempfile
from collections import namedtuple
from pathlib import Path

import numpy as np
import peer_file

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "python"))

NEAR, SHARE, GRADED = 1e-5, 0.02, 1e-5

Difference = namedtuple("Difference", "step node lane neuron ours theirs v distance")  # distance: |v - threshold|
Verdict = namedtuple("Verdict", "case difference exact_v worst_v")


def read(path):
    """The cases of a peer's file, each with graph, inputs and recorded arrays."""
    meta, arrays = peer_file.read(path)
    for case in meta["cases"]:
        name = case["name"]
        nodes = {
            node: {"type": given["type"], **{key: arrays[f"{name}/node/{node}/{key}"] for key in given["arrays"]}}
            for node, given in case["nodes"].items()
        }
        case["graph"] = {"nodes": nodes, "edges": [tuple(edge) for edge in case["edges"]]}
        case["inputs"] = {node: arrays[f"{name}/input/{node}"].astype(np.float32) for node in case["inputs"]}
        case["recorded"] = {
            (what, node): arrays[f"{name}/{what}/{node}"] for node, shown in case["recorded"].items() for what in shown
        }
    return meta


def oracle_of(convention):
    """The oracle's module that has the convention."""
    import oracle

    names = [module.name for module in pkgutil.iter_modules(oracle.__path__, "oracle.") if ".presets_" in module.name]
    return next(module for module in map(importlib.import_module, names) if convention in module.PRESETS)


def run_oracle(case, **probe):
    """Order, spikes and v of each neuron's node, by the NumPy oracle."""
    overrides = {**case["arguments"], **probe}
    arguments = dict(dt=case["dt"], convention=case["convention"], reset=overrides.pop("reset", None), overrides=overrides)
    result = oracle_of(case["convention"]).run(case["graph"], case["inputs"], **arguments)
    return list(result.v), result.events, result.v


def run_ranvier(device):
    import nir_file
    import ranvier as rv

    def run(case, **probe):
        with tempfile.TemporaryDirectory() as folder:
            path = nir_file.write(Path(folder) / "net.safetensors", case["graph"])
            net = rv.load(path, dt=case["dt"] * rv.s, convention=case["convention"], **probe, **case["arguments"])
        lanes = next(iter(case["inputs"].values())).shape[1]
        ses = net.to(device, lanes=lanes)
        out = ses.run(case["inputs"], record=ses.recordable)
        neurons = [node for node in net.nodes if node in out.states]
        return neurons, {n: out.spikes[n].dense() for n in neurons}, {n: out.states[n]["v"] for n in neurons}

    return run


def check(case, run):
    """What differs first between the peer and `run`, and how close the potentials are."""
    order, events, v = run(case)
    theirs = case["recorded"]
    largest = max([1.0, *(np.abs(x).max() for (what, _), x in theirs.items() if what == "v")])
    firsts = []
    for rank, node in enumerate(order):
        if ("spikes", node) in theirs:
            wrong = events[node] != theirs["spikes", node]
        else:
            wrong = np.abs(v[node] - theirs["v", node]) > GRADED * largest
        firsts += [(int(step), rank, int(lane), int(neuron)) for step, lane, neuron in np.argwhere(wrong)[:1]]
    potentials = [(v[node], theirs["v", node]) for node in order if ("v", node) in theirs]
    exact = bool(potentials) and all(np.array_equal(a, b) for a, b in potentials)
    worst = max((np.abs(a - b).max() for a, b in potentials), default=0.0)
    return Verdict(case, _difference(case, run, order, events, v, min(firsts)) if firsts else None, exact, worst)


def _difference(case, run, order, events, v, first):
    step, rank, lane, neuron = first
    node, at = order[rank], (step, lane, neuron)
    if ("spikes", node) not in case["recorded"]:
        return Difference(step, node, lane, neuron, v[node][at], case["recorded"]["v", node][at], v[node][at], np.inf)
    _, _, unreset = run(case, probe="before")
    potential, threshold = float(unreset[node][at]), float(case["recorded"]["threshold", node][neuron])
    crossed = max(1.0, np.round(potential / threshold)) * threshold  # where several spikes are possible, the nearest multiple
    distance = abs(potential - crossed)
    return Difference(step, node, lane, neuron, events[node][at], case["recorded"]["spikes", node][at], potential, distance)


def judge(verdicts):
    """Sentences about what breaks the rule; none where all is well."""
    parted = [v for v in verdicts if v.difference]
    far = [v for v in parted if not v.difference.distance < NEAR]
    broken = [f"{v.case['name']}: {describe(v.difference)}" for v in far]
    if len(parted) >= SHARE * len(verdicts) and parted:
        broken.append(f"{len(parted)} of {len(verdicts)} networks differ")
    return broken


def describe(d):
    at = f"step {d.step}, node {d.node!r}, lane {d.lane}, neuron {d.neuron}"
    return f"{at}: ours {d.ours:g}, theirs {d.theirs:g}, v {d.v:.9g}, {d.distance:.3g} from the threshold"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--oracle", action="store_true", help="the NumPy oracle in place of Ranvier")
    parser.add_argument("--device", default="cpu")
    arguments = parser.parse_args()
    meta = read(arguments.file)
    run = run_oracle if arguments.oracle else run_ranvier(arguments.device)
    verdicts = [check(case, run) for case in meta["cases"]]
    kinds = {}
    for verdict in verdicts:
        kinds.setdefault((verdict.case["name"].rsplit("-", 1)[0], verdict.case["built"]), []).append(verdict)
    print(f"{meta['tool']} {meta['versions']}")
    for (kind, built), group in kinds.items():
        parted, exact = sum(v.difference is not None for v in group), sum(v.exact_v for v in group)
        worst = max(v.worst_v for v in group)
        apart = f"v equal in {exact}, at most {worst:.3g} apart"
        print(f"  {kind:24s} {built:9s} {len(group):4d} networks, {parted} differ; {apart}")
    for verdict in verdicts:
        if verdict.difference:
            print(f"  {verdict.case['name']}: {describe(verdict.difference)}")
    broken = judge(verdicts)
    print("\n".join(broken) if broken else f"  all {len(verdicts)} networks agree")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
