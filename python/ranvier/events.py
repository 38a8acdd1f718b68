"""Input as events with times, as a sensor or an event file gives it."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from . import arguments
from ._ranvier import Unit, fail, us
from .arrays import Array, Shape, as_array


class Events:
    """Events in any order, to be given where a session takes an array.

    An event at time t belongs to the step floor(t / dt), counted from the first step of the run; what is less than 1e-9 of a
    step short of the next one belongs to that. Several events of one neuron in one step are one with the sum of their values.

    t      times [K] in `unit`, from 0 on
    i      neurons [K], row-major over the node's shape
    unit   rv.s, rv.ms or rv.us
    steps  how many steps to run; default: to the last event
    value  [K] or a number; default 1
    lane   [K]: which copy of the network each is for; default: there is one

    Raises Error bad_shape, bad_type, bad_unit; out_of_range for an event before 0, after the last step or of no neuron.

    >>> ses = rv.load("lif_norse.nir", dt=0.1 * rv.ms, convention="norse").to("cpu")
    >>> ses(rv.Events(t=[250, 1050, 1060], i=[0, 0, 0], unit=rv.us, steps=100)).shape
    (100, 1)
    """

    def __init__(self, t: Any, i: Any, *, unit: Unit, steps: int | None = None, value: Any = None, lane: Any = None) -> None:
        if not isinstance(unit, Unit):
            fail("bad_unit", f"{arguments.shown(unit)} is no unit.", "unit", "Give rv.s, rv.ms or rv.us.")
        self._second = (1 * unit).value_in(us) * 1e-6
        self._t = _column("t", t, np.float64)
        self._i = _column("i", i, np.int64, len(self._t))
        self._value = np.broadcast_to(_column("value", 1 if value is None else value, np.float64), self._t.shape)
        self._lane = None if lane is None else _column("lane", lane, np.int64, len(self._t))
        self._steps = None if steps is None else arguments.whole("steps", steps)
        if not np.isfinite(self._t).all() or (self._t < 0).any():
            at = self._t[~(self._t >= 0) | ~np.isfinite(self._t)][0]
            fail("out_of_range", f"An event has the time {at}; times are finite and 0 or more.", "t")

    @classmethod
    def of_sensor(cls, events: Any, size: tuple[int, int, int], *, steps: int | None = None) -> Events:
        """Events of a camera, as Tonic and most event files have them: a structured array with t in microseconds, x, y and p.

        size  (width, height, polarities), Tonic's sensor_size: for a node of the shape [polarities, height, width]

        Where p is -1 and 1 (off and on), as in some files, -1 counts as 0.

        >>> camera = np.array([(1500, 3, 0, 1)], dtype=[("t", "i8"), ("x", "i2"), ("y", "i2"), ("p", "i1")])
        >>> rv.Events.of_sensor(camera, (34, 34, 2))
        <1 event to 1500 us>
        """
        given = as_array(events, "events")
        missing = [name for name in "txyp" if name not in (given.dtype.names or ())]
        if missing:
            fail("bad_type", f"The events lack the fields {missing}.", "events", "Give a structured array with t, x, y and p.")
        width, height, polarities = size
        column = {name: given[name].astype(np.int64) for name in "txyp"}
        column["p"][column["p"] == -1] = 0
        for name, end in (("x", width), ("y", height), ("p", polarities)):
            outside = (column[name] < 0) | (column[name] >= end)
            if outside.any():
                fail("out_of_range", f"An event has {name} = {column[name][outside][0]}; 0 to {end - 1} are there.", name)
        return cls(column["t"], (column["p"] * height + column["y"]) * width + column["x"], unit=us, steps=steps)

    def __len__(self) -> int:
        return len(self._t)

    def __repr__(self) -> str:
        last = f"{self._t.max() * self._second * 1e6:g} us" if len(self) else "nowhere"
        return f"<{len(self)} event{'' if len(self) == 1 else 's'} to {last}>"

    def array(self, dt: float, node: Shape, lanes: int | None, where: str) -> Array:
        """[T, N], or [T, lanes, N] where events have lanes or the session has several; dt in seconds."""
        step = np.floor(self._t * (self._second / dt) + 1e-9).astype(np.int64)
        steps = self._steps if self._steps is not None else int(step.max(initial=-1)) + 1
        _inside(step, steps, f"step (dt is {dt * 1e3:g} ms)", where)
        _inside(self._i, prod(node), "neuron", where)
        if self._lane is None and (lanes is None or lanes == 1):
            array = np.zeros((steps, prod(node)), np.float32)
            np.add.at(array, (step, self._i), self._value)
            return array
        lane = np.zeros(len(self), np.int64) if self._lane is None else self._lane
        batch = np.zeros((steps, lanes or int(lane.max(initial=0)) + 1, prod(node)), np.float32)
        _inside(lane, batch.shape[1], "lane", where)
        np.add.at(batch, (step, lane, self._i), self._value)
        return batch


def _column(name: str, values: Any, kind: type, length: int | None = None) -> Array:
    array = np.atleast_1d(as_array(values, name))
    if array.ndim != 1 or (length is not None and len(array) != length):
        needed = "one axis" if length is None else f"the shape [{length}], as many as there are times"
        fail("bad_shape", f"{name} has the shape {list(array.shape)}; needed is {needed}.", name)
    if array.dtype.kind not in ("iu" if kind is np.int64 else "iufb") and array.size:
        fail("bad_type", f"{name} has elements of the type {array.dtype}.", name, f"Give {kind.__name__}.")
    return array.astype(kind)


def _inside(values: Array, end: int, what: str, where: str) -> None:
    outside = (values < 0) | (values >= end)
    if outside.any():
        message = f"Event {int(np.argmax(outside))} is of {what} {values[outside][0]}; there are {end}, from 0 on."
        fail("out_of_range", message, where, "Leave such events out, or give more steps.")
