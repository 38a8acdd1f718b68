"""NIR data files: recordings beside a NIR graph, by node and observable; on a grid of time steps, or as events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import _ranvier, arguments
from ._ranvier import Quantity, fail
from .arrays import as_array


@dataclass(eq=False)
class TimeGriddedData:
    """One value for each step and neuron. Numbers as NIR has them: seconds.

    >>> grid = rv.TimeGriddedData(np.eye(3, dtype=bool)[None], dt=1e-3)
    >>> grid.to_events().time
    array([[0.   , 0.001, 0.002]])
    """

    data: np.ndarray  #: [samples, steps, neurons]; bool for events, else values
    dt: float  #: seconds, finite, above 0

    def to_events(self) -> EventData:
        """The events of a grid of bool, at the beginning of their steps. Raises Error bad_shape, bad_type."""
        return EventData(*_ranvier.to_events(_members(self, "data")))


@dataclass(eq=False)
class EventData:
    """Events as lists; a sample with fewer events than the widest has idx -1 and time inf in its rest.

    >>> events = rv.EventData(idx=np.array([[0, 1]]), time=np.array([[0.0, 0.3e-3]]), n_neurons=2, t_max=0.5e-3)
    >>> events.to_time_gridded(0.1 * rv.ms).data[0].astype(int).T
    array([[1, 0, 0, 0, 0],
           [0, 0, 0, 1, 0]])
    """

    idx: np.ndarray  #: [samples, events], integers: the neuron, or -1
    time: np.ndarray  #: [samples, events]: seconds
    n_neurons: int
    t_max: float  #: seconds: the length of the recording

    def to_time_gridded(self, dt: Quantity) -> TimeGriddedData:
        """An event at t falls into step floor(t / dt + 1e-9), of floor(t_max / dt + 1e-9) steps.

        The data are bool; of valued events float64, the last of several in one step. Raises Error bad_shape, bad_type,
        bad_unit, out_of_range for an event outside of the grid.
        """
        step = arguments.duration("dt", dt).si()
        return TimeGriddedData(*_ranvier.to_time_gridded(_members(self, "events"), step))


@dataclass(eq=False)
class ValuedEventData(EventData):
    """Events that carry a number."""

    value: np.ndarray  #: [samples, events]


Observable = TimeGriddedData | EventData
KINDS = {2: TimeGriddedData, 4: EventData, 5: ValuedEventData}


def read_nir_data(path: Any) -> dict[str, Any]:
    """Reads a NIR data file: {node: {observable: data}}; a nested graph is a dict of the same form in the place of a node.

    The data are TimeGriddedData, EventData or ValuedEventData. Raises Error not_found, bad_file.

    >>> spikes = rv.TimeGriddedData(np.eye(3, dtype=bool)[None], dt=1e-3)
    >>> rv.write_nir_data("spikes.h5", {"lif": {"spikes": spikes}})
    >>> rv.read_nir_data("spikes.h5")["lif"]["spikes"].data.shape
    (1, 3, 3)
    """
    return _graph(_ranvier.read_nir_data(arguments.path("path", path)))


def write_nir_data(path: Any, data: Any) -> None:
    """Writes what `read_nir_data` returns, or the NIRGraphData of the package `nir`. Raises Error with all mistakes by name.

    Two dicts deep is {node: {observable: data}}; where there is a third, the outer is a nested graph.
    """
    file = arguments.path("path", path)
    _ranvier.write_nir_data(file, _native_graph(data, "data"))


def _graph(native: tuple[dict[str, Any], dict[str, Any]]) -> dict[str, Any]:
    nodes, graphs = native
    read: dict[str, Any] = {
        name: {key: KINDS[len(members)](*members) for key, members in observables.items()}
        for name, observables in nodes.items()
    }
    return read | {name: _graph(inner) for name, inner in graphs.items()}


def _items(value: Any, attribute: str, where: str) -> Mapping[str, Any]:
    """A dict, or an object of the package `nir` that holds one."""
    items = getattr(value, attribute, value)
    if not isinstance(items, Mapping) or not all(isinstance(name, str) for name in items):
        remedy = "Write {'lif': {'spikes': rv.TimeGriddedData(spikes, dt=1e-3)}}."
        fail("bad_type", f"{arguments.shown(value)} is not a dict with names.", where, remedy)
    return items


def _is_graph(value: Any) -> bool:
    inner = value.values() if isinstance(value, Mapping) else ()
    return hasattr(value, "nodes") or any(isinstance(one, Mapping) or hasattr(one, "observables") for one in inner)


def _native_graph(data: Any, where: str) -> tuple[dict[str, Any], dict[str, Any]]:
    nodes, graphs = {}, {}
    for name, value in _items(data, "nodes", where).items():
        place = f"{where}[{name!r}]"
        if _is_graph(value):
            graphs[name] = _native_graph(value, place)
        else:
            observables = _items(value, "observables", place)
            nodes[name] = {key: _members(one, f"{place}[{key!r}]") for key, one in observables.items()}
    return nodes, graphs


def _members(observable: Any, where: str) -> tuple[Any, ...]:
    """The members in the order of the library's; anything with the same attributes will do."""
    if hasattr(observable, "data") and hasattr(observable, "dt"):
        return as_array(observable.data, f"{where}.data"), _seconds(observable.dt, f"{where}.dt")
    if not all(hasattr(observable, name) for name in ("idx", "time", "n_neurons", "t_max")):
        remedy = "Give rv.TimeGriddedData, rv.EventData or rv.ValuedEventData."
        fail("bad_type", f"{arguments.shown(observable)} is no recording.", where, remedy)
    members = (
        as_array(observable.idx, f"{where}.idx"),
        as_array(observable.time, f"{where}.time"),
        arguments.whole(f"{where}.n_neurons", observable.n_neurons, 0, 2**62),
        _seconds(observable.t_max, f"{where}.t_max"),
    )
    return (*members, as_array(observable.value, f"{where}.value")) if hasattr(observable, "value") else members


def _seconds(value: Any, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)):
        fail("bad_type", f"{arguments.shown(value)} is not a number of seconds.", where, "Give it like 1e-3.")
    return float(value)
