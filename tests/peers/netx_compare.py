"""Holds what netx_peer.py wrote against Ranvier: every recorded u, v and spike of every step must be equal.

python netx_compare.py OUT.npz [DEVICE]
"""

import json
import struct
import sys
import tempfile
from pathlib import Path

import numpy as np
import peer_file

import ranvier as rv

TYPES = {"F32": "<f4", "F64": "<f8", "I32": "<i4", "I64": "<i8", "U8": "u1"}


def read(path):
    """A network file's arrays."""
    data = Path(path).read_bytes()
    start = 8 + struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:start])
    header.pop("__metadata__", None)
    return {
        name: np.frombuffer(
            data[start + entry["data_offsets"][0] : start + entry["data_offsets"][1]], TYPES[entry["dtype"]]
        ).reshape(entry["shape"])
        for name, entry in header.items()
    }


def write(path, arrays):
    names = {np.dtype(kind): name for name, kind in TYPES.items()}
    header, parts, offset = {}, [], 0
    for name, array in sorted(arrays.items(), key=lambda item: (-item[1].itemsize, item[0])):
        header[name] = {
            "dtype": names[array.dtype],
            "shape": list(array.shape),
            "data_offsets": [offset, offset + array.nbytes],
        }
        parts.append(array.tobytes())
        offset += array.nbytes
    text = json.dumps(header).encode()
    Path(path).write_bytes(struct.pack("<Q", len(text)) + text + b"".join(parts))


def with_reset(path, reset):
    """The network with netx's arguments reset_interval and reset_offset: each layer's neurons one step after those before."""
    arrays = read(path)
    document = json.loads(arrays["graph.json"].tobytes())
    neurons = [node for node in document["nodes"] if node["model"] == "loihi_lif@1"]
    for at, node in enumerate(neurons):
        for key, value in (("reset_interval", reset["interval"]), ("reset_offset", reset["offset"] + at)):
            node["parameters"][key] = f"reset/{at}/{key}"
            arrays[f"reset/{at}/{key}"] = np.array([value], dtype="<i4")
    arrays["graph.json"] = np.frombuffer(json.dumps(document).encode(), dtype=np.uint8)
    write(path, arrays)
    return rv.load(path)


def load(case, arrays, folder):
    path = Path(folder) / "case.net"
    path.write_bytes(arrays[f"{case['name']}/file"].tobytes())
    network = rv.load(path)
    if case["reset"] is None:
        return network
    network.save(Path(folder) / "case.safetensors")
    return with_reset(Path(folder) / "case.safetensors", case["reset"])


def differences(case, arrays, device):
    """(node, variable) -> values that differ, and how many there are in all."""
    prefix = f"{case['name']}/"
    recorded = {
        tuple(name.removeprefix(prefix).rsplit("/", 1)): values
        for name, values in arrays.items()
        if name.startswith(prefix) and name.count("/") == 2
    }
    with tempfile.TemporaryDirectory() as folder:
        network = load(case, arrays, folder)
    result = network.to(device).run(
        arrays[prefix + "input"].astype(np.int32), record=[f"{node}.{variable}" for node, variable in recorded]
    )
    found, count = {}, 0
    for (node, variable), theirs in recorded.items():
        ours = result.spikes[node].raster() if variable == "spikes" else result.states[node][variable]
        rows = range(max(case["first"], -case["late"]), min(len(theirs), len(ours) - case["late"]))
        mine = ours[rows[0] + case["late"] : rows[-1] + 1 + case["late"]].reshape(len(rows), -1)
        other = theirs[rows[0] : rows[-1] + 1].reshape(len(rows), -1)
        found[node, variable] = int(np.sum(mine != other))
        count += mine.size
    return found, count


def main(path, device="cpu"):
    meta, arrays = peer_file.read(path)
    bad = 0
    for case in meta["cases"]:
        found, count = differences(case, arrays, device)
        wrong = {f"{node}.{variable}": number for (node, variable), number in found.items() if number}
        bad += bool(wrong)
        print(
            f"{case['name']:16} {'differs: ' + str(wrong) if wrong else f'{count} values of {len(found)} recordings are equal'}"
        )
    print(f"{meta['versions']}: {len(meta['cases']) - bad} of {len(meta['cases'])} cases equal on {device}")
    return bad != 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
