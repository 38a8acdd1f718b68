"""Writes a network file of kind "network" (core/io/README.md): nodes by model, as no NIR file and no preset stands between."""

import json
from pathlib import Path

import numpy as np

import nir_file


def write(path, nodes, edges, dt=1e-3):
    """nodes = {name: (model, shape, parameters, options)}, edges = [(source, target)] or [(source, target, delay)]"""
    arrays, listed = {}, []
    for index, (name, (model, shape, parameters, options)) in enumerate(nodes.items()):
        keys = {key: f"nodes/{index}/{key}" for key in parameters}
        arrays |= {keys[key]: np.asarray(value) for key, value in parameters.items()}
        node = {"name": name, "model": f"{model}@1", "shape": list(shape), "parameters": keys, "options": options}
        listed.append(node)
    document = {"format": "ranvier-network", "major": 0, "minor": 1, "kind": "network", "name": ""}
    document |= {"dt": dt, "dt_given": f"{dt * 1e3:g} ms", "seed": 0, "nodes": listed, "edges": [], "assumptions": []}
    plain = {"receptor": "", "hop_delay": 0, "feedback_bias_from_start": False}
    for source, target, *delay in edges:
        given = {"delay": int(delay[0])} if delay else {}
        document["edges"].append({"source": source, "target": target, **plain, **given})
    arrays["graph.json"] = np.frombuffer(json.dumps(document).encode(), dtype=np.uint8)
    Path(path).write_bytes(nir_file.safetensors(arrays))
    return path
