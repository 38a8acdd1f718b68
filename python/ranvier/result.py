"""Results: what a run gave, as NumPy arrays that look at the library's own memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from . import _ranvier
from ._ranvier import Quantity, fail
from .arguments import Named
from .arrays import Array

if TYPE_CHECKING:
    import neo
    import pandas as pd
    import xarray as xr
    from matplotlib.axes import Axes

    from .origin import Origin


class Spike(NamedTuple):
    """One event. Several events of one neuron in one step are one, with their sum as value."""

    step: int  #: in which it was emitted
    lane: int
    i: int  #: neuron, row-major over the node's shape
    t: float  #: (step + 1) * dt, in ms
    value: float  #: 1 for a plain spike


class Spikes:
    """The events of one node in one run, sorted by step, lane and neuron; iterated, each is a `Spike`.

    [T, N] below means [T, *shape of the node], [T, lanes, N] the same for a batch. The columns i, step, lane and value
    are read-only and share the result's memory; what raster, counts and dense return is the caller's own.

    node, shape        of the node
    first_step, steps  of the run
    lanes              None where the result has no lane axis

    >>> net = rv.load("lif_norse.nir", dt=0.1 * rv.ms, convention="norse")
    >>> spikes = net.to("cpu").run(np.ones((300, 1), np.float32), record=["1.spikes"]).spikes["1"]
    >>> spikes.raster().shape, int(spikes.counts().sum()) == len(spikes)
    ((300, 1), True)
    >>> bool(np.allclose(spikes.t, (spikes.step + 1) * 0.1))
    True
    >>> [(spike.step, spike.i) for spike in spikes][:3]
    [(2, 0), (5, 0), (8, 0)]
    """

    def __init__(self, native: _ranvier.SpikeTrain, lane_axis: bool, node: str) -> None:
        self._native, self._lane_axis = native, lane_axis
        self.node = node
        self.shape: tuple[int, ...] = native.shape
        self.first_step: int = native.first_step
        self.steps: int = native.steps
        self.lanes: int | None = native.lanes if lane_axis else None
        self.dt_ms: float = native.dt_ms

    @property
    def dt(self) -> Quantity:
        return self.dt_ms * _ranvier.ms

    @property
    def i(self) -> Array:
        """Neuron of each event, row-major over the node's shape."""
        return self._native.id

    @property
    def t(self) -> Array:
        """Time of each event in ms: the end of its step, (step + 1) * dt."""
        return (self._native.step + np.uint64(1)) * self._native.dt_ms

    @property
    def step(self) -> Array:
        """Step in which each event was emitted, counted from the last reset."""
        return self._native.step

    @property
    def lane(self) -> Array:
        return self._native.lane

    @property
    def value(self) -> Array:
        """1 for a plain spike; a count, or a graded value."""
        return self._native.value

    def raster(self) -> Array:
        """bool [T, N] or [T, lanes, N]. Raises Error bad_value where a value is not 1: several spikes, graded."""
        return without_lanes(self._native.raster(), self._lane_axis)

    def counts(self) -> Array:
        """int32 [T, N] or [T, lanes, N]. Raises Error bad_value where a value is not a whole number."""
        return without_lanes(self._native.counts(), self._lane_axis)

    def dense(self) -> Array:
        """float64 [T, N] or [T, lanes, N]: the values themselves."""
        return without_lanes(self._native.dense(), self._lane_axis)

    def rates(self) -> Array:
        """float64 [N] or [lanes, N]: spikes per second of each neuron over the run, in Hz; NaN after no steps.

        Raises Error bad_value where a value is not a whole number.
        """
        graded = np.flatnonzero(self.value != np.floor(self.value))
        if len(graded):
            k = graded[0]
            message = f"Neuron {self.i[k]} in step {self.step[k]} has the value {self.value[k]:g}, which counts no spikes."
            fail("bad_value", message, self.node, "Use dense() for graded values.")
        lanes, neurons = self._native.lanes, prod(self.shape)
        place = self.lane.astype(np.intp) * neurons + self.i
        seconds = self.steps * self.dt_ms * 1e-3
        total = np.bincount(place, weights=self.value, minlength=lanes * neurons)
        rates: Array = total / seconds if seconds else np.full(total.shape, np.nan)
        return rates.reshape(lanes, *self.shape) if self._lane_axis else rates.reshape(self.shape)

    def to_neo(self) -> list[neo.SpikeTrain]:
        """A neo.SpikeTrain for each neuron, lane after lane, silent ones too; times in ms, values as array annotation.

        Annotations: node, neuron, lane. Needs the package neo; raises Error not_found without it.

        >>> net = rv.load("lif_norse.nir", dt=0.1 * rv.ms, convention="norse")
        >>> (train,) = net.to("cpu").run(np.ones((300, 1), np.float32), record="1.spikes").spikes["1"].to_neo()
        >>> train.units, len(train), train.annotations["neuron"]
        (array(1.) * ms, 100, 0)
        """
        from .export import spikes_to_neo

        return spikes_to_neo(self)

    def to_pandas(self) -> pd.DataFrame:
        """A row an event: step, t (ms), lane, i, value; on the result's memory. Needs pandas; else Error not_found.

        >>> net = rv.load("lif_norse.nir", dt=0.1 * rv.ms, convention="norse")
        >>> net.to("cpu").run(np.ones((300, 1), np.float32), record="1.spikes").spikes["1"].to_pandas().head(2)
           step    t  lane  i  value
        0     2  0.3     0  0    1.0
        1     5  0.6     0  0    1.0
        """
        from .export import spikes_to_pandas

        return spikes_to_pandas(self)

    def plot(
        self,
        kind: str = "raster",
        *,
        ax: Axes | None = None,
        lanes: int | Sequence[int] = 0,
        bin: Quantity | None = None,
    ) -> Axes:
        """Draws the events with matplotlib and returns the axes; on a new figure of pyplot where no `ax` is given.

        kind   "raster": a mark an event, neuron over time in ms; "rates": mean rate of a neuron in Hz over time
        lanes  one lane or several: stacked in a raster, a line each in rates
        bin    width of a bin of "rates"; a hundredth of the run if not told, in whole steps

        Needs matplotlib; raises Error not_found without it, out_of_range, bad_value.

        >>> net = rv.load("lif_norse.nir", dt=0.1 * rv.ms, convention="norse")
        >>> spikes = net.to("cpu").run(np.ones((300, 1), np.float32), record=["1.spikes"]).spikes["1"]
        >>> spikes.plot().get_xlabel()
        'time (ms)'
        """
        from .plotting import plot_spikes

        return plot_spikes(self, kind, ax, lanes, bin)

    def __iter__(self) -> Iterator[Spike]:
        columns = (self.step, self.lane, self.i, self.t, self.value)
        return map(Spike, *(column.tolist() for column in columns))

    def __len__(self) -> int:
        return len(self._native.step)

    def __repr__(self) -> str:
        return f"<{len(self)} events of {self.shape} neurons>"


class Result:
    """What one call of `run` gave.

    steps, lanes   lanes is None where the input had no lane axis; then no array here has one
    first_step     number of the run's first step since the last reset
    dt, every      time of a step; states have a row every so many steps
    outputs        output node -> array [T, N] or [T, lanes, N]
    spikes         node -> Spikes, for each "node.spikes" that was recorded
    states         node -> variable -> array, [rows, N] or [rows, lanes, N], one row for every `every` steps
    hash           spike hash since the last reset, summed over the lanes; None where the device has none
    lane_hashes    the same for each lane, uint64 [lanes]
    counters       dict of int, since the last reset: "spikes", "spikes.<node>", "synaptic_operations", "effective_acs",
                   "effective_macs", "dense_operations", "dense_operations_avoided", "neuron_updates", "steps" ... over all
                   lanes. A synaptic operation is a nonzero event times a nonzero weight, counted as NeuroBench does; what a
                   device cannot see is absent

    Arrays of outputs and states are the result's own memory, writable: torch.from_numpy, torch.from_dlpack and the like
    take them without a copy.

    >>> net = rv.load("lif_norse.nir", dt=0.1 * rv.ms, convention="norse")
    >>> out = net.to("cpu").run(np.ones((50, 1), np.float32), record=["1.spikes", "1.v"])
    >>> out.steps, out.lanes, out.outputs["output"].shape, out.states["1"]["v"].shape
    (50, None, (50, 1), (50, 1))
    """

    def __init__(self, native: _ranvier.Result, lanes: int | None, every: int) -> None:
        axis = lanes is not None
        self.steps: int = native.steps
        self.lanes: int | None = lanes
        self.first_step: int = native.first_step
        self.every: int = every
        self.dt_ms: float = native.dt_ms
        outputs = _without_lanes(native.outputs, axis)
        self.outputs: dict[str, Array] = Named(outputs, "The result has no output", "Use one of these names.")
        trains = {node: Spikes(train, axis, node) for node, train in native.trains.items()}
        self.spikes: dict[str, Spikes] = Named(trains, "The result has no spikes of", 'Add "{}.spikes" to record.')
        states = {
            node: Named(
                _without_lanes(variables, axis), f"The result has no variable of {node}", f'Add "{node}.{{}}" to record.'
            )
            for node, variables in native.states.items()
        }
        lack = "The result has no states of"
        self.states: dict[str, dict[str, Array]] = Named(states, lack, 'Add "{}.v" to record.')
        self.lane_hashes: Array = native.lane_hashes
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

    @property
    def dt(self) -> Quantity:
        return self.dt_ms * _ranvier.ms

    def to_neo(self) -> neo.Block:
        """A neo.Block: a Segment a lane, in it a SpikeTrain a neuron, and an AnalogSignal for each state and output.

        Times in ms; NIR's variables have no unit. Annotations tell node, neuron, variable and lane. Needs the package
        neo; raises Error not_found without it.

        >>> net = rv.load("lif_norse.nir", dt=0.1 * rv.ms, convention="norse")
        >>> block = net.to("cpu").run(np.ones((50, 1), np.float32), record=["1.spikes", "1.v"]).to_neo()
        >>> [signal.name for signal in block.segments[0].analogsignals], len(block.segments[0].spiketrains)
        (['output.output', '1.v'], 1)
        """
        from .export import result_to_neo

        return result_to_neo(self)

    def to_pandas(self) -> dict[str, pd.DataFrame]:
        """Three frames: "spikes", a row an event, with its node; "outputs" and "states", a row a time in ms.

        The columns of those are named (node, i), (node, variable, i), with the lane before i where there are lanes.
        Needs pandas; raises Error not_found without it.

        >>> net = rv.load("lif_norse.nir", dt=0.1 * rv.ms, convention="norse")
        >>> frames = net.to("cpu").run(np.ones((50, 1), np.float32), record=["1.spikes", "1.v"], every=25).to_pandas()
        >>> frames["states"].index.to_list(), frames["states"].columns.to_list()
        ([0.1, 2.6], [('1', 'v', 0)])
        """
        from .export import result_to_pandas

        return result_to_pandas(self)

    def to_xarray(self) -> xr.Dataset:
        """A Dataset: "node.spikes" (dense values), "node.v" ..., "node.output", along time (ms), lane, and the neurons.

        The axis of a node's neurons is "node.neuron"; "node.axis0", "node.axis1" ... where its shape has several. States
        lie along state_time unless `every` is 1. Needs xarray; raises Error not_found without it.

        >>> net = rv.load("lif_norse.nir", dt=0.1 * rv.ms, convention="norse")
        >>> data = net.to("cpu").run(np.ones((50, 1), np.float32), record=["1.v"]).to_xarray()
        >>> data["1.v"].dims, float(data.time[-1])
        (('time', '1.neuron'), 5.0)
        """
        from .export import result_to_xarray

        return result_to_xarray(self)

    def plot(
        self,
        kind: str | None = None,
        *,
        nodes: str | Sequence[str] | None = None,
        lanes: int | Sequence[int] = 0,
        ax: Axes | Sequence[Axes] | None = None,
    ) -> list[Axes]:
        """Draws what was recorded with matplotlib, a panel each over one axis of time, and returns the axes.

        kind   "raster" and "rates" of spikes, "traces" of states; all rasters and traces if not told, and of a result
               that recorded nothing, its outputs
        nodes  only of these
        lanes  one lane or several
        ax     where to draw: one axes, or as many as there are panels; a new figure of pyplot if not given

        Few neurons are lines, many an image. Needs matplotlib; raises Error not_found without it, unknown_name,
        out_of_range, bad_value.

        >>> net = rv.load("lif_norse.nir", dt=0.1 * rv.ms, convention="norse")
        >>> out = net.to("cpu").run(np.ones((50, 1), np.float32), record=["1.spikes", "1.v"])
        >>> [axes.get_title(loc="left") for axes in out.plot()]
        ['1.spikes', '1.v']
        """
        from .plotting import plot_result

        return plot_result(self, kind, nodes, lanes, ax)

    def _repr_html_(self) -> str:
        from .html import of_result

        return of_result(self)

    def __repr__(self) -> str:
        outputs = {node: array.shape for node, array in self.outputs.items()}
        spikes = {node: len(train) for node, train in self.spikes.items()}
        states = {node: list(variables) for node, variables in self.states.items()}
        return f"<Result of {self.steps} steps, lanes={self.lanes}, outputs={outputs}, spikes={spikes}, states={states}>"


def without_lanes(array: Array, lane_axis: bool) -> Array:
    """[T, 1, N] as [T, N], unless the caller thinks in lanes."""
    return array if lane_axis else array[:, 0]


def _without_lanes(arrays: dict[str, Array], lane_axis: bool) -> dict[str, Array]:
    return {name: without_lanes(array, lane_axis) for name, array in arrays.items()}
