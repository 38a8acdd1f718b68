"""What Ranvier must compute for a NIR graph, bit for bit: an independent model in plain NumPy.

Written from the design (time step, conventions, arithmetic contract) and from the recordings of the NIR paper, never from
Ranvier's own code. Slow on purpose: every sum is a loop over its terms in the contract's order.

    result = run(graph, inputs, dt=1e-4, convention="norse")
    graph  = {"nodes": {"in": {"type": "Input", "shape": [12]}, "lif": {"type": "LIF", "tau": ..., ...}, ...},
              "edges": [("in", "lif"), ...]}                      exactly NIR's names and arrays
    inputs = {"in": array [steps, lanes, neurons]}
"""

from collections import defaultdict, namedtuple
from decimal import Context, Decimal

import numpy as np

STATEFUL = ("LIF", "CubaLIF")
LINEAR = ("Linear", "Affine")
STATELESS = LINEAR + ("Output",)

# What each convention does when nothing is overridden. `reset` is an argument of its own, the rest are overrides.
_FLOAT = dict(reset="zero", comparator=">", hop_delay=0, feedback_bias="from 1", probe="after")
PRESETS = {
    "exact": dict(_FLOAT, decay="exponential", input_gain="1-exp"),
    "norse": dict(_FLOAT, decay="euler", input_gain="dt/tau"),
    "snntorch": dict(_FLOAT, decay="euler", input_gain="one", feedback_bias="from 0"),
    "lava-fixed": dict(_FLOAT, decay="euler", input_gain="dt/tau", hop_delay=1),
}
VALUES = dict(
    reset=("zero", "subtract"), comparator=(">", ">=", "several"), hop_delay=(0, 1), feedback_bias=("from 0", "from 1"),
    probe=("after", "before"), decay=("euler", "exponential"), input_gain=("one", "dt/tau", "1-exp"),
)  # fmt: skip


class Refused(ValueError):
    """The graph, or the combination of arguments, has no defined meaning."""


Options = namedtuple("Options", ["convention", "own", *VALUES])  # own: the preset before the overrides
Projection = namedtuple("Projection", "source target edge delay feedback weight")  # weight [O, I]; None: one to one
Cell = namedtuple("Cell", "dynamics threshold reset_to drop v0 i0")  # one stateful population, expanded by its preset
Result = namedtuple("Result", "order projections events v i hash")


def options(convention, reset=None, overrides=None):
    if convention not in PRESETS:
        raise Refused(f"unknown convention {convention!r}")
    own, asked = PRESETS[convention], dict(overrides or {})
    if reset is not None:
        asked["reset"] = reset
    for name, value in asked.items():
        if name not in VALUES or value not in VALUES[name]:
            raise Refused(f"{name}={value!r} is not defined")
    if convention == "lava-fixed" and asked not in ({}, {"reset": "zero"}):
        raise Refused("lava-fixed takes no overrides and resets to zero")
    chosen = Options(convention, own, **{**own, **asked})
    if chosen.comparator == "several" and (chosen.reset != "subtract" or convention == "snntorch"):
        raise Refused("several spikes a step need an unguarded subtractive reset")
    return chosen


# ---------------------------------------------------------------------------------------------------------- the graph


def size_of(node):
    kind = node["type"]
    if kind in ("Input", "Output"):
        return int(np.prod(np.asarray(node["shape"], dtype=np.int64)))
    if kind not in STATEFUL + LINEAR:
        raise Refused(f"node type {kind!r} is not modelled")
    return np.asarray(node["weight"]).shape[0] if kind in LINEAR else np.asarray(node["v_threshold"]).size


def arrange(graph, options, delays=None):
    """Names in the order of their numbers, and the projections in the order of theirs."""
    nodes, edges = graph["nodes"], [tuple(edge) for edge in graph["edges"]]
    delays = dict(delays or {})
    for edge in delays:
        if edge not in edges or delays[edge] < 0:
            raise Refused(f"delay {delays[edge]} for {edge}")
    bytewise = lambda name: name.encode("utf-8")

    targets = defaultdict(list)
    for source, target in edges:
        targets[source].append(target)
    component = _components(nodes, targets)
    distance, inner = {}, {}
    for members in set(component.values()):
        distance.update(_distances(members, nodes, edges, targets, bytewise))
        inner[members] = sorted(members, key=lambda name: (distance[name], bytewise(name)))
        cyclic = len(members) > 1 or any(name in targets[name] for name in members)
        if cyclic and not any(nodes[name]["type"] in STATEFUL for name in members):
            raise Refused(f"the cycle through {inner[members][0]!r} has no stateful node")

    across = {(component[s], component[t]) for s, t in edges if component[s] != component[t]}
    whole = _kahn(inner, across, key=lambda members: bytewise(inner[members][0]))
    rank = {name: i for i, name in enumerate(name for members in whole for name in inner[members])}

    def delay_of(edge):
        source, target = edge
        feedback = component[source] == component[target] and distance[target] <= distance[source]
        hop = options.hop_delay if nodes[target]["type"] in STATEFUL else 0
        return delays.get(edge, max(int(feedback), hop)), feedback

    ruled = [delay_of(edge) for edge in edges]
    order = _kahn(nodes, {edge for edge, (delay, _) in zip(edges, ruled) if delay == 0}, key=rank.get)
    number = {name: i for i, name in enumerate(order)}

    projections = []
    for index, ((source, target), (delay, feedback)) in enumerate(zip(edges, ruled)):
        weight = weights(nodes[target], options) if nodes[target]["type"] in LINEAR else None
        width = size_of(nodes[target]) if weight is None else weight.shape[1]
        if size_of(nodes[source]) != width:
            raise Refused(f"{source!r} has {size_of(nodes[source])} neurons, {target!r} takes {width}")
        projections.append(Projection(source, target, index, delay, feedback, weight))
    projections.sort(key=lambda p: (number[p.source], number[p.target], p.edge))
    return order, projections


def _components(nodes, targets):
    """Each name's strongly connected component, as a frozenset."""
    reached = {name: set(targets[name]) for name in nodes}
    for middle in nodes:
        for name in nodes:
            if middle in reached[name]:
                reached[name] |= reached[middle]
    return {a: frozenset({a} | {b for b in reached[a] if a in reached[b]}) for a in nodes}


def _distances(members, nodes, edges, targets, bytewise):
    entries = {name for name in members if nodes[name]["type"] == "Input"}
    entries |= {target for source, target in edges if target in members and source not in members}
    front = entries or {min(members, key=bytewise)}
    distance, step = {}, 0
    while front:
        distance.update({name: step for name in front})
        front = {target for name in front for target in targets[name] if target in members} - distance.keys()
        step += 1
    return distance


def _kahn(items, edges, key):
    """Topological order that always takes the ready item of smallest key."""
    left, order = set(items), []
    while left:
        blocked = {target for source, target in edges if source in left}
        ready = left - blocked
        if not ready:
            raise Refused("the edges without delay form a cycle")
        order.append(min(ready, key=key))
        left.remove(order[-1])
    return order


# -------------------------------------------------------------------------------------------------------- the presets

_DIGITS = Context(prec=100, traps=[])  # exp and expm1 rounded once to f64, the same on every machine


def _exp(x):
    return np.array([float(Decimal(float(t)).exp(_DIGITS)) for t in x])


def _expm1(x):
    return np.array([float(_DIGITS.subtract(Decimal(float(t)).exp(_DIGITS), 1)) for t in x])


def _once(coefficient):
    """A coefficient rounded once to f32; refuses what is not a number."""
    with np.errstate(over="ignore"):
        rounded = np.asarray(coefficient).astype(np.float32)
    if not np.isfinite(rounded).all():
        raise Refused("a coefficient is not finite")
    return rounded


def _stored(node, name, default=None):
    """A parameter as stored: f32 stays f32, everything else is f64. One value a neuron."""
    values = np.asarray(node[name]) if name in node else np.full(np.shape(node["v_threshold"]), default)
    return values.ravel() if values.dtype == np.float32 else values.ravel().astype(np.float64)


def _wide(node, name, default=None):
    return _stored(node, name, default).astype(np.float64)


def weights(node, options):
    weight = np.asarray(node["weight"])
    if options.convention == "lava-fixed":
        weight = np.trunc(weight * weight.dtype.type(256)).astype(np.float64) / 256
    return _once(weight)


def bias(node, options):
    """A stateless node's own constant. Adding +0 changes nothing, since an accumulator that starts at +0 never becomes -0."""
    values = np.asarray(node["bias"]).ravel() if node["type"] == "Affine" else np.zeros(size_of(node))
    if options.convention == "lava-fixed":
        if (np.abs(values) > 1e-8).any():
            raise Refused("lava-fixed knows no bias")
        values = np.zeros_like(values)
    return _once(values)


def expand(node, options, dt, real):
    """The Cell of a stateful node: `dynamics(x, v, i)` gives the new v and i, before threshold and reset."""
    build = {"exact": _exact, "norse": _norse, "snntorch": _snntorch, "lava-fixed": _lava_fixed}[options.convention]
    changed = options.decay != options.own["decay"] or options.input_gain != options.own["input_gain"]
    if node["type"] == "CubaLIF" and changed:
        defined = {("exact", "euler", "1-exp"), ("snntorch", "exponential", "one")}
        if (options.convention, options.decay, options.input_gain) not in defined:
            raise Refused("this decay or input_gain is not defined for CubaLIF")
    cell = build(node, options, dt, real)
    cell = cell._replace(dynamics=_linear(node, options, dt, real)) if node["type"] == "LIF" and changed else cell
    if options.comparator == "several" and (cell.threshold <= 0).any():
        raise Refused("several spikes a step need thresholds above zero")
    return cell


def _cell(dynamics, threshold, real, reset_to=None, drop=None, start=None):
    zero = np.zeros(threshold.size, dtype=real)
    widen = lambda values: zero if values is None else _once(values).astype(real)
    threshold = _once(threshold).astype(real)
    return Cell(dynamics, threshold, widen(reset_to), threshold if drop is None else widen(drop), widen(start), widen(start))


def _linear(node, options, dt, real):
    """A LIF whose decay or input gain is not the preset's own: v = (a*v + b*x) + c."""
    x_m = dt / _wide(node, "tau")
    decayed = _expm1(-x_m)
    r = np.ones_like(x_m) if options.convention == "norse" else _wide(node, "r")
    v_leak = np.zeros_like(x_m) if options.convention == "snntorch" else _wide(node, "v_leak")
    euler = options.decay == "euler"
    gain = {"one": np.ones_like(x_m), "dt/tau": r * x_m, "1-exp": -(r * decayed)}
    coefficients = (
        1 - x_m if euler else _exp(-x_m),
        gain[options.input_gain],
        v_leak * x_m if euler else -(v_leak * decayed),
    )
    a, b, c = (_once(k).astype(real) for k in coefficients)
    return lambda x, v, i: ((a * v + b * x) + c, i)


def _exact(node, options, dt, real):
    threshold, v_reset = _wide(node, "v_threshold"), _wide(node, "v_reset", 0.0)
    r, v_leak = _wide(node, "r"), _wide(node, "v_leak")
    x_m = dt / _wide(node, "tau" if node["type"] == "LIF" else "tau_mem")
    decay, decayed = _exp(-x_m), _expm1(-x_m)
    once = lambda *values: (_once(k).astype(real) for k in values)
    if node["type"] == "LIF":
        a, b, c = once(decay, -(r * decayed), -(v_leak * decayed))
        dynamics = lambda x, v, i: ((a * v + b * x) + c, i)
    elif options.decay == "euler":
        k, k_s, w, r, v_leak = once(x_m, dt / _wide(node, "tau_syn"), _wide(node, "w_in", 1.0), r, v_leak)

        def dynamics(x, v, i):
            i = i + k_s * (w * x - i)
            return v + k * ((v_leak - v) + r * i), i
    else:
        x_s = dt / _wide(node, "tau_syn")
        u = x_m - x_s
        quotient = np.where(u == 0, 1.0, _expm1(u) / np.where(u == 0, 1.0, u))
        p = (x_m * decay) * quotient
        a, g, h, c = once(decay, r * p, r * -decayed, v_leak * -decayed)
        a_s, b_s, w = once(_exp(-x_s), -_expm1(-x_s), _wide(node, "w_in", 1.0))

        def dynamics(x, v, i):
            d = w * x
            return ((a * v + g * (i - d)) + h * d) + c, a_s * i + b_s * d

    return _cell(dynamics, threshold, real, reset_to=v_reset, drop=threshold - v_reset)


def _norse(node, options, dt, real):
    f32 = lambda name, default=None: _once(_wide(node, name, default))
    factor = lambda name: (np.float32(dt) * (np.float32(1) / f32(name))).astype(real)
    v_leak = f32("v_leak").astype(real)
    if node["type"] == "LIF":  # r is ignored
        k = factor("tau")
        dynamics = lambda x, v, i: (v + k * ((x + v_leak) - v), i)
    else:
        k_s, k, w, r = factor("tau_syn"), factor("tau_mem"), f32("w_in", 1.0).astype(real), f32("r").astype(real)

        def dynamics(x, v, i):
            i = i + k_s * ((v_leak - i) + w * x)
            return v + k * ((r * i + v_leak) - v), i

    return _cell(dynamics, _wide(node, "v_threshold"), real, start=v_leak)


def _snntorch(node, options, dt, real):
    if (np.abs(_wide(node, "v_leak")) > 1e-8).any():
        raise Refused("snntorch needs v_leak 0")
    beta = lambda tau: np.clip(_once(1 - dt / tau), 0, 1).astype(real)  # in tau's own type, rounded once
    threshold, r = _stored(node, "v_threshold"), _stored(node, "r")
    if node["type"] == "LIF":
        tau = _stored(node, "tau")
        scale, b = (r * dt) / tau, beta(tau)
        dynamics = lambda x, v, i: (b * v + x, i)
    else:
        tau_m, tau_s = _stored(node, "tau_mem"), _stored(node, "tau_syn")
        y = (tau_m / dt).astype(np.float64)
        if (np.abs(r.astype(np.float64) - y) > 1e-8 + 1e-5 * np.abs(y)).any():
            raise Refused("snntorch needs r = tau_mem / dt")
        scale = (_stored(node, "w_in") if "w_in" in node else np.ones_like(threshold)) * (dt / tau_s)
        if options.decay == "exponential":
            a, b = (_once(_exp(-(dt / _wide(node, name)))).astype(real) for name in ("tau_syn", "tau_mem"))
        else:
            a, b = beta(tau_s), beta(tau_m)

        def dynamics(x, v, i):
            i = a * i + x
            return b * v + i, i

    if not (np.isfinite(scale) & (scale > 0)).all():
        raise Refused("snntorch scales the threshold by a positive number only")
    unit = (np.abs(scale.astype(np.float64) - 1) <= 1e-8 + 1e-5).all()
    if not unit and options.input_gain == "one":
        threshold = threshold / scale
    return _cell(dynamics, threshold, real)


def _lava_fixed(node, options, dt, real):
    if node["type"] != "LIF":
        raise Refused("lava-fixed knows LIF only")
    share, threshold = dt / _stored(node, "tau"), _stored(node, "v_threshold")  # NumPy keeps the stored types
    integer = lambda values: np.trunc(values).astype(np.int64)
    d_v, w = integer(share * 4095), integer(share.astype(np.float64) * 256).astype(real)
    if ((d_v < 0) | (d_v > 4095) | (threshold < 0) | (threshold > 512)).any():
        raise Refused("lava-fixed: dt/tau outside 0..1 or v_threshold outside 0..512")
    limit = 2**23

    def dynamics(x, v, i):
        act = np.trunc(np.nan_to_num(w * x, nan=0.0)).astype(np.float64).clip(-(2**31), 2**31 - 1)
        current = (act.astype(np.int64) << 6).astype(np.int32).astype(np.int64)
        current = np.where(current > limit, current - 2 * limit, np.where(current <= -limit, current + 2 * limit, current))
        kept = np.sign(v) * ((np.abs(v) * (4096 - d_v)) >> 12)
        return np.clip(kept + current, -limit + 1, limit - 1), i

    zero = np.zeros(threshold.size, dtype=np.int64)
    return Cell(dynamics, (integer(threshold * 131071) >> 9) << 6, zero, zero, zero, zero)


# ------------------------------------------------------------------------------------------------------------ the run


def fire(v_before, v, cell, options):
    """Threshold and reset: the values emitted, the potential just before the reset, and the one after it."""
    above = np.greater_equal if options.comparator == ">=" else np.greater
    if options.comparator == "several":
        n = np.where(v > 0, np.floor(v / cell.threshold), 0).astype(v.dtype)
        return n, v, v - n * cell.drop
    if options.convention == "snntorch" and options.reset == "subtract":  # one subtraction a spike, never two in a row
        p = above(v_before, cell.threshold).astype(v.dtype)
        v = v - p * cell.threshold
        z = above(v, cell.threshold).astype(v.dtype)
        return z, v, v - (z - p) * cell.threshold
    z = above(v, cell.threshold)
    return z.astype(np.int64), v, np.where(z, v - cell.drop if options.reset == "subtract" else cell.reset_to, v)


def flush(state):
    if state.dtype.kind != "f":
        return state
    return np.where(np.abs(state) < state.dtype.type(2.0**-100), state.dtype.type(0), state)


def add(total, values, projection):
    """Adds a projection's terms, one source after the other; values [lanes, sources]."""
    if projection.weight is None:
        return total + values
    weight = projection.weight.astype(total.dtype)
    for source in range(values.shape[1]):
        total = total + weight[:, source] * values[:, source, None]
    return total


def run(graph, inputs, *, dt, convention="exact", reset=None, overrides=None, delays=None, precision="f32"):
    """events[node], v[node], i[node] as [steps, lanes, neurons]; hash as one uint64 a lane."""
    dt = float(dt)  # a NumPy scalar would turn the f32 coefficients of snnTorch into f64
    choice = options(convention, reset, overrides)
    real = {"f32": np.float32, "f64": np.float64}[precision]
    nodes = graph["nodes"]
    order, projections = arrange(graph, choice, delays)
    incoming = {name: sorted((p for p in projections if p.target == name), key=lambda p: -p.delay) for name in order}
    constant = {name: bias(nodes[name], choice).astype(real) for name in order if nodes[name]["type"] in STATELESS}
    cells = {name: expand(nodes[name], choice, dt, real) for name in order if nodes[name]["type"] in STATEFUL}

    def silence(name, above=()):
        """What a node emits while every input and every stateful node is silent: a coefficient, so f32 in f64 too."""
        if name in above:
            raise Refused(f"the response of {name!r} to silence depends on itself")
        total = np.zeros((1, size_of(nodes[name])), dtype=np.float32)
        if name not in constant:
            return total
        for p in incoming[name]:
            total = add(total, silence(p.source, (*above, name)), p)
        return total + constant[name].astype(np.float32)

    steps, lanes = next(iter(inputs.values())).shape[:2]
    blank = lambda name, kind: np.zeros((steps, lanes, size_of(nodes[name])), dtype=kind)
    events = {name: blank(name, real) for name in order}
    state = {name: [np.tile(cell.v0, (lanes, 1)), np.tile(cell.i0, (lanes, 1))] for name, cell in cells.items()}
    v = {name: blank(name, cell.v0.dtype) for name, cell in cells.items()}
    i = {name: blank(name, real) for name in cells if nodes[name]["type"] == "CubaLIF"}
    quiet = {}  # feedback_bias "from 0": what a feedback edge carries for the steps before the first
    if choice.feedback_bias == "from 0":
        quiet = {p.edge: np.tile(silence(p.source), (lanes, 1)).astype(real) for p in projections if p.feedback}
    for name in inputs:
        events[name][:] = np.asarray(inputs[name]).astype(np.float32).reshape(events[name].shape)

    for step in range(steps):
        for name in order:
            if nodes[name]["type"] == "Input":
                continue
            total = np.zeros((lanes, size_of(nodes[name])), dtype=real)
            for p in incoming[name]:
                values = events[p.source][step - p.delay] if step >= p.delay else quiet.get(p.edge)
                if values is not None:
                    total = add(total, values, p)
            if name in constant:
                events[name][step] = total + constant[name]
                continue
            v_old, i_old = state[name]
            v_new, i_new = cells[name].dynamics(total, v_old, i_old)
            spikes, before, after = fire(v_old, v_new, cells[name], choice)
            state[name] = [flush(after), flush(i_new)]
            events[name][step] = spikes
            v[name][step] = flush(before) if choice.probe == "before" else state[name][0]
            if name in i:
                i[name][step] = state[name][1]

    return Result(order, projections, events, v, i, spike_hash(order, nodes, events, lanes))


# ------------------------------------------------------------------------------------------------------ the spike hash


def mix(x):
    """splitmix64: its step, then its finaliser."""
    with np.errstate(over="ignore"):
        x = np.asarray(x, dtype=np.uint64) + np.uint64(0x9E3779B97F4A7C15)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def spike_hash(order, nodes, events, lanes):
    total = np.zeros(lanes, dtype=np.uint64)
    for population, name in enumerate(order):
        if nodes[name]["type"] in STATEFUL:
            step, lane, neuron = (index.astype(np.uint64) for index in np.nonzero(events[name]))
            bits = events[name][np.nonzero(events[name])].astype(np.float64).view(np.uint64)
            np.add.at(total, lane.astype(np.intp), mix(mix(mix(mix(population) ^ neuron) ^ step) ^ bits))
    return total
