"""Writes a NIR graph as a network file of kind "nir-graph" (core/io/README.md), so that tests need no HDF5."""

import json
import struct
from pathlib import Path

import numpy as np

DTYPES = {
    "float64": "F64",
    "int64": "I64",
    "float32": "F32",
    "int32": "I32",
    "int16": "I16",
    "int8": "I8",
    "uint8": "U8",
}


def write(path, graph):
    """graph = {"nodes": {name: {"type": "LIF", "tau": array, ...}}, "edges": [(source, target), ...]}

    A dataset may be a text; a node of type "NIRGraph" has "nodes" and "edges" of its own.
    """
    arrays = {}
    document = {"format": "ranvier-network", "major": 0, "minor": 2, "kind": "nir-graph", "version": "1.0"}
    document |= _members(graph, "nodes", arrays)
    arrays["graph.json"] = np.frombuffer(json.dumps(document).encode(), dtype=np.uint8)
    Path(path).write_bytes(safetensors(arrays))
    return path


def _members(graph, place, arrays):
    nodes = []
    for index, (name, node) in enumerate(graph["nodes"].items()):
        entry = {"name": name, "type": node["type"], "arrays": {}, "texts": {}}
        if node["type"] == "NIRGraph":
            entry["graph"] = _members(node, f"{place}/{index}", arrays)
        else:
            given = {key: value for key, value in node.items() if key != "type"}
            entry["texts"] = {key: value for key, value in given.items() if isinstance(value, str)}
            entry["arrays"] = {key: f"{place}/{index}/{key}" for key in given if key not in entry["texts"]}
            arrays |= {entry["arrays"][key]: np.asarray(given[key]) for key in entry["arrays"]}
        nodes.append(entry)
    return {"nodes": nodes, "edges": [list(edge) for edge in graph["edges"]]}


def safetensors(arrays):
    """Named arrays in one file: the header's length, the header, and the arrays, widest elements first."""
    header, blobs, offset = {}, [], 0
    for name, array in sorted(arrays.items(), key=lambda item: (-item[1].itemsize, item[0])):
        end = offset + array.nbytes
        header[name] = {"dtype": DTYPES[str(array.dtype)], "shape": list(array.shape), "data_offsets": [offset, end]}
        blobs.append(np.ascontiguousarray(array).tobytes())
        offset = end
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + b"".join(blobs)


def port(kind, *shape):
    return {"type": kind, "shape": np.array(shape, dtype=np.int64)}


def lif(n=1, **values):
    """A LIF of n neurons, or of a shape, with tau 10 ms, r 1, v_leak 0, v_threshold 1."""
    given = {"tau": 0.01, "r": 1.0, "v_leak": 0.0, "v_threshold": 1.0, **values}
    return {"type": "LIF", **{name: np.full(n, value, np.float32) for name, value in given.items()}}


def chain(*nodes):
    """Nodes n0, n1 ... between "input" and "output", of the first's and last's number of neurons."""
    sizes = [next(np.asarray(v) for k, v in node.items() if k in ("tau", "weight")) for node in (nodes[0], nodes[-1])]
    first, last = sizes[0].shape[-1], sizes[1].shape[0]
    named = {"input": port("Input", first), **{f"n{i}": n for i, n in enumerate(nodes)}, "output": port("Output", last)}
    names = list(named)
    return {"nodes": named, "edges": list(zip(names, names[1:], strict=False))}
