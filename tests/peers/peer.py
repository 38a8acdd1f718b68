"""What the peers share: random networks as NIR graphs, and the file of what a tool made of them (README.md)."""

import argparse
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import peer_file

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "python"))

GOLDEN = dict(steps=25, lanes=2)  # a small network, for the repository


def to_nir(graph):
    """The graph as the reference library's objects."""
    import nir

    nodes = {}
    for name, node in graph["nodes"].items():
        given = {key: value for key, value in node.items() if key != "type"}
        if node["type"] in ("Input", "Output"):
            port = "input" if node["type"] == "Input" else "output"
            given = {f"{port}_type": {port: given["shape"]}}
        nodes[name] = getattr(nir, node["type"])(**given)
    return nir.NIRGraph(nodes=nodes, edges=list(graph["edges"]))


def without_linear(graph):
    """Every Linear as an Affine with a bias of zeros, for tools that know no Linear."""
    for node in graph["nodes"].values():
        if node["type"] == "Linear":
            node.update(type="Affine", bias=np.zeros(len(node["weight"]), np.float32))


class Recorder:
    """Collects, step by step, what a node shows."""

    def __init__(self):
        self.rows = {}

    def add(self, what, node, values):
        self.rows.setdefault((what, node), []).append(np.array(values.detach().cpu()))

    def stacked(self):
        return {key: np.stack(rows) for key, rows in self.rows.items()}


def main(tool, packages, cases):
    """Writes FILE with the results of cases(golden), each (name, case, recorded, built); recorded = {(what, node): array}."""
    parser = argparse.ArgumentParser(description=f"random networks in {tool}")
    parser.add_argument("file", type=Path)
    parser.add_argument("--golden", action="store_true", help="about 20 small networks, for the repository")
    arguments = parser.parse_args()
    arrays, described = {}, []
    for name, case, recorded, built in cases(arguments.golden):
        described.append(_describe(name, case, recorded, built))
        for node, given in case["graph"]["nodes"].items():
            arrays.update({f"{name}/node/{node}/{key}": np.asarray(value) for key, value in given.items() if key != "type"})
        arrays.update({f"{name}/input/{node}": _small(x) for node, x in case["inputs"].items()})
        arrays.update({f"{name}/{what}/{node}": _small(x) if what == "spikes" else x for (what, node), x in recorded.items()})
    meta = {"tool": tool, "versions": {package: version(package) for package in packages}, "cases": described}
    arguments.file.parent.mkdir(parents=True, exist_ok=True)
    peer_file.write(arguments.file, meta, arrays)
    print(f"{arguments.file}: {len(described)} networks")


def _describe(name, case, recorded, built):
    graph = case["graph"]
    shown = {}
    for what, node in recorded:
        shown.setdefault(node, []).append(what)
    nodes = {n: {"type": g["type"], "arrays": [key for key in g if key != "type"]} for n, g in graph["nodes"].items()}
    described = dict(name=name, convention=case["convention"], dt=case["dt"], arguments=case.get("arguments", {}), built=built)
    return {**described, "nodes": nodes, "edges": graph["edges"], "inputs": list(case["inputs"]), "recorded": shown}


def _small(values):
    """As u8 where that loses nothing."""
    narrow = np.asarray(values).clip(0, 255).astype(np.uint8)
    return narrow if (narrow == values).all() else np.asarray(values)
