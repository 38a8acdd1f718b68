"""Networks in Loihi's integers in nengo-loihi's emulator: its blocks are built by hand, so that nothing is scaled."""

import warnings

import loihi_cases
import loihi_peer
import numpy as np
from nengo_loihi.block import Axon, LoihiBlock, Synapse, SynapseConfig
from nengo_loihi.builder.discretize import discretize_weights
from nengo_loihi.emulator.interface import EmulatorInterface
from nengo_loihi.inputs import SpikeInput


class Model:
    """What the emulator asks of a model."""

    dt = 0.001

    def __init__(self, blocks, inputs):
        self.blocks, self.inputs, self.probes = blocks, inputs, []


def of_cell(name, cell):
    block = LoihiBlock(cell["size"], label=name)
    each = lambda key, default: np.broadcast_to(cell.get(key, default), cell["size"]).astype(np.int32)
    neurons = block.compartment
    neurons.scale_u = neurons.scale_v = False
    neurons.decay_u, neurons.decay_v, neurons.vth = each("du", 0), each("dv", 0), each("vth", 0) << 6
    neurons.bias = each("bias_mant", 0) << each("bias_exp", 0)
    neurons.refract_delay = each("refractory", 1)
    neurons.enable_noise = np.full(cell["size"], "noise" in cell)
    neurons.noise_at_membrane = int(cell.get("noise") == "v")
    neurons.noise_exp, neurons.noise_offset = cell.get("noise_exp", 0), cell.get("noise_offset", 0)
    neurons.vmin, neurons.vmax = each("vmin", 1 - (1 << 23)), each("vmax", (1 << 23) - 1)
    return block


def of_edge(edge):
    """Discretized by nengo-loihi itself."""
    rows = edge["weight"].T.astype(float)
    synapse = Synapse(len(rows))
    synapse.set_weights(rows)
    bits = SynapseConfig.WEIGHT_BITS_MAP.index(edge["num_weight_bits"])
    synapse.format(weight_exp=edge["weight_exp"], weight_bits=bits, fanout_type=1)
    synapse.weights = [discretize_weights(synapse.synapse_cfg, row).reshape(1, -1) for row in rows]
    return synapse


def of_input(counts):
    source = SpikeInput(counts.shape[1])
    for step, row in enumerate(counts):
        source.add_spikes(step + 1, np.repeat(np.arange(len(row)), row))
    return source


def uniform(cells, step):
    """What the emulator draws for its noise, -127 to 127, by our random words in place of NumPy's."""
    words = [loihi_cases.random_words(cell.get("population", 0), step, cell["size"]) for cell in cells]
    return ((np.concatenate(words) * 255 >> 32) - 127).astype(np.int32)


def run(case):
    warnings.simplefilter("ignore")  # of overflows and of lost bits, which are meant
    blocks = {name: of_cell(name, cell) for name, cell in case["cells"].items()}
    sources = {name: of_input(counts) for name, counts in case["inputs"].items()}
    for edge in case["edges"]:
        synapse = of_edge(edge)
        blocks[edge["target"]].add_synapse(synapse)
        axon = Axon(synapse.n_axons)
        axon.target = synapse
        axon.set_compartment_axon_map(np.arange(synapse.n_axons))
        (sources | blocks)[edge["source"]].add_axon(axon)
    emulator = EmulatorInterface(Model(list(blocks.values()), list(sources.values())), seed=0)
    state, parts = emulator.compartment, emulator.block_info.slices
    for name, cell in case["cells"].items():
        state.current[parts[blocks[name]]], state.voltage[parts[blocks[name]]] = cell.get("u0", 0), cell.get("v0", 0)
    rows = {"spikes": [], "u": [], "v": []}
    for step in range(case["steps"]):
        state.noise._uniform = lambda rng, step=step: uniform(case["cells"].values(), step)
        emulator.step()
        for key, values in (("spikes", state.spiked), ("u", state.current), ("v", state.voltage)):
            rows[key].append(values.astype(np.int64))
    return {name: {key: np.array(rows[key])[:, parts[block]] for key in rows} for name, block in blocks.items()}


if __name__ == "__main__":
    loihi_peer.main("nengo-loihi", "nengo", ["nengo-loihi", "nengo", "numpy"], run)
