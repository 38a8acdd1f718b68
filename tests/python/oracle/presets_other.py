"""The conventions exact, euler, nengo, lava, lava-fixed, lava-dl, spyx@2023 and spinnaker2 for every kind of neuron.

Plain NumPy, written from docs/conventions and the tools' sources, never from Ranvier's own code. Graphs are ordered by `model`.

    result = run(graph, inputs, dt=1e-4, convention="nengo")

`CELLS[convention, kind]` builds a Neuron from a node, or is missing: then the convention does not define the kind.
"""

from collections import namedtuple

import numpy as np

from . import model
from .model import Refused

KINDS = ("I", "IF", "LI", "LIF", "CubaLI", "CubaLIF", "Threshold")
GRADED = ("I", "LI", "CubaLI")  # emit their potential in every step
VALUES = dict(
    reset=("zero", "subtract"), decay=("exponential", "euler"), input_gain=("one", "dt/tau", "1-exp"),
    comparator=(">", ">=", "several"), hop_delay=(0, 1), feedback_bias=(0, 1), probe=("after", "before"),
)  # fmt: skip
_OURS = {name: VALUES[name] for name in VALUES}
_FIXED = dict(reset=("zero",), decay=(), input_gain=(), comparator=(">",), feedback_bias=(1,), probe=("after",))

# What each convention takes; the first value is its own. A hop_delay of None depends on the kind.
PRESETS = {
    "exact": dict(_OURS, input_gain=("1-exp", "dt/tau", "one"), feedback_bias=(1, 0)),
    "euler": dict(_OURS, decay=("euler", "exponential"), input_gain=("dt/tau", "one", "1-exp"), feedback_bias=(1, 0)),
    "nengo": dict(
        reset=("zero",), decay=("exponential",), input_gain=("one",), comparator=(">",), hop_delay=(None, 0, 1),
        feedback_bias=(1, 0), probe=("after", "before"),
    ),
    "lava": dict(
        reset=("zero",), decay=("euler",), input_gain=("dt/tau",), comparator=(">", ">="), hop_delay=(1, 0),
        feedback_bias=(1, 0), probe=("after", "before"),
    ),
    "spyx@2023": dict(
        reset=("subtract",), decay=("euler",), input_gain=("dt/tau",), comparator=(">",), hop_delay=(0, 1), feedback_bias=(1,),
        probe=("before",),
    ),
    "spinnaker2": dict(
        reset=("subtract", "zero"), decay=("euler", "exponential"), input_gain=("dt/tau",), comparator=(">",),
        hop_delay=(None, 0, 1), feedback_bias=(1,), probe=("after", "before"),
    ),
    "lava-dl": dict(_FIXED, hop_delay=(0,)),
    "lava-fixed": dict(_FIXED, hop_delay=(1,)),
}  # fmt: skip
HOPS = {("nengo", "CubaLIF"): 1, ("nengo", "LI"): 1, ("spinnaker2", "CubaLIF"): 1}
DOUBLE = ("nengo", "lava", "spinnaker2")  # sums and states of f64

Options = namedtuple("Options", ["convention", "changed", *VALUES])  # changed: decay or gain are not the preset's own
Neuron = namedtuple("Neuron", "start step")  # start: {state: values}; step(x, state) -> events, v before the reset, new state
Result = namedtuple("Result", "order events v i")

CELLS = {}


def cell(convention, *kinds):
    """Registers a function that makes a Neuron of a node."""

    def register(function):
        CELLS.update({(convention, kind): function for kind in kinds})
        return function

    return register


def options(convention, reset=None, overrides=None):
    taken = PRESETS[convention]
    own = {name: values[0] if values else None for name, values in taken.items()}
    asked = dict(overrides or {}, **({} if reset is None else {"reset": reset}))
    for name, value in asked.items():
        if value not in taken[name]:
            raise Refused(f"{convention} does not define {name}={value}")
    chosen = {**own, **asked}
    if chosen["comparator"] == "several" and chosen["reset"] != "subtract":
        raise Refused(f"{convention} does not define comparator=several with reset={chosen['reset']}")
    changed = any(chosen[name] != own[name] for name in ("decay", "input_gain"))
    return Options(convention, changed, **chosen)


class Given:
    """A node's parameters as a preset's formulas want them, and what the preset found around it."""

    def __init__(self, node, options, dt, real, around):
        self.node, self.options, self.dt, self.real = node, options, float(dt), real
        self.kind, self.size, self.around = node["type"], size_of(node), around

    def stored(self, name, default=0.0):
        """f32 where the file says f32, else f64."""
        values = np.asarray(self.node[name]) if name in self.node else np.full(self.size, default, self._default_type())
        return values.ravel() if values.dtype == np.float32 else values.ravel().astype(np.float64)

    def _default_type(self):
        return np.float32 if all(np.asarray(v).dtype == np.float32 for k, v in self.node.items() if k != "type") else np.float64

    def wide(self, name, default=0.0):
        return self.stored(name, default).astype(np.float64)

    def once(self, coefficient):
        """Rounded once to f32; computed with in the type of the run."""
        return model._once(coefficient).astype(self.real)

    def f32(self, name, default=0.0):
        return self.once(self.wide(name, default))

    def need(self, condition, name, allowed):
        if not np.all(condition):
            raise Refused(f"{self.options.convention} needs {name} {allowed}")

    def uniform(self, *names):
        for name in names:
            self.need(self.stored(name) == self.stored(name)[0], name, "equal for all neurons")

    def near(self, name, wanted, default=0.0):
        """NumPy's allclose, the test of several importers."""
        return np.abs(self.wide(name, default) - wanted) <= 1e-8 + 1e-5 * np.abs(wanted)

    def zeros(self, *names, kind=None):
        return {name: np.zeros(self.size, kind or self.real) for name in names}


def size_of(node):
    name = next(name for name in ("r", "v_threshold", "threshold") if name in node)
    return np.asarray(node[name]).size


def once_per_neuron(p, dynamics, threshold, fire, states=("v",)):
    """A Neuron of dynamics(x, state) -> state and fire(v) -> events, v after the reset; graded where there is no threshold."""

    def step(x, state):
        fresh = dynamics(x, state)
        unreset = fresh["v"]
        events, after = (unreset, unreset) if threshold is None else fire(unreset)
        return events, unreset, {**fresh, "v": after}

    return Neuron(p.zeros(*states), step)


# ------------------------------------------------------------------------------------------------------- exact, euler


def _ours(p, dynamics, states=("v",)):
    if p.kind in GRADED:
        return once_per_neuron(p, dynamics, None, None, states)
    threshold, v_reset = p.f32("v_threshold"), p.f32("v_reset")
    drop = p.once(p.wide("v_threshold") - p.wide("v_reset"))
    chosen, one = p.options, p.real
    if chosen.comparator == "several":
        p.need(threshold > 0, "v_threshold", "above 0 for several spikes in a step")
    above = np.greater_equal if chosen.comparator == ">=" else np.greater

    def fire(v):
        if chosen.comparator == "several":
            n = np.where(v > 0, np.floor(v / threshold), one(0))
            return n, v - n * drop
        z = above(v, threshold)
        return z.astype(v.dtype), np.where(z, v_reset if chosen.reset == "zero" else v - drop, v)

    return once_per_neuron(p, dynamics, threshold, fire, states)


@cell("exact", "I", "IF")
@cell("euler", "I", "IF")
def _ours_integrator(p):
    own = PRESETS[p.options.convention]["input_gain"][0]
    if p.options.input_gain not in (own, "one"):
        raise Refused(f"{p.options.convention} does not define input_gain={p.options.input_gain} for {p.kind}")
    b = p.once(np.ones(p.size) if p.options.input_gain == "one" else p.wide("r") * p.dt)
    return _ours(p, lambda x, s: {"v": s["v"] + b * x})


@cell("exact", "LI", "LIF")
@cell("euler", "LI", "LIF")
def _ours_leaky(p):
    t, r, leak = p.dt / p.wide("tau"), p.wide("r"), p.wide("v_leak")
    decayed = model._expm1(-t)
    if p.options.convention == "euler" and not p.options.changed:
        k, r, leak = p.once(t), p.once(r), p.once(leak)
        return _ours(p, lambda x, s: {"v": s["v"] + k * ((leak - s["v"]) + r * x)})
    euler = p.options.decay == "euler"
    a = p.once(1 - t if euler else model._exp(-t))
    b = p.once({"one": np.ones_like(t), "dt/tau": r * t, "1-exp": -(r * decayed)}[p.options.input_gain])
    c = p.once(leak * t if euler else -(leak * decayed))
    return _ours(p, lambda x, s: {"v": (a * s["v"] + b * x) + c})


@cell("exact", "CubaLI", "CubaLIF")
@cell("euler", "CubaLI", "CubaLIF")
def _ours_current(p):
    if p.options.input_gain != PRESETS[p.options.convention]["input_gain"][0]:
        raise Refused(f"{p.options.convention} does not define input_gain={p.options.input_gain} for {p.kind}")
    t, t_s, r, leak = p.dt / p.wide("tau_mem"), p.dt / p.wide("tau_syn"), p.wide("r"), p.wide("v_leak")
    w = p.f32("w_in", 1.0)
    if p.options.decay == "euler":
        k, k_s, r, leak = p.once(t), p.once(t_s), p.once(r), p.once(leak)

        def dynamics(x, s):
            i = s["i"] + k_s * (w * x - s["i"])
            return {"v": s["v"] + k * ((leak - s["v"]) + r * i), "i": i}

    else:
        decay, lost, u = model._exp(-t), -model._expm1(-t), t - t_s
        with np.errstate(invalid="ignore"):
            q = np.where(u == 0, 1.0, model._expm1(u) / u)
        a, g, h, c = p.once(decay), p.once(r * ((t * decay) * q)), p.once(r * lost), p.once(leak * lost)
        a_s, b_s = p.once(model._exp(-t_s)), p.once(-model._expm1(-t_s))

        def dynamics(x, s):
            d = w * x
            return {"v": ((a * s["v"] + g * (s["i"] - d)) + h * d) + c, "i": a_s * s["i"] + b_s * d}

    return _ours(p, dynamics, ("v", "i"))


@cell("exact", "Threshold")
@cell("euler", "Threshold")
def _ours_threshold(p):
    threshold = p.f32("threshold")
    above = np.greater_equal if p.options.comparator == ">=" else np.greater
    return Neuron({}, lambda x, s: (above(x, threshold).astype(x.dtype), None, {}))


# -------------------------------------------------------------------------------------------------------------- nengo


def _nengo_firing(p, tau, current):
    """Nengo's LIF.step behind `current(x, state) -> J, i`; spikes have a time inside the step."""
    dt = p.dt

    def step(x, state):
        j, i = current(x, state)
        v, ref = state["v"], state["ref"] - dt
        left = np.minimum(np.maximum(dt - ref, 0), dt)
        v = v - (j - v) * np.expm1(-left / tau)
        z = v > 1
        with np.errstate(divide="ignore", invalid="ignore"):
            late = dt + tau * np.log1p(-(v - 1) / (j - 1))
        floored = np.where(v < 0, 0.0, v)
        return z.astype(np.float64), v, {"v": np.where(z, 0.0, floored), "ref": np.where(z, late, ref), **i}

    return Neuron(p.zeros("v", "ref", *(["i"] if p.kind == "CubaLIF" else [])), step)


@cell("nengo", "LIF")
def _nengo_lif(p):
    p.need(p.wide("r") == 1, "r", "1")
    p.need(p.wide("v_leak") == 0, "v_leak", "0")
    p.uniform("tau")
    p.need(p.wide("v_threshold") > 0, "v_threshold", "above 0")
    g = 1 / p.wide("v_threshold")
    return _nengo_firing(p, p.wide("tau"), lambda x, s: (g * x, {}))


@cell("nengo", "CubaLIF")
def _nengo_cubalif(p):
    p.need(p.wide("v_leak") == 0, "v_leak", "0")
    p.uniform("r", "tau_syn", "tau_mem", "v_threshold")
    p.need(p.wide("v_threshold") > 0, "v_threshold", "above 0")
    b = p.dt / p.wide("tau_syn")
    p.need((b > 0) & (b <= 1), "tau_syn", "at least dt")
    a, g = 1 - b, (p.stored("w_in", 1.0) * p.stored("r")).astype(np.float64) / p.wide("v_threshold")

    def current(x, s):
        i = a * s["i"] + b * x
        return g * i, {"i": i}

    return _nengo_firing(p, p.wide("tau_mem"), current)


@cell("nengo", "IF")
def _nengo_if(p):
    p.need(p.wide("r") == 1, "r", "1")
    p.need(p.wide("v_threshold") > 0, "v_threshold", "above 0")
    g = (1 / p.wide("v_threshold")) / p.dt

    def fire(v):
        z = v > 1
        return z.astype(np.float64), np.where(z, 0.0, v)

    return once_per_neuron(p, lambda x, s: {"v": s["v"] + (g * x) * p.dt}, 1.0, fire)


@cell("nengo", "LI")
def _nengo_li(p):
    p.uniform("tau")
    tau = p.wide("tau")
    a = np.where(tau <= 0.03 * p.dt, 0.0, model._exp(-p.dt / tau))
    b = 1 - a
    return once_per_neuron(p, lambda x, s: {"v": a * s["v"] + b * x}, None, None)


# --------------------------------------------------------------------------------------------------------------- lava


@cell("lava", "LIF")
def _lava(p):
    t, threshold = p.dt / p.stored("tau"), p.wide("v_threshold")
    g, kept = t.astype(np.float64), (1 - t).astype(np.float64)
    above = np.greater_equal if p.options.comparator == ">=" else np.greater

    def fire(v):
        z = above(v, threshold)
        return z.astype(np.float64), np.where(z, 0.0, v)

    return once_per_neuron(p, lambda x, s: {"v": s["v"] * kept + g * x}, threshold, fire)


@cell("lava-fixed", "LIF")
def _lava_fixed(p):
    cell = model._lava_fixed(p.node, p.options, p.dt, p.real)

    def step(x, s):
        v, _ = cell.dynamics(x, s["v"], None)
        z = v > cell.threshold
        return z.astype(np.int64), v, {"v": np.where(z, 0, v)}

    return Neuron(p.zeros("v", kind=np.int64), step)


def _shift(values):
    """A shift by 12 toward zero."""
    return np.where(values > 0, values >> 12, -((-values) >> 12))


def _lava_dl(p, scale, threshold, step_of):
    limit = (scale * np.trunc(threshold * (scale // 64)) // (scale // 64)).astype(np.int64)
    p.need((threshold >= 0) & (threshold < 2**20), "v_threshold", "from 0 to below 2^20")

    def step(x, s):
        i, v = step_of(x, s)
        z = np.where(limit >= 2**18, v >= limit, v > limit)  # 0.01 more than the limit, in f32
        return z.astype(np.int64), v, {"v": np.where(z, 0, v), "i": i}

    return Neuron(p.zeros("v", "i", kind=np.int64), step)


def _integers(values):
    return np.trunc(values.astype(np.float64)).astype(np.int64)


@cell("lava-dl", "IF")
def _lava_dl_if(p):
    p.uniform("v_threshold", "r")
    scale = 1 << 18

    def step_of(x, s):
        i = _integers(np.float32(scale) * x)
        return i, s["v"] + _integers(i.astype(np.float32))

    return _lava_dl(p, scale, (p.stored("v_threshold") * p.stored("r")).astype(np.float64), step_of)


@cell("lava-dl", "CubaLIF")
def _lava_dl_cubalif(p):
    p.need(p.near("v_leak", 0), "v_leak", "0")
    p.need(p.near("r", (p.stored("tau_mem") / p.dt).astype(np.float64)), "r", "tau_mem / dt")
    p.uniform("tau_syn", "tau_mem", "v_threshold")
    share = {name: p.dt / p.stored(name) for name in ("tau_syn", "tau_mem")}
    d, e = (np.round(model._once(4096 * t)).clip(0, 4096).astype(np.int64) for t in share.values())
    gain = model._once(p.stored("w_in", 1.0) * share["tau_syn"])
    if (np.abs(gain.astype(np.float64) - 1) <= 1e-8 + 1e-5).all():
        gain = np.ones_like(gain)
    p.need((gain == 1) | (not p.around["cyclic"]), "w_in", "tau_syn / dt in a cycle")

    def step_of(x, s):
        i = _shift(s["i"] * (4096 - d)) + _integers(np.float32(4096) * (gain * x))
        return i, _shift(s["v"] * (4096 - e)) + _integers(i.astype(np.float32))

    return _lava_dl(p, 4096, p.wide("v_threshold"), step_of)


# --------------------------------------------------------------------------------------------------------------- spyx


def _spyx_decay(p, name):
    return p.once(np.clip(1 - p.dt / p.stored(name), 0, 1))


@cell("spyx@2023", "IF")
def _spyx_if(p):
    if p.around["cyclic"]:
        raise Refused("spyx@2023 does not define IF in a cycle")
    return _spyx_lif(p, np.ones(p.size, p.real))


@cell("spyx@2023", "LIF")
def _spyx_lif(p, beta=None):
    threshold, beta = p.f32("v_threshold"), _spyx_decay(p, "tau") if beta is None else beta

    def step(x, s):
        z = (s["v"] > threshold).astype(x.dtype)
        v = (beta * s["v"] + x) - z * threshold
        return _late(p, z, v, threshold), v, {"v": v}

    return Neuron(p.zeros("v"), step)


@cell("spyx@2023", "CubaLIF")
def _spyx_cubalif(p):
    threshold, alpha, beta = p.f32("v_threshold"), _spyx_decay(p, "tau_syn"), _spyx_decay(p, "tau_mem")

    def step(x, s):
        z = (s["v"] > threshold).astype(x.dtype)
        v, i = s["v"] - z * threshold, alpha * s["i"] + x
        v = beta * v + i
        v = v if p.around["cyclic"] else v - z * threshold
        return _late(p, z, v, threshold), v, {"v": v, "i": i}

    return Neuron(p.zeros("v", "i"), step)


def _late(p, z, v, threshold):
    """In a cycle everything comes a step later, so the spike is that of the new v."""
    return (v > threshold).astype(z.dtype) if p.around["cyclic"] else z


# --------------------------------------------------------------------------------------------------------- spinnaker2


def _spinnaker(p, q, off, dynamics, states=("v",)):
    threshold = p.wide("v_threshold") * q
    p.need(np.isfinite(threshold) & np.isfinite(off), "the scaled v_threshold and bias", "to be finite")

    def fire(v):
        z = v > threshold
        return z.astype(np.float64), np.where(z, v - threshold if p.options.reset == "subtract" else 0.0, v)

    return once_per_neuron(p, dynamics, threshold, fire, states)


def _spinnaker_decay(p, name):
    """The decay, and what is lost of 1."""
    if p.options.decay == "exponential":
        t = p.dt / p.wide(name)
        return model._exp(-t), -model._expm1(-t)
    return (1 - p.dt / p.stored(name)).astype(np.float64), p.dt / p.wide(name)


@cell("spinnaker2", "IF")
def _spinnaker_if(p):
    k, off = p.around["scale"], p.around["bias"] * p.around["scale"]
    return _spinnaker(p, (1 / p.wide("r")) * k, off, lambda x, s: {"v": (s["v"] + x) + off})


@cell("spinnaker2", "LIF")
def _spinnaker_lif(p):
    k, (alpha, lost) = p.around["scale"], _spinnaker_decay(p, "tau")
    q = (1 / (lost * p.wide("r"))) * k
    off = (lost * p.wide("v_leak")) * q + p.around["bias"] * k
    return _spinnaker(p, q, off, lambda x, s: {"v": (alpha * s["v"] + x) + off})


@cell("spinnaker2", "CubaLIF")
def _spinnaker_cubalif(p):
    k, (syn, lost_s), (alpha, lost) = p.around["scale"], _spinnaker_decay(p, "tau_syn"), _spinnaker_decay(p, "tau_mem")
    w = p.wide("w_in", 1.0)
    y = 1 / (lost_s * w)
    q = ((1 / (lost * p.wide("r"))) * y) * k
    off = (lost * p.wide("v_leak")) * q + ((p.around["bias"] * w) * y) * k

    def dynamics(x, s):
        i = syn * s["i"] + x
        return {"v": (alpha * s["v"] + i) + off, "i": i}

    return _spinnaker(p, q, off, dynamics, ("v", "i"))


# ------------------------------------------------------------------------- what a convention does to the nodes around


class Surroundings:
    """The graph's edges, its cycles, and the weights and biases as a convention computes with them."""

    def __init__(self, graph, choice, dt):
        self.nodes, self.edges, self.choice, self.dt = graph["nodes"], [tuple(e) for e in graph["edges"]], choice, float(dt)
        targets = {n: [t for s, t in self.edges if s == n] for n in self.nodes}
        component = model._components(self.nodes, targets)
        self.targets = targets
        self.sources = {n: [s for s, t in self.edges if t == n] for n in self.nodes}
        self.together = lambda a, b: component[a] == component[b] and (a != b or a in targets[a])
        self.cyclic = {n: len(component[n]) > 1 or n in targets[n] for n in self.nodes}

    def of(self, name):
        """What a neuron needs to know."""
        around = {"cyclic": self.cyclic[name]}
        if self.choice.convention == "spinnaker2":
            around["scale"], around["bias"] = self._scale(name), self._bias_in_front(name)
        return around

    def need_synapses_in_cycles(self):
        """Nengo has a delay where it has a synapse, and builds no cycle without one."""
        try:
            model._kahn(self.nodes, {(s, t) for s, t in self.edges if self.nodes[t]["type"] not in ("LI", "CubaLIF")}, key=str)
        except Refused:
            raise Refused("nengo needs a CubaLIF or LI in each cycle") from None

    def weight(self, name):
        node, convention = self.nodes[name], self.choice.convention
        stored = np.asarray(node["weight"])
        if convention == "lava-fixed":
            return np.trunc(stored * stored.dtype.type(256)).astype(np.float32) / np.float32(256)
        if convention == "spyx@2023":
            return model._once(stored) * self._spyx_scale(name)[:, None]
        if convention == "spinnaker2":
            k = self._scale_of_targets(name)
            return stored.astype(np.float64) if k is None else np.trunc(stored.astype(np.float64) * k)
        return stored.astype(np.float64) if convention in DOUBLE else model._once(stored)

    def bias(self, name):
        node, convention = self.nodes[name], self.choice.convention
        if node["type"] != "Affine":
            return np.zeros(model.size_of(node) if node["type"] in model.LINEAR + ("Output",) else size_of(node), np.float32)
        stored = np.asarray(node["bias"]).ravel()
        if convention in ("lava", "lava-fixed"):
            if (np.abs(stored) > 1e-8).any():
                raise Refused(f"{convention} needs bias 0")
            return np.zeros_like(stored)
        if convention == "spyx@2023":
            return model._once(stored) * self._spyx_scale(name)
        if convention == "spinnaker2" and self._neurons_behind(name):
            return np.zeros_like(stored)
        if convention == "lava-dl" and self.cyclic[name]:
            return np.zeros_like(stored)
        return stored.astype(np.float64) if convention in DOUBLE else model._once(stored)

    def _neurons_behind(self, name):
        return [t for t in self.targets[name] if self.nodes[t]["type"] in KINDS]

    def _spyx_scale(self, name):
        scales = []
        for target in self.targets[name]:
            node, size = self.nodes[target], model.size_of(self.nodes[name])
            p = Given(node, self.choice, self.dt, np.float32, {}) if node["type"] in ("LIF", "CubaLIF") else None
            inside = self.together(name, target)
            if p is None:
                scale = np.ones(size)
            elif p.kind == "LIF":
                scale = (p.stored("r") * self.dt) / p.stored("tau") if inside else self.dt / p.stored("tau")
            else:
                w, tau = p.stored("w_in", 1.0), p.stored("tau_syn")
                scale = (w * self.dt) / tau if inside else (self.dt / tau) * w
            scales.append(model._once(scale))
        if any((scale != scales[0]).any() for scale in scales):
            raise Refused(f"spyx@2023 scales {name!r} by what follows, which differs")
        return scales[0] if scales else np.ones(model.size_of(self.nodes[name]), np.float32)

    def _scale(self, name):
        """127 over the largest weight in front."""
        front = [s for s in self.sources[name] if self.nodes[s]["type"] in model.LINEAR]
        if len(front) < len(self.sources[name]):
            raise Refused(f"spinnaker2 needs weights in front of {name!r}")
        largest = max((np.abs(np.asarray(self.nodes[s]["weight"]).astype(np.float64)).max() for s in front), default=0.0)
        if largest == 0:
            raise Refused(f"spinnaker2 needs weights other than 0 in front of {name!r}")
        return 127.0 / largest

    def _scale_of_targets(self, name):
        if any(self.nodes[t]["type"] in model.LINEAR for t in self.targets[name]):
            raise Refused(f"spinnaker2 does not define two nodes with weights in a row, {name!r} and its target")
        if 0 < len(self._neurons_behind(name)) < len(self.targets[name]):
            raise Refused(f"spinnaker2 scales the weights of {name!r} for neurons, and it leads to other nodes too")
        scales = {self._scale(t) for t in self._neurons_behind(name)}
        if len(scales) > 1:
            raise Refused(f"spinnaker2 scales {name!r} by what follows, which differs")
        return scales.pop() if scales else None

    def _bias_in_front(self, name):
        total = np.zeros(size_of(self.nodes[name]))
        for source in self.sources[name]:
            if self.nodes[source]["type"] == "Affine":
                total = total + np.asarray(self.nodes[source]["bias"]).astype(np.float64).ravel()
        return total


# ------------------------------------------------------------------------------------------------------------ the run


def arrange(graph, choice):
    """model.arrange, with the delays into each kind of neuron."""
    nodes, convention = graph["nodes"], choice.convention
    known = {n: {"type": "LIF", "v_threshold": np.zeros(size_of(v))} if v["type"] in KINDS else v for n, v in nodes.items()}
    plain = model.options("exact")
    _, projections = model.arrange({"nodes": known, "edges": graph["edges"]}, plain)
    around, delays = Surroundings(graph, choice, 1), {}
    for p in projections:
        if nodes[p.target]["type"] in KINDS:
            hop = HOPS.get((convention, nodes[p.target]["type"]), 0) if choice.hop_delay is None else choice.hop_delay
            if convention in ("lava-fixed", "lava") and choice.hop_delay != 0:
                hop = 1
            if convention == "spyx@2023" and around.cyclic[p.target]:
                hop = 1
            delays[p.source, p.target] = max(int(p.feedback), hop)
    return model.arrange({"nodes": known, "edges": graph["edges"]}, plain, delays)


def expand(node, choice, dt, real, around):
    if (choice.convention, node["type"]) not in CELLS:
        raise Refused(f"{choice.convention} does not define {node['type']}")
    return CELLS[choice.convention, node["type"]](Given(node, choice, dt, real, around))


def run(graph, inputs, *, dt, convention, reset=None, overrides=None, precision="f32"):
    """events[node], v[node], i[node] as [steps, lanes, neurons]."""
    choice, nodes = options(convention, reset, overrides), graph["nodes"]
    real = np.float64 if precision == "f64" or convention in DOUBLE else np.float32
    surroundings = Surroundings(graph, choice, dt)
    if convention == "nengo":
        surroundings.need_synapses_in_cycles()
    order, projections = arrange(graph, choice)
    incoming = {name: sorted((p for p in projections if p.target == name), key=lambda p: -p.delay) for name in order}
    neurons = {n: expand(nodes[n], choice, dt, real, surroundings.of(n)) for n in order if nodes[n]["type"] in KINDS}
    weight = {n: surroundings.weight(n).astype(real) for n in order if nodes[n]["type"] in model.LINEAR}
    constant = {n: surroundings.bias(n).astype(real) for n in order if nodes[n]["type"] in model.STATELESS}

    def add(total, values, target):
        values = values.astype(real)
        if target not in weight:
            return total + values
        for source in range(values.shape[1]):
            total = total + weight[target][:, source] * values[:, source, None]
        return total

    def silence(name, above=()):
        """What a node emits while all neurons and inputs are silent."""
        if name in above:
            raise Refused(f"the response of {name!r} to silence depends on itself")
        total = np.zeros((lanes, events[name].shape[2]), dtype=real)
        if name not in constant:
            return total
        for p in incoming[name]:
            total = add(total, silence(p.source, (*above, name)), name)
        return total + constant[name]

    steps, lanes = next(iter(inputs.values())).shape[:2]
    size = lambda name: size_of(nodes[name]) if nodes[name]["type"] in KINDS else model.size_of(nodes[name])
    events = {name: np.zeros((steps, lanes, size(name)), dtype=real) for name in order}
    state = {n: {s: np.tile(x, (lanes, 1)) for s, x in neuron.start.items()} for n, neuron in neurons.items()}
    shown = {s: {n: np.zeros((steps, *x[s].shape), x[s].dtype) for n, x in state.items() if s in x} for s in ("v", "i")}
    for name, x in inputs.items():
        events[name][:] = np.asarray(x).astype(np.float32).reshape(events[name].shape)

    for step in range(steps):
        for name in order:
            if nodes[name]["type"] == "Input":
                continue
            total = np.zeros((lanes, events[name].shape[2]), dtype=real)
            for p in incoming[name]:
                if step >= p.delay:
                    total = add(total, events[p.source][step - p.delay], name)
                elif p.feedback and choice.feedback_bias == 0:
                    total = add(total, silence(p.source), name)
            if name in constant:
                events[name][step] = total + constant[name]
                continue
            events[name][step], unreset, fresh = neurons[name].step(total, state[name])
            state[name] = {s: model.flush(x) for s, x in fresh.items()}
            if "v" in fresh:
                shown["v"][name][step] = model.flush(unreset) if choice.probe == "before" else state[name]["v"]
            if "i" in fresh:
                shown["i"][name][step] = state[name]["i"]
    return Result(order, events, shown["v"], shown["i"])
