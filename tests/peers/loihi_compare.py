"""Runs the networks of a file of Loihi's peers here: python loihi_compare.py FILE.npz [--device DEVICE ...]

Every spike, u and v of every step must be the same; exits with 1 otherwise. A device may have settings: "loihi?kind=emulator".
"""

import argparse
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import loihi_cases
import numpy as np
import peer_file

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "python"))

DEVICES = ["cpu", "loihi?kind=emulator&chips=8"]  # nengo-loihi's vmin and vmax are of a core here: many cores
LIF = ("du", "dv", "vth", "bias_mant", "bias_exp", "refractory", "vmin", "vmax", "u0", "v0", "reset_interval", "reset_offset")
LIF += ("noise_exp", "noise_offset")
I32 = {"precision": "i32"}


def read(path):
    """(meta, [(case, recorded)])"""
    meta, arrays = peer_file.read(path)
    pairs = [loihi_cases.unpack(case, arrays) for case in meta.pop("cases")]
    return meta, [(case, case.pop("recorded")) for case in pairs]


def network(case):
    """The case as nodes and edges of a network file."""
    shapes = {name: (rows.shape[1],) for name, rows in case["inputs"].items()}
    shapes |= {name: (cell["size"],) for name, cell in case["cells"].items()}
    for edge in case["edges"]:
        if "window" in edge:
            shapes[edge["source"]] = tuple(edge["window"]["input_shape"].tolist())
            shapes[edge["target"]] = tuple(edge["window"]["output_shape"].tolist())
    nodes = {name: ("input", shapes[name], {}, I32) for name in case["inputs"]}
    for name, cell in case["cells"].items():
        given = {key: np.asarray(cell[key], dtype=np.int64) for key in LIF if key in cell}
        options = {"rules": case["rules"], "noise": cell.get("noise", "none")} if cell["model"] == "lif" else {}
        nodes[name] = (f"loihi_{cell['model']}", shapes[name], given, options)
    edges = []
    for k, edge in enumerate(case["edges"]):
        source = edge["source"]
        if not edge["graded"] and several(case, source):
            nodes[f"any{k}"] = ("binarize", shapes[source], {}, {})
            edges.append((source, f"any{k}", 0))
            source = f"any{k}"
        at_once = case["rules"] == "brian2" and edge["source"] in case["inputs"]
        for name, delay, node in synapses(case, edge, k, shapes[edge["target"]]):
            nodes[name] = node
            sources = [source] + ([edge["also"]] if "also" in edge else [])
            edges += [(one, name, delay + (0 if at_once else 1)) for one in sources] + [(name, edge["target"], 0)]
    return nodes, edges


def several(case, source):
    """May the source emit anything but 0 and 1?"""
    return source not in case["inputs"] or not np.isin(case["inputs"][source], (0, 1)).all()


def synapses(case, edge, k, shape):
    """(name, delay, node), one for each delay."""
    given = {key: np.array(edge[key]) for key in ("weight_exp", "num_weight_bits")}
    options = {"rules": case["rules"], "sign_mode": edge["sign_mode"]}
    weight = edge["weight"].astype(np.int32)
    if "window" in edge:
        window = {key: np.asarray(edge["window"][key]) for key in ("stride", "padding", "dilation", "groups")}
        yield f"w{k}", 0, ("loihi_conv", shape, {"weight": weight, **given, **window}, options)
        return
    for delay in np.unique(edge["delays"]) if "delays" in edge else (0,):
        due = weight if "delays" not in edge else np.where(edge["delays"] == delay, weight, 0)
        yield f"w{k}.{delay}", int(delay), ("loihi_dense", shape, {"weight": due, **given}, options)


def run(case, device):
    """{node: {"spikes", "u", "v": [steps, size]}} by the public door."""
    import network_file
    import ranvier as rv

    nodes, edges = network(case)
    with tempfile.TemporaryDirectory() as folder:
        net = rv.load(network_file.write(Path(folder) / "net.safetensors", nodes, edges))
    lifs = [name for name, cell in case["cells"].items() if cell["model"] == "lif"]
    shown = [f"{name}.spikes" for name in case["cells"]] + [f"{name}.{what}" for name in lifs for what in "uv"]
    x = {name: rows.astype(np.int32).reshape(-1, *nodes[name][1]) for name, rows in case["inputs"].items()}
    out = net.to(device).run(x, record=shown)
    flat = lambda rows: np.asarray(rows).reshape(case["steps"], -1)
    rows = {name: {"spikes": flat(out.spikes[name].dense())} for name in case["cells"]}
    for name in lifs:
        rows[name] |= {what: flat(out.states[name][what]) for what in "uv"}
    return rows


def difference(case, recorded, ours):
    """(step, node, what, neuron, ours, theirs) of the first difference, or None."""
    found = []
    for node, shown in recorded.items():
        for what, theirs in shown.items():
            apart = np.argwhere(ours[node][what] != theirs)
            if len(apart):
                step, neuron = map(int, apart[0])
                found.append((step, node, what, neuron, int(ours[node][what][step, neuron]), int(theirs[step, neuron])))
    return min(found, default=None)


def check(pairs, device, say=print):
    """Compares all; prints a line a family, and the first difference of each case that has one. How many cases have one?"""
    vectors, values, wrong = defaultdict(int), defaultdict(int), defaultdict(int)
    began = time.monotonic()
    for case, recorded in pairs:
        found = difference(case, recorded, run(case, device))
        vectors[case["family"]] += case["vectors"]
        values[case["family"]] += sum(rows.size for shown in recorded.values() for rows in shown.values())
        if found:
            wrong[case["family"]] += 1
            say("{}: {}: step {}, {}.{} of neuron {}: {} here, {} there".format(device, case["name"], *found))
    for family in vectors:
        verdict = f"{wrong[family]} runs DIFFER" if wrong[family] else "equal"
        say(f"{device}: {family}: {vectors[family]} networks, {values[family]} values: {verdict}")
    say(f"{device}: {sum(vectors.values())} networks, {sum(values.values())} values, {time.monotonic() - began:.0f} s")
    return sum(wrong.values())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--device", nargs="*", default=DEVICES)
    parser.add_argument("--family", help="only these")
    arguments = parser.parse_args()
    meta, pairs = read(arguments.file)
    pairs = [pair for pair in pairs if arguments.family in (None, pair[0]["family"])]
    print(meta["tool"], meta["versions"])
    if sum(check(pairs, device) for device in arguments.device):
        sys.exit(1)


if __name__ == "__main__":
    main()
