"""Comparing runs: what two devices, or two conventions, do differently, where spikes part first, how far apart they end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from . import _ranvier, arguments, arrays, inputs
from ._ranvier import Plan, Quantity, fail
from .network import Network, load
from .session import deployment

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Progress = Callable[[int, int], object]


class Setting(NamedTuple):
    """What differs before the first step; "none" where one side has no such thing."""

    where: str  #: node, "source -> target", "network" or "device"
    what: str  #: "option reset", "parameter tau", "coefficient a", "delay" ...
    a: str
    b: str


class Moment(NamedTuple):
    """What one side had at one neuron in one step; None is what the device or the model does not tell."""

    event: float  #: the value emitted; 0: none
    v_before: float | None  #: v after this step's dynamics, before the reset
    v: float | None  #: after the reset
    input: float | None  #: sum of this step's terms
    threshold: float | None  #: that v_before was held against


class SpikeDifference(NamedTuple):
    """The first step in which the spikes differ; then the node updated first, its lowest neuron, the lowest lane."""

    step: int
    node: str
    neuron: int
    lane: int
    a: Moment
    b: Moment


class ValueDifference(NamedTuple):
    """The first value that differs."""

    step: int
    node: str
    variable: str  #: "output", "spikes", "v" ...
    neuron: int
    lane: int
    a: float
    b: float


class Layer(NamedTuple):
    """How far apart the spikes of one node are; rates are events a second and lane.

    van_rossum is van Rossum's D^2 (Neural Computation 13, 2001), the mean over neurons and lanes: 1/tau times the integral of
    (f - g)^2, where f and g are the sides' trains with exp(-t/tau) behind each spike, times its value. 1/2 for one spike
    against none, 1 for two that are far apart, 0 for equal trains.
    """

    neurons: int
    a: int  #: events of the whole run, all lanes
    b: int
    differing: int  #: (step, lane, neuron) whose events differ, in being there or in value
    rate_a: float  #: Hz, the mean over neurons
    rate_b: float
    rate_difference: float  #: Hz, the largest of one neuron
    rate_neuron: int  #: whose it is
    van_rossum: float
    first: ValueDifference | None  #: of this node; None where its events are equal


class Argmax(NamedTuple):
    """The neuron of an output whose sum over the run is largest, in each lane: a class, where lanes are samples."""

    a: np.ndarray  #: [lanes]
    b: np.ndarray
    differing: list[int]  #: lanes
    fraction: float  #: of lanes that agree


class Pair:
    """Two sides, compared.

    a, b            the sides' names: devices, or conventions
    steps, lanes    of the run
    dt_ms           of a, in milliseconds
    equal           neither spikes, nor outputs, nor hashes differ; settings may
    settings        list of Setting: options, parameters, coefficients, delays, assumptions that differ
    spikes          SpikeDifference, or None where all spiking nodes emitted the same events
    outputs         ValueDifference, or None
    layers          spiking node -> Layer: how far apart its spikes are
    argmax          output of several neurons -> Argmax: which of them has the largest sum, in each lane
    tau             Quantity: the time constant of van Rossum's distance
    events          spiking node -> (events of a, events of b)
    hash_a, hash_b  spike hashes; None where a device has none
    """

    def __init__(self, native: _ranvier.Pair) -> None:
        self.a: str = native.a
        self.b: str = native.b
        self.steps: int = native.steps
        self.lanes: int = native.lanes
        self.dt_ms: float = native.dt_ms
        self.equal: bool = native.equal()
        self.settings: list[Setting] = [Setting(*setting) for setting in native.settings]
        self.spikes: SpikeDifference | None = _spikes(native.spikes)
        self.outputs: ValueDifference | None = value_difference(native.outputs)
        layers = {node: Layer._make([*fields[:9], value_difference(fields[9])]) for node, *fields in native.layers}
        self.layers: dict[str, Layer] = arguments.Named(layers, "There is no spiking node", "Use one of these.")
        self._maps = {node: (counts, bin_steps) for node, *_, counts, bin_steps in native.layers}
        events = {node: (layer.a, layer.b) for node, layer in layers.items()}
        self.events: dict[str, tuple[int, int]] = arguments.Named(events, "There is no spiking node", "Use one of these.")
        argmax = {node: Argmax(np.array(a), np.array(b), lanes, fraction) for node, a, b, lanes, fraction in native.argmax}
        self.argmax: dict[str, Argmax] = arguments.Named(argmax, "There is no output of several neurons", "Use one of these.")
        self.tau: Quantity = native.tau_ms * _ranvier.ms
        self.hash_a: int | None = native.hash_a
        self.hash_b: int | None = native.hash_b
        self._text: str = native.text().rstrip()

    def __repr__(self) -> str:
        return self._text

    def _repr_html_(self) -> str:
        from html import escape

        head = f"<p><strong>{escape(self.a)}</strong> and <strong>{escape(self.b)}</strong>, {self.steps} steps: "
        parts = [head + ("equal</p>" if self.equal else "different</p>")]
        if self.spikes:
            d = self.spikes
            rows = [(field, x, y) for field, x, y in zip(Moment._fields, d.a, d.b) if x is not None or y is not None]
            place = f"Spikes part in step {d.step}, node {d.node}, neuron {d.neuron}, lane {d.lane}"
            parts.append(_table(place, ("", self.a, self.b), rows))
        if self.settings:
            parts.append(_table("What they are told differently", ("where", "what", self.a, self.b), self.settings))
        counts = [(node, *pair) for node, pair in self.events.items()]
        parts.append(_table("Events", ("node", self.a, self.b), counts))
        apart = [
            (node, d.differing, d.first.step, *(f"{x:.4g}" for x in (d.rate_a, d.rate_b, d.rate_difference, d.van_rossum)))
            for node, d in self.layers.items()
            if d.first
        ]
        if apart:
            names = ("node", "events differ", "from step", f"Hz: {self.a}", f"Hz: {self.b}", "apart at most", "van Rossum")
            parts.append(_table(f"How far apart, with tau = {self.tau}", names, apart))
        for node, agreement in self.argmax.items():
            share = f"{agreement.fraction:.1%} of {len(agreement.a)} lanes agree"
            parts.append(f"<p>argmax of {escape(node)}: {share}</p>")
        return "".join(parts)

    def plot(self, ax: Any = None) -> list[Axes]:
        """Draws where spikes differ: a map of neurons and time for each node of `layers`, then how many differ over time.

        ax  as many axes as that, to draw into; without it a new figure

        Needs matplotlib. Raises Error failed_precondition where there is no spiking node.
        """
        from .plotting import plot_pairs

        return plot_pairs([self], ax)


class Comparison:
    """The first side with each of the others; printed, tables.

    equal  whether all pairs are
    pairs  list of Pair
    first  the SpikeDifference of the pair that parts first; None where none does
    """

    def __init__(self, native: _ranvier.Comparison) -> None:
        self.equal: bool = native.equal()
        self.pairs: list[Pair] = [Pair(pair) for pair in native.pairs]
        parting = [pair.spikes for pair in self.pairs if pair.spikes is not None]
        self.first: SpikeDifference | None = min(parting, key=lambda difference: difference.step, default=None)
        self._native = native

    def to_json(self) -> str:
        """{"equal": ..., "pairs": [{"a", "b", "equal", "steps", "settings", "spikes", "outputs", "layers", "argmax", ...}]}"""
        return self._native.to_json()

    def plot(self, ax: Any = None) -> list[Axes]:
        """Draws each pair, one below the other, as `Pair.plot` does."""
        from .plotting import plot_pairs

        return plot_pairs(self.pairs, ax)

    def __repr__(self) -> str:
        return self._native.text().rstrip()

    def _repr_html_(self) -> str:
        return "".join(pair._repr_html_() for pair in self.pairs)


def compare(
    net: Network | Plan,
    devices: Sequence[str],
    x: Any = None,
    *,
    steps: int | None = None,
    first_lane: int = 0,
    calibrate: Any = None,
    tau: Quantity | None = None,
    progress: Progress | None = None,
    **settings: Any,
) -> Comparison:
    """Runs a network, or a plan, on several devices: what differs, where spikes part first, and how far apart they are.

    devices     two or more, as `net.to` takes them; each is held against the first
    x           array [T, N] or [T, lanes, N]; a dict of arrays for several inputs; or nothing, and steps=
    first_lane  sample number of lane 0
    calibrate   input that is typical of x, as `net.to` takes it, for the devices that choose scales by it
    tau         time constant of van Rossum's distance; default: 10 dt
    progress    called as progress(done, total) now and then
    settings    given to every device

    Memory stays bounded however long the run is. Of a plan, input and threshold cannot be told.
    Raises Error as `net.to` and `run` do.

    >>> net = rv.load("lif_norse.nir", dt=0.1 * rv.ms, convention="norse")
    >>> rv.compare(net, ["cpu", "reference"], np.ones((100, 1))).equal
    True
    """
    if not isinstance(net, (Network, Plan)):
        fail("bad_type", f"{arguments.shown(net)} is neither a Network nor a Plan.", "net", "Give what rv.load returned.")
    names = arguments.names("devices", devices)
    given, lanes = _inputs(x, _shapes(net), steps)
    _, texts, lanes, first_lane = deployment("cpu", lanes, first_lane, settings)
    source = net if isinstance(net, Plan) else net._native
    typical = inputs.calibration_of_plan(calibrate, net) if isinstance(net, Plan) else net._calibration(calibrate)
    numbers = _steps(steps), _tau_ms(tau)
    return Comparison(_ranvier.compare(source, names, given, texts, lanes, first_lane, typical, *numbers, progress))


def diff(
    path: Any,
    a: str,
    b: str,
    x: Any = None,
    *,
    device: str = "cpu",
    steps: int | None = None,
    first_lane: int = 0,
    calibrate: Any = None,
    tau: Quantity | None = None,
    progress: Progress | None = None,
    dt: Quantity | None = None,
    **options: Any,
) -> Comparison:
    """Runs a NIR file in two conventions: what they do differently, and where spikes part first.

    a, b     conventions, of `rv.conventions()`
    x        as in `compare`; so are calibrate and tau
    device   that runs both
    dt       and `options`: as `rv.load` takes them, for both

    Raises Error as `rv.load`, `net.to` and `run` do.

    >>> x = np.load("braille.npy")
    >>> found = rv.diff("braille.nir", "snntorch", "norse", x, dt=0.1 * rv.ms)
    >>> found.first.step, found.first.node, found.first.neuron, found.first.a.event, found.first.b.event
    (2, 'lif1.lif', 2, 1.0, 0.0)
    >>> [setting for setting in found.pairs[0].settings if setting.what == "option threshold"][0]
    Setting(where='lif1.lif', what='option threshold', a='divided', b='plain')
    """
    net_a, net_b = (load(path, dt, convention=arguments.word(name, value), **options) for name, value in (("a", a), ("b", b)))
    given, lanes = _inputs(x, _shapes(net_a), steps)
    device, texts, lanes, first_lane = deployment(device, lanes, first_lane, {})
    sides = net_a._native, a, net_b._native, b
    typical, numbers = net_a._calibration(calibrate), (_steps(steps), _tau_ms(tau))
    native = _ranvier.diff(*sides, given, device, texts, lanes, first_lane, typical, *numbers, progress)
    return Comparison(native)


def value_difference(native: tuple[Any, ...] | None) -> ValueDifference | None:
    return None if native is None else ValueDifference(*native)


def _spikes(native: tuple[Any, ...] | None) -> SpikeDifference | None:
    if native is None:
        return None
    step, node, neuron, lane, a, b = native
    return SpikeDifference(step, node, neuron, lane, Moment(*a), Moment(*b))


def _shapes(net: Network | Plan) -> dict[str, tuple[int, ...]]:
    """Input node -> shape."""
    if isinstance(net, Network):
        return {node.name: node.shape for node in net.nodes.values() if node.model == "input@1"}
    return {name: shape for name, shape, _ in _ranvier.inputs_of(net)}


def _inputs(x: Any, shapes: Mapping[str, tuple[int, ...]], steps: int | None) -> tuple[dict[str, np.ndarray], int]:
    """x by input node, and its number of lanes."""
    if x is None:
        if steps is None:
            fail("invalid_argument", "Neither input nor a number of steps was given.", "x", "Give x or steps=.")
        return {}, 1
    if not isinstance(x, Mapping):
        if len(shapes) != 1:
            message = f"One array was given, but the network has the inputs {', '.join(shapes) or 'none'}."
            fail("unknown_name", message, "x", "Give a dict: x={name: array}.")
        x = {next(iter(shapes)): x}
    given = {arguments.word("input", name): arrays.as_array(value, str(name)) for name, value in x.items()}
    lanes = [arrays.lanes_of(array.shape, shapes[name]) for name, array in given.items() if name in shapes]
    return given, next((n for n in lanes if n is not None), 1)


def _steps(steps: Any) -> int | None:
    return None if steps is None else arguments.whole("steps", steps)


def _tau_ms(tau: Any) -> float | None:
    return None if tau is None else arguments.duration("tau", tau).si() * 1e3


def _table(caption: str, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    from html import escape

    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    body = "".join("<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
