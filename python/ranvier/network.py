"""Networks: what the user said; nodes, edges, dt and seed, tied to no device."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from . import _ranvier, arguments
from ._ranvier import Plan, Quantity, fail
from .arrays import Array
from .executable import Executable
from .inputs import calibration
from .report import Report
from .session import Session, deployment

if TYPE_CHECKING:
    from .drawing import Drawing

MOST_STEPS = 2**32 - 1
HDF5 = b"\x89HDF\r\n\x1a\n"  # how a NIR file begins


class Node(NamedTuple):
    """A node as it stands in a network. Parameters are numbers as NIR has them (seconds, v without unit), read-only."""

    name: str
    model: str  #: "lif@1", "affine@1", "input@1" ...
    shape: tuple[int, ...]
    parameters: dict[str, Array]
    options: dict[str, str]


class Edge(NamedTuple):
    """An edge as it will run; `delay` in steps."""

    source: str
    target: str
    delay: int
    feedback: bool  #: closes a cycle


class Network:
    """What was said about a network; `rv.load` makes one. Printed: nodes, shapes, parameters and every assumption.

    >>> net = rv.load("lif_norse.nir", dt=0.1 * rv.ms, convention="norse")
    >>> list(net.nodes), net.nodes["1"].model, net.nodes["1"].shape
    (['input', '0', '1', 'output'], 'lif@1', (1,))
    >>> [(edge.source, edge.target, edge.delay) for edge in net.edges]
    [('input', '0', 0), ('0', '1', 0), ('1', 'output', 0)]
    """

    def __init__(self, native: _ranvier.Network) -> None:
        self._native = native

    @property
    def dt(self) -> Quantity:
        return self._native.dt_seconds * _ranvier.s

    @property
    def seed(self) -> int:
        return self._native.seed

    @property
    def nodes(self) -> dict[str, Node]:
        """Name -> Node, in the order of update where the graph has one."""
        nodes = {node[0]: Node(*node) for node in self._native.nodes}
        return arguments.Named(nodes, "The network has no node", "Use one of these names.")

    @property
    def edges(self) -> list[Edge]:
        return [Edge(*edge) for edge in self._native.edges]

    @property
    def assumptions(self) -> dict[str, str]:
        """Topic -> sentence: what loading assumed, rounded or dropped."""
        result: dict[str, str] = {}
        for topic, sentence in self._native.assumptions:
            result[topic] = f"{result[topic]} {sentence}" if topic in result else sentence
        return result

    def to(self, device: str, *, lanes: int = 1, first_lane: int = 0, calibrate: Any = None, **settings: Any) -> Session:
        """Opens a session on a device; the network stays as it was.

        device      "cpu", "reference", "cpu?precision=f64", or the path of a driver
        lanes       independent copies that run side by side, with shared weights
        first_lane  sample number of lane 0: a sample draws the same random numbers in any batch
        calibrate   input that is typical of what will be run, for devices that choose scales by it: array [T, N] or
                    [T, samples, N], or Events; a dict of such for several inputs
        settings    the device's own, like those after '?': precision="f64"

        Raises Error with all problems of the network, or else with all that the device refuses. Never falls back to
        another device.

        >>> rv.load("lif_norse.nir", dt=0.1 * rv.ms).to("cpu", lanes=4, precision="f64").lanes
        4
        """
        given = self._calibration(calibrate)
        return Session(self._native.to(*deployment(device, lanes, first_lane, settings), given), self)

    def check(self, device: str, *, lanes: int = 1, first_lane: int = 0, calibrate: Any = None, **settings: Any) -> Report:
        """What a device makes of the network, without running it; arguments as of `to`.

        Raises Error when the network itself is wrong.
        """
        given = self._calibration(calibrate)
        return Report(self._native.check(*deployment(device, lanes, first_lane, settings), given))

    def compile(self, device: str, *, calibrate: Any = None, **settings: Any) -> Executable:
        """What a device makes of the network, to be kept: saved, written for the chip's own tools, opened many times.

        Arguments as of `to`, and so are the errors; but the device itself need not be there.

        >>> exe = rv.load("lif_norse.nir", dt=0.1 * rv.ms).compile("cpu", precision="f64")
        >>> exe.open(lanes=4)
        <Session on cpu, 4 lanes, at step 0, dt 0.1 ms>
        """
        device, texts, _, _ = deployment(device, 1, 0, settings)
        return Executable(self._native.compile(device, texts, self._calibration(calibrate)), self)

    def _calibration(self, x: Any) -> dict[str, Array]:
        if x is None:
            return {}
        shapes = {name: node.shape for name, node in self.nodes.items() if node.model == "input@1"}
        return calibration(x, shapes, self._native.dt_seconds)

    def lower(self) -> Plan:
        """The network as device-neutral bytes. Raises Error with all problems of the network."""
        return self._native.lower()

    def save(self, path: Any) -> None:
        """Writes a network file, which `rv.load` reads back equal; or a NIR file, where the name ends in .nir, .h5 or .hdf5.

        A NIR file is the graph that was loaded, for NIR has no dt, seed or convention. Raises Error bad_file; for NIR
        unsupported, naming each model, option and delay that NIR lacks.

        >>> net = rv.load("lif_norse.nir", dt=0.1 * rv.ms)
        >>> net.save("lif.safetensors")
        >>> bytes(rv.load("lif.safetensors").lower()) == bytes(net.lower())
        True
        >>> net.save("lif.nir")
        >>> list(rv.load("lif.nir", dt=0.1 * rv.ms).nodes) == list(net.nodes)
        True
        """
        self._native.save(arguments.path("path", path))

    def draw(self) -> Drawing:
        """The graph as a picture, top to bottom in the order of update; feedback edges dashed, delays in steps.

        A notebook shows it; `.svg` is its text, `.save(path)` writes an SVG file. Raises Error out_of_range past 500
        nodes or 2000 edges.

        >>> picture = rv.load("lif_norse.nir", dt=0.1 * rv.ms).draw()
        >>> picture.save("lif.svg")
        >>> picture.svg.count("<rect")
        4
        """
        from .drawing import draw

        return draw(self)

    def to_dot(self) -> str:
        """The graph as text for Graphviz: `dot -Tpdf`, or graphviz.Source(net.to_dot()).

        >>> print(rv.load("lif_norse.nir", dt=0.1 * rv.ms).to_dot().splitlines()[2])
          n0 [label="input\\ninput 1"];
        """
        from .drawing import to_dot

        return to_dot(self)

    def _repr_html_(self) -> str:
        from .html import of_network

        return of_network(self)

    def __repr__(self) -> str:
        return self._native.describe().rstrip()


def load(
    path: Any,
    dt: Quantity | None = None,
    convention: str | None = None,
    reset: str | None = None,
    *,
    decay: str | None = None,
    input_gain: str | None = None,
    comparator: str | None = None,
    hop_delay: int | None = None,
    feedback_bias: int | None = None,
    probe: str | None = None,
    delays: Mapping[tuple[str, str], int | Quantity] | None = None,
    seed: int = 0,
    strict: bool = True,
) -> Network:
    """Reads a NIR file, a network file, or a netx file of lava-dl (docs/netx.md).

    dt             a time, required for a NIR file: 0.1 * rv.ms. A bare number is refused. 1 ms for a netx file if not told.
    convention     how to read it, since simulators differ: `rv.conventions()` lists them; "exact" if not told
    reset          "zero" or "subtract"; the convention's if not told. The others override the convention too:
    decay          "euler", "exponential"
    input_gain     "one", "dt/tau", "1-exp"
    comparator     ">", ">=", "several" (spikes in a step)
    hop_delay      0 or 1: steps on every edge into a stateful node
    feedback_bias  0 or 1: the first step at which a feedback edge carries its source's bias
    probe          "before" or "after" the reset
    delays         {("source", "target"): 3}, in steps, or a time that is a multiple of dt
    seed           of all random numbers
    strict         whether a NIR file that contradicts itself is refused; if not, what can be loaded is, and `assumptions`
                   say what was done

    Raises Error not_found, bad_file, bad_unit, bad_value, unsupported, bad_graph: all problems of the network at once.

    >>> net = rv.load("lif_norse.nir", dt=0.1 * rv.ms, convention="norse", delays={("0", "1"): 0.2 * rv.ms})
    >>> net.edges[1]
    Edge(source='0', target='1', delay=2, feedback=False)
    """
    problems = arguments.Problems()
    file = problems.of(arguments.path, "path", path)
    step = None if dt is None else problems.of(arguments.duration, "dt", dt)
    words = dict(convention=convention, reset=reset, decay=decay, input_gain=input_gain, comparator=comparator, probe=probe)
    flags = dict(hop_delay=hop_delay, feedback_bias=feedback_bias)
    given: dict[str, Any] = {
        name: value if value is None else problems.of(arguments.word, name, value) for name, value in words.items()
    }
    given |= {
        name: value if value is None else problems.of(arguments.whole, name, value, 0, 1) for name, value in flags.items()
    }
    # Without dt a file of HDF5 is refused, or takes no delays; and a dt that is no time has been told.
    uncounted = step is None and (dt is not None or _is_hdf5(file))
    given["delays"] = {}
    for edge, delay in (problems.of(_items, delays) or {}).items():
        names = problems.of(_edge, edge)
        if names is not None:
            counted = not (uncounted and isinstance(delay, Quantity))
            given["delays"][names] = problems.of(_steps, names, delay, step) if counted else 0
    given["seed"] = problems.of(arguments.whole, "seed", seed)
    given["strict"] = bool(strict)
    problems.done()
    return Network(_ranvier.load(file, step, **given))


def conventions() -> dict[str, str]:
    """Name -> sentence: the ways to read a NIR file that `rv.load` knows.

    >>> print(*sorted(rv.conventions()))
    euler exact lava lava-dl lava-fixed nengo norse rockpool sinabs snntorch spikingjelly spinnaker2 spyx@2023
    """
    return dict(_ranvier.conventions())


def _is_hdf5(file: Any) -> bool:
    """Whether it is plainly HDF5; what is wrong with a file is the library's to tell."""
    try:
        if not os.path.isfile(file):
            return False
        with open(file, "rb") as stream:
            return stream.read(len(HDF5)) == HDF5
    except (OSError, TypeError):
        return False


def _items(delays: Any) -> Mapping[Any, Any]:
    if delays is not None and not isinstance(delays, Mapping):
        fail("bad_type", f"{arguments.shown(delays)} is not a dict.", "delays", 'Write delays={("a", "b"): 3}.')
    return delays or {}


def _edge(edge: Any) -> tuple[str, str]:
    if not isinstance(edge, tuple) or len(edge) != 2 or not all(isinstance(name, str) for name in edge):
        fail("bad_type", f"{arguments.shown(edge)} is not an edge.", "delays", 'Write delays={("a", "b"): 3}.')
    return edge


def _steps(edge: tuple[str, str], delay: Any, dt: Quantity | None) -> int:
    where = f"delays[{edge!r}]"
    if not isinstance(delay, Quantity):
        return arguments.whole(where, delay, 0, MOST_STEPS)
    if dt is None:
        remedy = "For a NIR file give dt=0.1 * rv.ms; for a network file, which holds its own, delays cannot be given."
        fail("bad_unit", f"{delay} cannot be counted in steps without dt.", where, remedy)
    exact = arguments.duration(where, delay).si() / dt.si() if dt.si() else math.nan
    if not -0.5 <= exact <= MOST_STEPS:
        fail("out_of_range", f"{delay} is not in 0 .. {MOST_STEPS} steps of {dt}.", where, "Give a time of 0 or more.")
    steps = round(exact)
    if abs(exact - steps) > 1e-9 * exact:
        low = math.floor(exact)
        remedy = f"Give {low} or {low + 1} steps, or another dt."
        fail("bad_value", f"{delay} is {exact:g} steps of {dt}, not a whole number.", where, remedy)
    return steps
