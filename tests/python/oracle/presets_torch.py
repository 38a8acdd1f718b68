"""The conventions norse, snntorch, sinabs, rockpool and spikingjelly for every kind of neuron, in plain NumPy.

Written from docs/conventions and the tools' sources, never from Ranvier's own code. Order, sums and delays are `model`'s.

    result = run(graph, inputs, dt=1e-4, convention="sinabs", overrides={"input_gain": "dt/tau"})

`CELLS[convention, kind]` builds a Neuron from a node, or is missing: then the convention does not define the kind.
"""

from collections import namedtuple

import numpy as np

from . import model
from .model import Refused

KINDS = ("I", "IF", "LI", "LIF", "CubaLI", "CubaLIF", "Threshold")
GRADED = ("LI",)  # emits its potential in every step

PRESETS = {
    "norse": dict(reset="zero", comparator=">", decay="euler", input_gain="dt/tau", feedback_bias=1),
    "snntorch": dict(reset="zero", comparator=">", decay="euler", input_gain="one", feedback_bias=0),
    "sinabs": dict(reset="subtract", comparator="several", decay="exponential", input_gain="one", feedback_bias=1),
    "rockpool": dict(reset="subtract", comparator="several", decay="exponential", input_gain="one", feedback_bias=1),
    "spikingjelly": dict(reset="zero", comparator=">=", decay=None, input_gain=None, feedback_bias=1),
}
VALUES = dict(
    reset=("zero", "subtract"), comparator=(">", ">=", "several"), decay=("euler", "exponential"), hop_delay=(0, 1),
    input_gain=("one", "dt/tau", "1-exp"), feedback_bias=(0, 1), probe=("after", "before"),
)  # fmt: skip

Options = namedtuple("Options", ["convention", "own", "asked", *VALUES])  # own: the preset before the overrides
Neuron = namedtuple("Neuron", "step threshold v0 reset reset_to lowest", defaults=(None, None, None, None, None))
Result = namedtuple("Result", "order events v i")

CELLS = {}


def cell(convention, *kinds):
    """Registers a function that makes a Neuron of a node."""

    def register(function):
        CELLS.update({(convention, kind): function for kind in kinds})
        return function

    return register


def options(convention, reset=None, overrides=None):
    own = dict(PRESETS[convention], hop_delay=0, probe="after")
    asked = dict(overrides or {}, **({} if reset is None else {"reset": reset}))
    for name, value in asked.items():
        if value not in VALUES[name] or own[name] is None:
            raise Refused(f"{convention} does not define {name}={value}")
    chosen = Options(convention, own, asked, **{**own, **asked})
    if chosen.comparator == "several" and (chosen.reset != "subtract" or convention == "snntorch"):
        raise Refused(f"{convention} does not define comparator=several with reset={chosen.reset}")
    return chosen


class Given:
    """A node's parameters as a preset's formulas want them."""

    def __init__(self, node, options, dt, real):
        self.node, self.options, self.dt, self.real = node, options, float(dt), real
        self.size = size_of(node)

    def stored(self, name, default=0.0):
        """f32 where the file says f32, else f64."""
        values = np.asarray(self.node[name]) if name in self.node else np.full(self.size, default)
        return values.ravel() if values.dtype == np.float32 else values.ravel().astype(np.float64)

    def wide(self, name, default=0.0):
        return self.stored(name, default).astype(np.float64)

    def f32(self, name, default=0.0):
        return self.once(self.wide(name, default))

    def once(self, coefficient):
        """Rounded once to f32; computed with in the type of the run."""
        return model._once(coefficient).astype(self.real)

    def need(self, condition, name, allowed):
        if not np.all(condition):
            raise Refused(f"{self.options.convention} needs {name} {allowed}")

    @property
    def changed(self):
        """Whether decay or gain are not the preset's own."""
        return any(getattr(self.options, name) != self.options.own[name] for name in ("decay", "input_gain"))

    def decay_of(self, name):
        x = self.dt / self.wide(name)
        if self.options.decay == "euler":
            return self.once(1 - x)
        if self.options.own["decay"] == "exponential":  # the tools' quotients are f32
            x = _sinabs_quotient(self, name) if self.options.convention == "sinabs" else _torch_quotient(self, name)
        return self.once(model._exp(-x.astype(np.float64)))

    def gain(self, r=1.0):
        x = self.dt / self.wide("tau")
        return self.once({"one": np.ones_like(x), "dt/tau": r * x, "1-exp": -(r * model._expm1(-x))}[self.options.input_gain])


def size_of(node):
    name = next(name for name in ("r", "v_threshold", "threshold") if name in node)
    return np.asarray(node[name]).size


def _torch_quotient(p, name):
    """dt / tau as PyTorch computes a number over an f32 tensor: the reciprocal, then the product."""
    return np.float32(p.dt) * (np.float32(1) / model._once(p.wide(name)))


# -------------------------------------------------------------------------------------------------------------- norse


def _norse_factor(p, name):
    return _torch_quotient(p, name).astype(p.real)


def _norse_changed(p, leak):
    x = p.dt / p.wide("tau")
    a, b, c = p.decay_of("tau"), p.gain(), p.once(p.wide("v_leak") * (x if p.options.decay == "euler" else -model._expm1(-x)))
    return Neuron(lambda x, v, i: ((a * v + b * x) + c, i), v0=leak)


@cell("norse", "LIF")
def _norse_lif(p):
    k, leak = _norse_factor(p, "tau"), p.f32("v_leak")
    neuron = _norse_changed(p, leak) if p.changed else Neuron(lambda x, v, i: (v + k * ((x + leak) - v), i), v0=leak)
    return neuron._replace(threshold=p.f32("v_threshold"))


@cell("norse", "LI")
def _norse_li(p):
    k, leak = _norse_factor(p, "tau"), p.f32("v_leak")
    return _norse_changed(p, leak) if p.changed else Neuron(lambda x, v, i: (v + k * ((leak - v) + x), i), v0=leak)


@cell("norse", "IF")
def _norse_if(p):
    return Neuron(lambda x, v, i: (v + x, i), threshold=p.f32("v_threshold"))


@cell("norse", "CubaLIF")
def _norse_cubalif(p):
    if p.changed:
        raise Refused("norse does not define decay or input_gain for CubaLIF")
    k_s, k = _norse_factor(p, "tau_syn"), _norse_factor(p, "tau_mem")
    leak, w, r = p.f32("v_leak"), p.f32("w_in", 1.0), p.f32("r")

    def step(x, v, i):
        i = i + k_s * ((leak - i) + w * x)
        return v + k * ((r * i + leak) - v), i

    return Neuron(step, threshold=p.f32("v_threshold"), v0=leak)


# ----------------------------------------------------------------------------------------------------------- snntorch


def _snntorch_threshold(p, scale):
    threshold = p.stored("v_threshold")
    if p.options.input_gain != "one":
        return p.once(threshold)
    p.need(np.isfinite(scale) & (scale > 0), "the scale of v_threshold", "above 0")
    unit = (np.abs(scale.astype(np.float64) - 1) <= 1e-8 + 1e-5).all()
    return p.once(threshold if unit else threshold / scale)


def _snntorch_decay(p, name):
    if p.options.decay == "exponential":
        return p.decay_of(name)
    return p.once(np.clip(1 - p.dt / p.stored(name), 0, 1))  # in the stored type


@cell("snntorch", "LIF")
def _snntorch_lif(p):
    p.need(np.abs(p.wide("v_leak")) <= 1e-8, "v_leak", "0")
    b, beta = p.gain(p.wide("r")), p.decay_of("tau") if p.changed else _snntorch_decay(p, "tau")
    threshold = _snntorch_threshold(p, (p.stored("r") * p.dt) / p.stored("tau"))
    return Neuron(lambda x, v, i: (beta * v + b * x, i), threshold=threshold)


@cell("snntorch", "IF")
def _snntorch_if(p):
    p.need(p.wide("r") == 1, "r", "1")
    beta = p.once(np.full(p.size, 0.9))
    reset = p.options.asked.get("reset", "subtract")
    return Neuron(lambda x, v, i: (beta * v + x, i), threshold=p.f32("v_threshold"), reset=reset)


@cell("snntorch", "CubaLIF")
def _snntorch_cubalif(p):
    if p.options.input_gain != "one":
        raise Refused("snntorch does not define input_gain for CubaLIF")
    p.need(np.abs(p.wide("v_leak")) <= 1e-8, "v_leak", "0")
    r, wanted = p.wide("r"), (p.stored("tau_mem") / p.dt).astype(np.float64)
    p.need(np.abs(r - wanted) <= 1e-8 + 1e-5 * np.abs(wanted), "r", "tau_mem / dt")
    alpha, beta = _snntorch_decay(p, "tau_syn"), _snntorch_decay(p, "tau_mem")

    def step(x, v, i):
        i = alpha * i + x
        return beta * v + i, i

    w_in = p.stored("w_in") if "w_in" in p.node else np.ones(p.size, p.stored("v_threshold").dtype)
    return Neuron(step, threshold=_snntorch_threshold(p, w_in * (p.dt / p.stored("tau_syn"))))


# ------------------------------------------------------------------------------------------------------------- sinabs


def _sinabs_quotient(p, name):
    return np.float32(1) / model._once(p.wide(name) / p.dt)  # tau in steps


@cell("sinabs", "LIF", "LI")
def _sinabs_leaky(p):
    p.need(p.wide("v_leak") == 0, "v_leak", "0")
    if p.node["type"] == "LI":
        p.need(p.wide("r") == 1, "r", "1")
    a, b = p.decay_of("tau"), p.gain()
    neuron = Neuron(lambda x, v, i: (a * v + b * x, i))
    return neuron if p.node["type"] == "LI" else neuron._replace(threshold=_positive_threshold(p))


@cell("sinabs", "IF")
def _sinabs_if(p):
    threshold = _positive_threshold(p)
    return Neuron(lambda x, v, i: (v + x, i), threshold=threshold, lowest=-threshold)


def _positive_threshold(p):
    threshold = p.f32("v_threshold")
    p.need(threshold > 0, "v_threshold", "above 0")
    return threshold


# ----------------------------------------------------------------------------------------------------------- rockpool


@cell("rockpool", "LIF")
def _rockpool_lif(p):
    a, b, leak = p.decay_of("tau"), p.gain(), p.f32("v_leak")
    return Neuron(lambda x, v, i: ((a * v + b * x) + leak, i), threshold=_positive_threshold(p))


@cell("rockpool", "CubaLIF")
def _rockpool_cubalif(p):
    if p.options.input_gain != "one":
        raise Refused("rockpool does not define input_gain for CubaLIF")
    a, a_s, leak = p.decay_of("tau_mem"), p.decay_of("tau_syn"), p.f32("v_leak")

    def step(x, v, i):
        i = (i + x) * a_s
        return (a * v + i) + leak, i

    return Neuron(step, threshold=_positive_threshold(p))


@cell("rockpool", "LI")
def _rockpool_li(p):
    a, b = p.decay_of("tau"), p.gain()
    return Neuron((lambda x, v, i: (a * v + b * x, i)) if p.changed else lambda x, v, i: ((v + x) * a, i))


# ------------------------------------------------------------------------------------------------------- spikingjelly


def _equals(value, wanted):
    return np.abs(value - wanted) <= 1e-12 + 1e-6 * np.abs(wanted)


def _spikingjelly(p, step):
    if p.options.reset == "subtract":
        p.need(p.wide("v_reset") == 0, "v_reset", "0 with reset subtract")
    v_reset = p.f32("v_reset")
    return Neuron(step, threshold=p.f32("v_threshold"), v0=v_reset, reset_to=v_reset)


@cell("spikingjelly", "LIF")
def _spikingjelly_lif(p):
    r, steps = p.wide("r"), p.wide("tau") / p.dt
    p.need(np.isfinite(steps) & (steps > 1), "tau", "above dt")
    p.need(_equals(r, 1).all() or _equals(r, steps).all(), "r", "1 for all neurons, or tau / dt for all")
    p.need(_equals(p.wide("v_leak"), p.wide("v_reset")), "v_leak", "equal to v_reset")
    tau, rest, shared = p.once(steps), p.f32("v_reset"), _equals(r, 1).all()  # shared: the input is divided by tau as well
    return _spikingjelly(p, lambda x, v, i: (v + (x - (v - rest)) / tau if shared else (v - (v - rest) / tau) + x, i))


@cell("spikingjelly", "IF")
def _spikingjelly_if(p):
    p.need(_equals(p.wide("r"), 1 / p.dt), "r", "1 / dt")
    return _spikingjelly(p, lambda x, v, i: (v + x, i))


@cell("spikingjelly", "CubaLIF")
def _spikingjelly_cubalif(p):
    tau_syn, tau_mem = p.wide("tau_syn"), p.wide("tau_mem")
    for name in ("tau_syn", "tau_mem"):
        p.need(p.wide(name) >= p.dt, name, "at least dt")
    p.need(_equals(p.wide("r"), tau_mem / p.dt), "r", "tau_mem / dt")
    p.need(_equals(p.wide("w_in", 1.0), tau_syn / p.dt), "w_in", "tau_syn / dt")
    p.need(_equals(p.wide("v_leak"), 0), "v_leak", "0")
    c_decay, v_decay = p.once(1 - p.dt / tau_syn), p.once(1 - p.dt / tau_mem)

    def step(x, v, i):
        i = i * c_decay + x
        return v * v_decay + i, i

    return _spikingjelly(p, step)


# ------------------------------------------------------------------------------------------------------------ the run


def expand(name, node, options, dt, real):
    kind = node["type"]
    if (options.convention, kind) not in CELLS:
        raise Refused(f"{options.convention} does not define {kind}")
    neuron = CELLS[options.convention, kind](Given(node, options, dt, real))
    if options.comparator == "several" and neuron.threshold is not None and (neuron.threshold <= 0).any():
        raise Refused(f"{name!r}: several spikes a step need v_threshold above 0")
    zero = np.zeros(size_of(node), dtype=real)
    filled = {field: zero for field in ("v0", "reset_to") if getattr(neuron, field) is None}
    return neuron._replace(reset=neuron.reset or options.reset, **filled)


def fire(neuron, options, v_old, v):
    """The values emitted, v before the reset and v after it."""
    above = np.greater_equal if options.comparator == ">=" else np.greater
    threshold, one = neuron.threshold, v.dtype.type
    if threshold is None:
        return v, v, v
    if options.convention == "snntorch" and neuron.reset == "subtract":
        p = above(v_old, threshold).astype(v.dtype)
        v = v - p * threshold
        z = above(v, threshold).astype(v.dtype)
        return z, v, v - (z - p) * threshold
    if options.comparator == "several":
        n = np.where(v > 0, np.trunc(v / threshold), one(0))
        after = v - n * threshold
    else:
        n = above(v, threshold).astype(v.dtype)
        after = np.where(n > 0, neuron.reset_to if neuron.reset == "zero" else v - threshold, v)
    if neuron.lowest is not None:
        after = np.maximum(after - neuron.lowest, one(0)) + neuron.lowest
    return n, v, after


def run(graph, inputs, *, dt, convention, reset=None, overrides=None, precision="f32"):
    """events[node], v[node], i[node] as [steps, lanes, neurons]."""
    choice, real = options(convention, reset, overrides), {"f32": np.float32, "f64": np.float64}[precision]
    nodes = graph["nodes"]
    # To `model`, which arranges graphs and knows two kinds of neurons, each neuron is a LIF of its size.
    known = {n: {"type": "LIF", "v_threshold": np.zeros(size_of(v))} if v["type"] in KINDS else v for n, v in nodes.items()}
    order, projections = model.arrange({"nodes": known, "edges": graph["edges"]}, choice)
    incoming = {name: sorted((p for p in projections if p.target == name), key=lambda p: -p.delay) for name in order}
    neurons = {name: expand(name, nodes[name], choice, dt, real) for name in order if nodes[name]["type"] in KINDS}
    constant = {n: _constant(n, graph, known, choice).astype(real) for n in order if nodes[n]["type"] in model.STATELESS}
    before = {}  # feedback_bias 0: what a feedback edge carries for the steps before the first
    if choice.feedback_bias == 0:
        before = {p.edge: _silence(p.source, incoming, constant, known) for p in projections if p.feedback}

    steps, lanes = next(iter(inputs.values())).shape[:2]
    events = {name: np.zeros((steps, lanes, model.size_of(known[name])), dtype=real) for name in order}
    v = {name: events[name].copy() for name in neurons}
    i = {name: events[name].copy() for name in neurons if nodes[name]["type"] in ("CubaLI", "CubaLIF")}
    state = {}
    for name, neuron in neurons.items():
        start = np.tile(neuron.v0, (lanes, 1))
        state[name] = [start, start.copy() if convention == "norse" else np.zeros_like(start)]
    for name, x in inputs.items():
        events[name][:] = np.asarray(x).astype(np.float32).reshape(events[name].shape)

    for step in range(steps):
        for name in order:
            if nodes[name]["type"] == "Input":
                continue
            total = np.zeros((lanes, events[name].shape[2]), dtype=real)
            for p in incoming[name]:
                if step >= p.delay:
                    total = model.add(total, events[p.source][step - p.delay], p)
                elif p.edge in before:
                    total = model.add(total, np.tile(before[p.edge], (lanes, 1)), p)
            if name in constant:
                events[name][step] = total + constant[name]
                continue
            fresh, current = neurons[name].step(total, *state[name])
            events[name][step], unreset, after = fire(neurons[name], choice, state[name][0], fresh)
            state[name] = [model.flush(after), model.flush(current)]
            v[name][step] = model.flush(unreset) if choice.probe == "before" else state[name][0]
            if name in i:
                i[name][step] = state[name][1]
    return Result(order, events, v, i)


def _constant(name, graph, known, choice):
    """A stateless node's bias; Rockpool drops it on a cycle."""
    targets = {n: [t for s, t in graph["edges"] if s == n] for n in known}
    on_cycle = len(model._components(known, targets)[name]) > 1
    bias = model.bias(known[name], choice)
    return np.zeros_like(bias) if on_cycle and choice.convention == "rockpool" else bias


def _silence(name, incoming, constant, known, above=()):
    """What a node emits while all neurons and inputs are silent."""
    if name in above:
        raise Refused(f"the response of {name!r} to silence depends on itself")
    total = np.zeros((1, model.size_of(known[name])), dtype=np.float32)
    if name not in constant:
        return total
    for p in incoming[name]:
        total = model.add(total, _silence(p.source, incoming, constant, known, (*above, name)), p)
    return total + constant[name].astype(np.float32)
