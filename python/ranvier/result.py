"""Results: what a run gave, as NumPy arrays that look at the library's own memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from . import _ranvier
from .arguments import Named

if TYPE_CHECKING:
    from .origin import Origin


class Spikes:
    """The events of one node in one run, sorted by step, lane and neuron.

    [T, N] below means [T, *shape of the node], [T, lanes, N] the same for a batch. The columns i, step, lane and value
    are read-only and share the result's memory.

    >>> net = rv.load("lif_norse.nir", dt=0.1 * rv.ms, convention="norse")
    >>> spikes = net.to("cpu").run(np.full((300, 1), 4, np.float32), record=["1.spikes"]).spikes["1"]
    >>> spikes.raster().shape, int(spikes.counts().sum()) == len(spikes)
    ((300, 1), True)
    >>> bool(np.allclose(spikes.t, (spikes.step + 1) * 0.1))
    True
    """

    def __init__(self, native: _ranvier.SpikeTrain, lane_axis: bool) -> None:
        self._native, self._lane_axis = native, lane_axis
        self.shape: tuple[int, ...] = native.shape  #: of the node

    @property
    def i(self) -> np.ndarray:
        """Neuron of each event, row-major over the node's shape."""
        return self._native.id

    @property
    def t(self) -> np.ndarray:
        """Time of each event in ms: the end of its step, (step + 1) * dt."""
        return (self._native.step + np.uint64(1)) * self._native.dt_ms

    @property
    def step(self) -> np.ndarray:
        """Step in which each event was emitted, counted from the last reset."""
        return self._native.step

    @property
    def lane(self) -> np.ndarray:
        return self._native.lane

    @property
    def value(self) -> np.ndarray:
        """1 for a plain spike; a count, or a graded value."""
        return self._native.value

    def raster(self) -> np.ndarray:
        """bool [T, N] or [T, lanes, N]. Raises Error bad_value where a value is not 1: several spikes, graded."""
        return without_lanes(self._native.raster(), self._lane_axis)

    def counts(self) -> np.ndarray:
        """int32 [T, N] or [T, lanes, N]. Raises Error bad_value where a value is not a whole number."""
        return without_lanes(self._native.counts(), self._lane_axis)

    def dense(self) -> np.ndarray:
        """float64 [T, N] or [T, lanes, N]: the values themselves."""
        return without_lanes(self._native.dense(), self._lane_axis)

    def __len__(self) -> int:
        return len(self._native.step)

    def __repr__(self) -> str:
        return f"<{len(self)} events of {self.shape} neurons>"


class Result:
    """What one call of `run` gave.

    steps, lanes   lanes is None where the input had no lane axis; then no array here has one
    first_step     number of the run's first step since the last reset
    outputs        output node -> array [T, N] or [T, lanes, N]
    spikes         node -> Spikes, for each "node.spikes" that was recorded
    states         node -> variable -> array, [rows, N] or [rows, lanes, N], one row for every `every` steps
    hash           spike hash since the last reset, summed over the lanes; None where the device has none
    lane_hashes    the same for each lane, uint64 [lanes]
    counters       dict of int, since the last reset

    >>> net = rv.load("lif_norse.nir", dt=0.1 * rv.ms, convention="norse")
    >>> out = net.to("cpu").run(np.ones((50, 1), np.float32), record=["1.spikes", "1.v"])
    >>> out.steps, out.lanes, out.outputs["output"].shape, out.states["1"]["v"].shape
    (50, None, (50, 1), (50, 1))
    """

    def __init__(self, native: _ranvier.Result, lanes: int | None) -> None:
        axis = lanes is not None
        self.steps: int = native.steps
        self.lanes: int | None = lanes
        self.first_step: int = native.first_step
        outputs = _without_lanes(native.outputs, axis)
        self.outputs: dict[str, np.ndarray] = Named(outputs, "The result has no output", "Use one of these names.")
        trains = {node: Spikes(train, axis) for node, train in native.trains.items()}
        self.spikes: dict[str, Spikes] = Named(trains, "The result has no spikes of", 'Add "{}.spikes" to record.')
        states = {
            node: Named(
                _without_lanes(variables, axis), f"The result has no variable of {node}", f'Add "{node}.{{}}" to record.'
            )
            for node, variables in native.states.items()
        }
        lack = "The result has no states of"
        self.states: dict[str, dict[str, np.ndarray]] = Named(states, lack, 'Add "{}.v" to record.')
        self.lane_hashes: np.ndarray = native.lane_hashes
        self.hash: int | None = native.hash() if len(self.lane_hashes) else None
        self.counters: dict[str, int] = native.counters
        self._origin: Origin  # set by the session that ran it

    def save(self, folder: Any) -> str:
        """Writes the run to a new folder that `rv.rerun` and `ranvier rerun` repeat; returns its id.

        It holds the network, the input, all that was recorded, and run.json: what ran where, with a SHA-256 of every
        file. The arrays are NumPy's: spikes/NODE.npy has the fields step, lane, i and value.
        Raises Error failed_precondition where the run did not begin at the session's first step, or where network or
        input were changed since; bad_file.

        >>> net = rv.load("lif_norse.nir", dt=0.1 * rv.ms)
        >>> id = net.to("cpu").run(np.ones((50, 1)), record=["1.spikes"]).save("out")
        >>> len(id), np.load("out/outputs/output.npy").shape, np.load("out/spikes/1.npy").dtype.names
        (64, (50, 1, 1), ('step', 'lane', 'i', 'value'))
        """
        return self._origin.save(folder)

    def __repr__(self) -> str:
        outputs = {node: array.shape for node, array in self.outputs.items()}
        spikes = {node: len(train) for node, train in self.spikes.items()}
        states = {node: list(variables) for node, variables in self.states.items()}
        return f"<Result of {self.steps} steps, lanes={self.lanes}, outputs={outputs}, spikes={spikes}, states={states}>"


def without_lanes(array: np.ndarray, lane_axis: bool) -> np.ndarray:
    """[T, 1, N] as [T, N], unless the caller thinks in lanes."""
    return array if lane_axis else array[:, 0]


def _without_lanes(arrays: dict[str, np.ndarray], lane_axis: bool) -> dict[str, np.ndarray]:
    return {name: without_lanes(array, lane_axis) for name, array in arrays.items()}
