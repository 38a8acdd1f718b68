"""The NIR paper's convolutional network in Sinabs: python sinabs_cnn.py cnn_sinabs.nir OUT.npz

Writes the input, [steps, 2 * 34 * 34] in bits, and the spike counts of its five IF nodes, [steps, neurons]. Sums of its weights
round differently in different orders; the input is one for which Sinabs gives the same spikes in f64 as well.
"""

import argparse
import warnings

import nir
import numpy as np
import samna_stub  # noqa: F401 - before sinabs
import torch
from sinabs.nir import from_nir

STEPS, SHAPE, LAYERS = 60, (2, 34, 34), ("1", "3", "6", "10", "12")


def run(path, x, kind):
    net = from_nir(nir.read(path), batch_size=1).to(kind)
    spikes = {}

    def hook(name):
        def record(module, inputs, output):
            spikes[name] = output.flatten(1).numpy().astype(np.uint8)

        return record

    for name in LAYERS:
        getattr(net, name).register_forward_hook(hook(name))
    for module in net.children():
        if hasattr(module, "weight"):  # spikes are always f32
            module.register_forward_pre_hook(lambda module, inputs: (inputs[0].to(kind),))
    with torch.no_grad():
        net(torch.from_numpy(x.reshape(-1, *SHAPE)).to(kind))
    return spikes


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("network")
    parser.add_argument("out")
    arguments = parser.parse_args()
    for seed in range(20):
        rng = np.random.default_rng(seed)
        x = (rng.random((STEPS, *SHAPE)) < 0.04 * np.clip(rng.normal(1, 1, size=SHAPE), 0, 4)).reshape(STEPS, -1)
        spikes, wide = (run(arguments.network, x, kind) for kind in (torch.float32, torch.float64))
        if all(np.array_equal(spikes[name], wide[name]) for name in LAYERS):
            break
    else:
        raise SystemExit("no input whose spikes are the same in f32 and f64")
    print(f"seed {seed}, spikes", {name: int(counts.sum()) for name, counts in spikes.items()})
    np.savez_compressed(arguments.out, x=np.packbits(x), **{f"spikes_{name}": counts for name, counts in spikes.items()})


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
