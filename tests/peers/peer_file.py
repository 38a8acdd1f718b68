"""A peer's file: named arrays and JSON text in one .npz, packed by type, since a thousand small members are mostly headers."""

import json

import numpy as np


def write(path, meta, arrays):
    packed, index = {}, {}
    for name, array in arrays.items():
        array = np.asarray(array)
        pile = packed.setdefault(array.dtype.str[1:], [])
        index[name] = [array.dtype.str[1:], list(array.shape), sum(part.size for part in pile)]
        pile.append(array.ravel())
    together = {f"type_{kind}": np.concatenate(pile) for kind, pile in packed.items()}
    np.savez_compressed(path, meta=json.dumps({**meta, "arrays": index}), **together)


def read(path):
    with np.load(path) as file:
        meta, piles = json.loads(str(file["meta"])), {name: file[name] for name in file.files if name != "meta"}
    arrays = {}
    for name, (kind, shape, start) in meta.pop("arrays").items():
        arrays[name] = piles[f"type_{kind}"][start : start + int(np.prod(shape))].reshape(shape)
    return meta, arrays
