"""Writes tensors.txt: what h5py reads from each NIR file here, for comparison with our reader.

    python tests/data/nir-paper/tensors.py        (h5py 3.x)

One line a dataset: file, node, type, dataset, dtype, shape, FNV-1a of the row-major bytes (or the text); one line an edge.
"""

from pathlib import Path

import h5py

HERE = Path(__file__).parent
FILES = [
    "01_lif/lif_norse.nir",
    "01_lif/lif_rockpool.nir",
    "01_lif/two_lif_neurons.nir",
    "03_rnn/braille_noDelay_bias_zero.nir",
    "03_rnn/braille_noDelay_noBias_subtract.nir",
    "derived/refwriter_all_primitives_gzip.nir",
    "derived/refwriter_all_primitives_uncompressed.nir",
    "derived/refwriter_empty_edges.nir",
    "other/nirtorch_braille.nir",
]
NAMES = {"float32": "f32", "float64": "f64", "int64": "i64"}


def fnv1a(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = ((value ^ byte) * 0x100000001B3) % 2**64
    return value


def lines(path):
    with h5py.File(HERE / path) as file:
        for name, node in file["node/nodes"].items():
            kind = node["type"][()].decode()
            for key, data in node.items():
                if key in ("type", "metadata"):
                    continue
                if data.dtype == object:
                    yield path, name, kind, key, "text", "", data[()].decode()
                    continue
                shape = "[" + ", ".join(map(str, data.shape)) + "]"
                yield path, name, kind, key, NAMES[str(data.dtype)], shape, f"{fnv1a(data[()].tobytes()):016x}"
        if file["node/edges"].dtype == object:
            for source, target in file["node/edges"][()]:
                yield path, "edge", source.decode(), target.decode()


with open(HERE / "tensors.txt", "w") as out:
    for path in FILES:
        for line in lines(path):
            print(*line, sep="\t", file=out)
