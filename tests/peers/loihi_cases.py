"""Random networks in Loihi's integers, for its emulators and for ours.

A case is one run of an emulator: many small networks side by side in the same populations, since ten thousand runs would take
hours. A *vector* is one network with all of its steps.

  name, family, rules ("lava", "nengo", "brian2"), steps, vectors (how many networks it holds)
  inputs  {name: [steps, size] of counts}
  cells   {name: {"model": "lif" or "graded", "size": n, parameter of loihi_lif@1 or loihi_graded@1: number or [n]}}
  edges   [{"source", "target", "weight": [target, source], "weight_exp", "num_weight_bits", "sign_mode",
            "graded": whether a count multiplies (else any counts as one), "delays": [target, source] where there are any,
            "also": a second source whose counts are added, "window": geometry, and then the weight is a kernel
            [out, in / groups, x, y]}]

Parameters are drawn with their extremes on purpose: a third of the draws is an end of the range.
"""

import numpy as np

TOP = 1 << 23
SIGNS = ("mixed", "excitatory", "inhibitory")
RULES = ("lava", "nengo", "brian2")
WIDE = {"weight_exp": 7, "num_weight_bits": 8, "sign_mode": "mixed"}
NENGO_BITS = (1, 2, 3, 4, 5, 6, 8)


def sprinkle(rng, size, ends, low, high):
    """Whole numbers from low to high, a third of them one of `ends`."""
    values = rng.integers(low, high + 1, size)
    return np.where(rng.random(size) < 1 / 3, rng.choice(ends, size), values)


def spread(rng, size, high):
    """Whole numbers from 0 to high, each power of two as likely as another."""
    return (2 ** rng.uniform(0, np.log2(high + 1), size)).astype(np.int64).clip(0, high) - (rng.random(size) < 0.05)


# ------------------------------------------------------------------------------------------------------------ parts of cases


def lif(rng, rules, size, alike=False, **given):
    """Neurons of all kinds that the rules have; of brian2 all of a population are alike."""
    some = 1 if alike or rules == "brian2" else size
    du, dv = (4096, 4096) if rules == "brian2" else (4095, 4096)
    cell = {
        "du": sprinkle(rng, some, (0, 1, 2, du - 1, du), 0, du),
        "dv": sprinkle(rng, some, (0, 1, 2, dv - 1, dv), 0, dv),
        "vth": np.where(rng.random(some) < 0.1, rng.choice((0, 1, 131071), some), spread(rng, some, 131071)).clip(0),
        "v0": sprinkle(rng, size, (0, 1 - TOP, TOP - 1), 1 - TOP, TOP - 1) * (rng.random(size) < 0.3),
    }
    if rules != "brian2":
        cell["bias_mant"] = sprinkle(rng, some, (0, 0, -4096, 4095), -4096, 4095)
        cell["bias_exp"] = rng.integers(0, 8, some)
        cell["u0"] = sprinkle(rng, size, (0, -TOP, TOP), -TOP, TOP) * (rng.random(size) < 0.3)
    if rules != "lava":
        cell["refractory"] = sprinkle(rng, some, (1, 1, 2, 63), 1, 20)
    if rules == "nengo":
        cell["vmin"] = sprinkle(rng, size, (1 - TOP, 1 - TOP, 0), 1 - TOP, 0)
        cell["vmax"] = sprinkle(rng, size, (TOP - 1, TOP - 1), 0, TOP - 1)
    return {"model": "lif", "size": size, **cell, **given}


def form(rng, rules):
    """A format of synapses."""
    bits = int(rng.choice(NENGO_BITS if rules == "nengo" else np.arange(1, 9)))
    sign = "mixed" if rules == "nengo" else str(rng.choice(SIGNS))
    return {"weight_exp": int(rng.integers(-8, 8)), "num_weight_bits": bits, "sign_mode": sign}


def weights(rng, rules, shape, sign, share=0.7):
    """Of the sign, over the whole range; lava and nengo clip what is beyond, and lava what is of the other sign."""
    low, high = {"mixed": (-256, 254), "excitatory": (0, 255), "inhibitory": (-256, 0)}[sign]
    values = sprinkle(rng, shape, (low, high, low + 1, high - 1), low, high)
    if rules != "brian2":
        values = np.where(rng.random(shape) < 0.03, rng.integers(-400, 400, shape), values)
    return values * (rng.random(shape) < share)


def blocks(count, rows, columns):
    """Which elements lie in the blocks of the diagonal."""
    return np.kron(np.eye(count, dtype=np.int64), np.ones((rows, columns), dtype=np.int64))


def edge(rng, rules, source, target, count, sizes, *, delayed=0, share=0.7, **given):
    """Dense synapses between `count` blocks of sizes (source, target), with delays up to `delayed`."""
    made = {"source": source, "target": target, "graded": False, **form(rng, rules), **given}
    shape = (count * sizes[1], count * sizes[0])
    mask = blocks(count, sizes[1], sizes[0])
    made["weight"] = weights(rng, rules, shape, made["sign_mode"], share) * mask
    if delayed:
        made["delays"] = sprinkle(rng, shape, (0, 1, delayed), 0, delayed) * mask
    return made


def raster(rng, steps, size, rate=None, high=1):
    """Counts up to `high`, at a rate of each channel's own."""
    rates = rng.choice((0.02, 0.1, 0.3, 0.9), size) if rate is None else rate
    counts = rng.integers(1, high + 1, (steps, size)) if high > 1 else 1
    return (rng.random((steps, size)) < rates) * counts


def case(rules, family, number, steps, vectors, inputs, cells, edges):
    name = f"{rules}-{family}-{number}"
    return dict(name=name, family=family, rules=rules, steps=steps, vectors=vectors, inputs=inputs, cells=cells, edges=edges)


# ------------------------------------------------------------------------------------------------------------------- families


def neurons(rng, rules, number, count, steps):
    """One neuron behind two projections of two sources each."""
    edges = [edge(rng, rules, "in", "lif", count, (2, 1)), edge(rng, rules, "more", "lif", count, (2, 1))]
    inputs = {"in": raster(rng, steps, 2 * count), "more": raster(rng, steps, 2 * count)}
    return case(rules, "neurons", number, steps, count, inputs, {"lif": lif(rng, rules, count)}, edges)


def decays(rng, rules, number, count, steps):
    """Every du and every dv once, `count` of them a case, with currents and potentials that take long to vanish."""
    top = 4096 if rules == "brian2" else 4095
    first = number * count
    index = np.arange(first, min(first + count, top + 1))
    count = len(index)
    cell = {"model": "lif", "size": count, "du": index, "dv": (index * 2731 + 17) % (top + 1), "vth": 131071}
    given = dict(weight_exp=5, num_weight_bits=8, sign_mode="mixed", share=1)
    edges = [edge(rng, rules, "in", "lif", count, (1, 1), **given)]
    inputs = {"in": raster(rng, steps, count, 0.3)}
    return case(rules, "decays", number, steps, count, inputs, {"lif": cell}, edges)


def before(x, kept):
    """The smallest that decays to x."""
    return np.sign(x) * -(-(abs(x) << 12) // kept)


def u_edges(rng, rules, number, count, steps):
    """The second u lies on +-2^23, or one or two beside it, where a bias crosses it; later inputs cross it again."""
    sign, beside = rng.choice((-1, 1), count), rng.integers(-2, 3, count)
    some = rng.integers(64, 128, (count, 4)) * 2
    if rules == "nengo":
        some[:, 1:] = 0  # more would wrap at 21 bits
    rest = TOP + beside - some.sum(1) * 64 * 128
    du = sprinkle(rng, count, (0, 1, 2), 0, 2000)
    for _ in range(12):  # where it would have to begin beyond the range: keep more of u
        du = np.where(before(before(rest, 4095 - du), 4095 - du) > TOP, du // 2, du)
    cell = {"model": "lif", "size": count, "du": du, "dv": sprinkle(rng, count, (0, 4096), 0, 4096), "vth": 131071}
    cell["u0"] = sign * before(before(rest, 4095 - du), 4095 - du)
    cell |= {"bias_mant": rng.integers(-4096, 4096, count), "bias_exp": rng.integers(0, 8, count)}
    weight = np.repeat(np.eye(count, dtype=np.int64), 4, axis=1) * (some * sign[:, None]).ravel()
    made = {"source": "in", "target": "lif", "graded": False, **WIDE, "weight": weight}
    inputs = {"in": raster(rng, steps, 4 * count, 0.4)}
    inputs["in"][0] = 1
    return case(rules, "u-edges", number, steps, count, inputs, {"lif": cell}, [made])


def wraps(rng, rules, number, count, steps):
    """Sums of a step on the edges of 21 bits and a sign: 256 times a weight of 128, or one or two units beside it."""
    sources = 4
    weight = np.zeros((count, sources * count), dtype=np.int64)
    for i in range(count):
        sign, beside = rng.choice((-1, 1)), int(rng.integers(-2, 3)) * 2
        parts = np.array([64, 64, 64, 64 + beside]) * rng.choice((1, 1, 2, 3)) * sign
        weight[i, sources * i : sources * (i + 1)] = parts.clip(-254, 254)
    made = {"source": "in", "target": "lif", "graded": False, **WIDE, "weight": weight}
    inputs = {"in": raster(rng, steps, sources * count, 0.8)}
    inputs["in"][0] = 1
    return case(rules, "wraps", number, steps, count, inputs, {"lif": lif(rng, rules, count)}, [made])


def v_edges(rng, rules, number, count, steps):
    """The first v lies on the threshold or on the lower bound, or one or two beside it."""
    some = 1 if rules == "brian2" else count
    bounds = (rng.random(count) < 0.3) & (rules != "brian2")
    kept = np.where(bounds, 4096, 4096 - sprinkle(rng, some, (0, 1), 0, 3000))[:some]
    reach = ((TOP - 1) * kept >> 12) - 4096
    vth = (rng.random(some) * reach).astype(np.int64) // 64
    bias = np.where(bounds, rng.integers(-4096, -3, count), rng.integers(-4096, 4096, count)) * (rules != "brian2")
    goal = np.where(bounds, 1 - TOP, vth * 64 * rng.choice((1, 1, 1, -1), count)) + rng.integers(-2, 3, count)
    cell = {"model": "lif", "size": count, "du": sprinkle(rng, some, (0, 4095), 0, 4095), "dv": 4096 - kept, "vth": vth}
    cell |= {"v0": before(goal - bias, kept)} | ({"bias_mant": bias} if rules != "brian2" else {})
    edges = [edge(rng, rules, "in", "lif", count, (1, 1), weight_exp=2)]
    inputs = {"in": raster(rng, steps, count, 0.3)}
    inputs["in"][:2] = 0
    return case(rules, "v-edges", number, steps, count, inputs, {"lif": cell}, edges)


def formats(rng, rules, number, count, steps):
    """A projection for each format of synapses: `number` counts through all sign modes, bits and exponents."""
    signs = ("mixed",) if rules == "nengo" else SIGNS
    bits = NENGO_BITS if rules == "nengo" else range(1, 9)
    every = [(s, b, e) for s in signs for b in bits for e in range(-8, 8)]
    step = max(1, len(every) // FORMATS[rules])
    mine = every[number * step : (number + 1) * step]
    edges = []
    for sign, width, exponent in mine:
        given = dict(sign_mode=sign, num_weight_bits=width, weight_exp=exponent, share=0.9)
        edges.append(edge(rng, rules, "in", "lif", 1, (16, count), **given))
    cells = {"lif": lif(rng, rules, count, vth=np.full(1 if rules == "brian2" else count, 3000))}
    return case(rules, "formats", number, steps, count, {"in": raster(rng, steps, 16, 0.1)}, cells, edges)


FORMATS = {"lava": 32, "nengo": 8, "brian2": 32}  # cases that all formats are spread over


def recurrent(rng, rules, number, count, steps, size=8):
    """Inputs, neurons that excite and inhibit each other, and a readout layer."""
    given = dict(weight_exp=int(rng.integers(-1, 6)))
    sizes = max(2, size // 4)
    edges = [
        edge(rng, rules, "in", "a", count, (sizes, size), **given),
        edge(rng, rules, "a", "a", count, (size, size), sign_mode="mixed", share=0.4, **given),
        edge(rng, rules, "a", "b", count, (size, sizes), **given),
        edge(rng, rules, "in", "b", count, (sizes, sizes), sign_mode="mixed"),
    ]
    cells = {"a": lif(rng, rules, size * count), "b": lif(rng, rules, sizes * count)}
    return case(rules, "recurrent", number, steps, count, {"in": raster(rng, steps, sizes * count)}, cells, edges)


def large(rng, rules, number, count, steps):
    made = recurrent(rng, rules, number, count, steps, size=160)
    for cell in made["cells"].values():
        cell["vth"] = np.minimum(cell["vth"], 20000)
    return made | {"name": f"{rules}-large-{number}", "family": "large"}


def delays(rng, rules, number, count, steps):
    """Every synapse has a delay of its own, those between neurons too."""
    longest, between = (int(rng.choice(some)) for some in ((3, 62, 62), (3, 7, 15)))
    edges = [
        edge(rng, rules, "in", "a", count, (3, 4), delayed=longest),
        edge(rng, rules, "a", "a", count, (4, 4), delayed=2, sign_mode="mixed"),
        edge(rng, rules, "a", "b", count, (4, 2), delayed=between, sign_mode="excitatory", weight_exp=5),
    ]
    cells = {"a": lif(rng, rules, 4 * count), "b": lif(rng, rules, 2 * count)}
    return case(rules, "delays", number, steps, count, {"in": raster(rng, steps, 3 * count)}, cells, edges)


def counts(rng, rules, number, count, steps):
    """Inputs of several events a step, into neurons that are alike: lava counts them as one, or multiplies (of two sources)."""
    graded = rules != "lava" or number % 2 == 0
    edges = [edge(rng, rules, "in", "a", count, (3, 3), graded=graded, weight_exp=int(rng.integers(-8, 3)))]
    inputs = {"in": raster(rng, steps, 3 * count, high=5)}
    if rules == "lava" and graded:
        edges[0]["also"], inputs["more"] = "more", raster(rng, steps, 3 * count, high=5)
    cells = {"a": lif(rng, rules, 3 * count, alike=True, bias_mant=300, bias_exp=2)}
    return case(rules, "counts", number, steps, count, inputs, cells, edges)


def floods(rng, rules, number, count, steps):
    """An event that is so large that what arrives needs the 32nd bit; with noise where there is any."""
    cell = lif(rng, rules, count)
    if rules == "nengo" and number % 2 == 0:
        cell |= noisy(rng, "uv"[number // 2 % 2])
    exponent, weight = 0 if rules == "lava" and number % 2 else 7, rng.integers(64, 128, count) * 2
    made = {"source": "in", "target": "lif", "graded": True, **WIDE, "weight_exp": exponent}
    made["weight"] = np.diag(weight * rng.choice((-1, 1), count))
    values = rng.integers(2**30, 2**31 - 2**25, count) // (weight << 6 + exponent)
    inputs = {"in": np.zeros((steps, count), dtype=np.int64)}
    inputs["in"][rng.integers(0, steps - 1, count), np.arange(count)] = values
    return case(rules, "floods", number, steps, count, inputs, {"lif": cell}, [made])


def depths(rng, rules, number, count, steps):
    """Inhibition at every step: u and v fall below what 32 bits hold, since nothing bounds them in brian2-loihi."""
    cell = lif(rng, rules, count, du=number, dv=number)
    made = {"source": "in", "target": "lif", "graded": False, **WIDE, "sign_mode": "inhibitory"}
    made["weight"] = rng.integers(-255, -200, (count, 16 * count)) * blocks(count, 1, 16)
    inputs = {"in": raster(rng, steps, 16 * count, 0.9)}
    return case(rules, "depths", number, steps, count, inputs, {"lif": cell}, [made])


def graded(rng, rules, number, count, steps):
    """Signed values into a graded vector, and from there as values or as spikes into neurons, with and without delays."""
    edges = [
        edge(rng, rules, "in", "g", count, (3, 2), graded=True, weight_exp=int(rng.integers(-8, 3))),
        edge(rng, rules, "g", "a", count, (2, 3), graded=True, weight_exp=int(rng.integers(-8, 1))),
        edge(rng, rules, "g", "b", count, (2, 3), delayed=5, graded=number % 2 == 0, weight_exp=int(rng.integers(-8, 1))),
    ]
    vector = {"model": "graded", "size": 2 * count, "vth": int(spread(rng, 1, 1 << 12)[0].clip(0))}
    cells = {"g": vector, "a": lif(rng, rules, 3 * count), "b": lif(rng, rules, 3 * count)}
    inputs = {"in": raster(rng, steps, 3 * count, high=15) * rng.choice((-1, 1), (steps, 3 * count))}
    return case(rules, "graded", number, steps, count, inputs, cells, edges)


def resets(rng, rules, number, count, steps):
    """u and v begin anew in intervals."""
    interval = int(rng.integers(1, 12))
    cells = {}
    for name in ("a", "b"):
        cells[name] = lif(rng, rules, 2 * count, reset_interval=interval, reset_offset=int(rng.integers(0, 2 * interval)))
    edges = [
        edge(rng, rules, "in", "a", count, (2, 2)),
        edge(rng, rules, "a", "b", count, (2, 2)),
        edge(rng, rules, "b", "a", count, (2, 2), sign_mode="mixed"),
    ]
    return case(rules, "resets", number, steps, count, {"in": raster(rng, steps, 2 * count)}, cells, edges)


def convolutions(rng, rules, number, count, steps):
    """Kernels over the plane; of counts as values, or as spikes."""
    groups = int(rng.choice((1, 1, 2)))
    window = {"stride": rng.integers(1, 3, 2), "padding": rng.integers(0, 3, 2), "dilation": rng.integers(1, 3, 2)}
    plane, kernel = rng.integers(4, 9, 2), rng.integers(1, 4, 2)
    span = window["dilation"] * (kernel - 1) + 1
    kernel = np.where(span > plane + 2 * window["padding"], 1, kernel)
    reach = (plane + 2 * window["padding"] - window["dilation"] * (kernel - 1) - 1) // window["stride"] + 1
    sees, makes = 2 * groups, 3 * groups
    window |= {"groups": groups, "input_shape": np.array([sees, *plane]), "output_shape": np.array([makes, *reach])}
    high = 9000 if number % 5 == 4 else 6  # such sums do not fit into 24 bits
    made = {"source": "in", "target": "a", "graded": number % 2 == 0, **WIDE, "weight_exp": 0, "window": window}
    made |= {"weight": rng.integers(-256, 256, (makes, sees // groups, *kernel))}
    inputs = {"in": raster(rng, steps, sees * int(plane.prod()), 0.3, high)}
    size = makes * int(reach.prod())
    cell = lif(rng, rules, size, vth=np.full(size, int(spread(rng, 1, 131071)[0].clip(0))))
    return case(rules, "convolutions", number, steps, 1, inputs, {"a": cell}, [made])


def noisy(rng, on):
    """Parameters of noise, of the random words of a session with seed 0 in which the neurons are population `population`."""
    return {"noise": on, "noise_exp": int(rng.integers(0, 21)), "noise_offset": int(rng.integers(-64, 64)), "population": 2}


def noise(rng, rules, number, count, steps):
    """Neurons with noise of u or v."""
    cell = lif(rng, rules, count, **noisy(rng, "uv"[number % 2]))
    edges = [edge(rng, rules, "in", "lif", count, (1, 1))]
    return case(rules, "noise", number, steps, count, {"in": raster(rng, steps, count)}, {"lif": cell}, edges)


def random_words(population, step, size):
    """A word of 32 bits for each neuron: Philox4x32-10, with key and counter as driver.h's RANDOM has them."""
    mixed = ((population + 1) * 0x9E3779B97F4A7C15) % (1 << 64)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = ((mixed ^ (mixed >> shift)) * factor) % (1 << 64)
    mixed ^= mixed >> 31
    key = [mixed & 0xFFFFFFFF, mixed >> 32]
    low = np.uint64(0xFFFFFFFF)
    x = [np.arange(-(-size // 4), dtype=np.uint64)] + [np.uint64(n) for n in (step & 0xFFFFFFFF, step >> 32, 0)]
    for _ in range(10):
        one, two = np.uint64(0xD2511F53) * x[0], np.uint64(0xCD9E8D57) * x[2]
        x = [
            two >> np.uint64(32) ^ x[1] ^ np.uint64(key[0]),
            two & low,
            one >> np.uint64(32) ^ x[3] ^ np.uint64(key[1]),
            one & low,
        ]
        key = [(key[0] + 0x9E3779B9) % (1 << 32), (key[1] + 0xBB67AE85) % (1 << 32)]
    return np.stack(np.broadcast_arrays(*x), axis=1).ravel()[:size].astype(np.int64)


def clamps(rng, rules, number, count, steps):
    """A kernel of one weight, with sums on the edges of 24 bits; with and without a decay of u that fits in 32 bits."""
    one, weight = np.ones(2, dtype=np.int64), int(rng.choice((-128, 128)))
    window = {"stride": one, "padding": 0 * one, "dilation": one, "groups": 1}
    window |= {"input_shape": np.array([1, count, 1]), "output_shape": np.array([1, count, 1])}
    made = {"source": "in", "target": "a", "graded": True, **WIDE, "weight_exp": 0, "window": window}
    made |= {"weight": np.full((1, 1, 1, 1), weight)}
    inputs = {"in": np.zeros((steps, count), dtype=np.int64)}
    inputs["in"][rng.integers(0, steps - 1, count), np.arange(count)] = rng.choice((-65536, -65535, 65535, 65536), count)
    cell = lif(rng, rules, count, **({"du": 4095} if number % 2 == 0 else {}))
    return case(rules, "clamps", number, steps, count, inputs, {"a": cell}, [made])


# family: {rules: (cases, networks a case, steps)}
FAMILIES = {
    neurons: {"lava": (16, 60, 24), "nengo": (10, 100, 24), "brian2": (60, 20, 24)},
    decays: {"lava": (8, 512, 12), "nengo": (8, 512, 12)},
    u_edges: {"lava": (4, 100, 12), "nengo": (4, 100, 12)},
    wraps: {"lava": (2, 100, 16), "nengo": (6, 100, 16), "brian2": (2, 50, 16)},
    v_edges: {"lava": (4, 100, 12), "nengo": (4, 100, 12), "brian2": (10, 40, 12)},
    formats: {"lava": (32, 16, 40), "nengo": (8, 16, 40), "brian2": (32, 16, 40)},
    recurrent: {"lava": (12, 20, 80), "nengo": (12, 20, 80), "brian2": (14, 20, 80)},
    large: {"lava": (6, 1, 80), "nengo": (6, 1, 80), "brian2": (6, 1, 80)},
    delays: {"lava": (12, 16, 80), "brian2": (6, 12, 80)},
    counts: {"lava": (6, 40, 24), "nengo": (4, 40, 24)},
    noise: {"nengo": (12, 40, 24)},
    floods: {"lava": (2, 100, 24), "nengo": (4, 50, 24)},
    depths: {"brian2": (4, 10, 90)},
    graded: {"lava": (8, 30, 24)},
    resets: {"lava": (12, 30, 40)},
    convolutions: {"lava": (40, 1, 16)},
    clamps: {"lava": (4, 50, 8)},
}

GOLDEN = {  # family: {rules: (cases, networks a case, steps)}
    neurons: {"lava": (1, 24, 16), "nengo": (1, 24, 16), "brian2": (6, 8, 16)},
    decays: {"lava": (1, 24, 8), "nengo": (1, 24, 8)},
    u_edges: {"lava": (1, 16, 6), "nengo": (1, 16, 6)},
    wraps: {"lava": (1, 8, 6), "nengo": (1, 16, 6), "brian2": (1, 8, 6)},
    v_edges: {"lava": (1, 24, 6), "nengo": (1, 24, 6), "brian2": (4, 8, 6)},
    formats: {"lava": (32, 1, 10), "nengo": (8, 2, 10), "brian2": (32, 1, 10)},
    recurrent: {"lava": (2, 1, 30), "nengo": (2, 1, 30), "brian2": (2, 1, 30)},
    delays: {"lava": (2, 1, 70), "brian2": (2, 1, 70)},
    counts: {"lava": (2, 4, 16), "nengo": (1, 4, 16)},
    noise: {"nengo": (6, 4, 12)},
    floods: {"lava": (2, 8, 10), "nengo": (4, 6, 10)},
    depths: {"brian2": (2, 2, 80)},
    graded: {"lava": (2, 4, 16)},
    resets: {"lava": (4, 2, 24)},
    convolutions: {"lava": (5, 1, 6)},
    clamps: {"lava": (4, 8, 6)},
}


def make(rules, golden=False):
    """All cases of an emulator."""
    for index, (family, sizes) in enumerate((GOLDEN if golden else FAMILIES).items()):
        cases, count, steps = sizes.get(rules, (0, 0, 0))
        for number in range(cases):
            yield family(np.random.default_rng([RULES.index(rules), index, number]), rules, number, count, steps)


# ----------------------------------------------------------------------------------------------------------- cases in a file


def pack(case, recorded, arrays):
    """Moves arrays to `arrays`, under names; what is left of the case is JSON."""

    def put(name, value):
        if not isinstance(value, np.ndarray):
            return value
        arrays[f"{case['name']}/{name}"] = narrow(value)
        return {"array": f"{case['name']}/{name}"}

    def each(name, table):
        return {key: put(f"{name}/{key}", value) for key, value in table.items()}

    packed = case | {"inputs": each("input", case["inputs"]), "edges": [], "recorded": {}}
    packed["cells"] = {name: each(f"cell/{name}", cell) for name, cell in case["cells"].items()}
    for k, one in enumerate(case["edges"]):
        window = {"window": each(f"edge/{k}/window", one["window"])} if "window" in one else {}
        packed["edges"].append(each(f"edge/{k}", {key: one[key] for key in one if key != "window"}) | window)
    for node, rows in recorded.items():
        packed["recorded"][node] = each(f"recorded/{node}", rows)
    return packed


def unpack(packed, arrays):
    """(case, recorded) of what `pack` left."""
    if isinstance(packed, dict):
        if set(packed) == {"array"}:
            return arrays[packed["array"]].astype(np.int64)
        return {key: unpack(value, arrays) for key, value in packed.items()}
    return [unpack(value, arrays) for value in packed] if isinstance(packed, list) else packed


def narrow(values):
    for kind in (np.uint8, np.int8, np.int16, np.int32):
        if (values.astype(kind) == values).all():
            return values.astype(kind)
    return values.astype(np.int64)
