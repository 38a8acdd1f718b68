"""What random blocks take of a Loihi core, as nengo-loihi's own LoihiBlock.utilization() counts it.

    nengo_loihi_resources.py FILE [--golden]     500 blocks, or the 40 that the repository keeps

A line is a block, in whole numbers:
    compartments
    groups of synapses, then for each: sources, density, weight bits, largest delay, weight exponent
    groups of axons out, to a core each, then for each: whether its spikes have values
    and what nengo-loihi says: compartments, in-axons, out-axons, bits of synapse memory
A density of 1000 is a dense matrix; below, source i has a synapse on compartment j where connected() says so, and sources
without one are no axons. RANVIER_LOIHI_BLOCKS=FILE has loihi_place_tests check such a file.
"""

import random
import sys

import numpy as np
from nengo_loihi.block import Axon, LoihiBlock, Synapse, SynapseConfig

WEIGHT_BITS = [1, 2, 3, 4, 5, 6, 8]


def connected(i, j, group, density):
    return ((i * 2654435761 + j * 40503 + group * 97) % 2**32 >> 8) % 1000 < density


def random_block(dice):
    groups = []
    for _ in range(dice.choice([1, 1, 2, 4])):
        density = dice.choice([1000, 1000, dice.randrange(5, 1000)])
        sources = dice.choice([1, dice.randrange(1, 40), dice.randrange(1, 200)])
        groups.append(
            (sources, density, dice.choice(WEIGHT_BITS), dice.choice([1, 1, 2, dice.randrange(1, 63)]), dice.randrange(-7, 8))
        )
    compartments = dice.choice([1, dice.randrange(2, 70), dice.randrange(64, 300), dice.randrange(300, 1025)])
    return compartments, groups, [dice.randrange(2) for _ in range(dice.randrange(4))]


def synapse_of(compartments, number, group):
    sources, density, bits, delay, exponent = group
    if density == 1000:
        synapse = Synapse(sources)
        synapse.set_weights(np.ones((sources, compartments)))
    else:
        rows = [[j for j in range(compartments) if connected(i, j, number, density)] for i in range(sources)]
        rows = [row for row in rows if row]
        if not rows:
            return None
        synapse = Synapse(len(rows))
        synapse._set_weights_indices([np.ones(len(row)) for row in rows], indices=rows, compression=0)
    # One step passes in any case, so a delay of 1 is no bit.
    synapse.format(
        weight_bits=SynapseConfig.WEIGHT_BITS_MAP.index(bits), weight_exp=exponent, delay_bits=(delay - 1).bit_length()
    )
    return synapse


def utilization(compartments, groups, axons):
    block = LoihiBlock(compartments)
    for number, group in enumerate(groups):
        synapse = synapse_of(compartments, number, group)
        if synapse is not None:
            block.add_synapse(synapse)
    for has_values in axons:
        axon = Axon(compartments)
        axon.target = Synapse(compartments)
        axon.target.pop_type = 32 if has_values else 0
        block.add_axon(axon)
    return [int(used) for used, _ in block.utilization().values()]


def line_of(block):
    compartments, groups, axons = block
    numbers = [compartments, len(groups), *(n for group in groups for n in group), len(axons), *axons]
    return " ".join(map(str, numbers + utilization(*block)))


def main(path, *options):
    dice = random.Random(6)
    blocks = [random_block(dice) for _ in range(40 if "--golden" in options else 500)]
    with open(path, "w", encoding="ascii") as file:
        file.writelines(line_of(block) + "\n" for block in blocks)


main(*sys.argv[1:])
