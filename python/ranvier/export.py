"""Results as objects of neo, pandas and xarray. Time is in ms; a sample or an event stands at the end of its step."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from .optional import needed

if TYPE_CHECKING:
    import neo
    import pandas as pd
    import xarray as xr

    from .arrays import Array
    from .result import Result, Spikes


def end_of_steps(result: Result, every: int = 1) -> Array:
    """When each row of an output (or, every `every` steps, of a state) was taken, in ms."""
    return (np.arange(0, result.steps, every, dtype=np.uint64) + np.uint64(result.first_step + 1)) * result.dt_ms


def by_lane(result: Result, array: Array) -> Array:
    """[rows, lanes, neurons], whatever the node's shape, and where the result has no lane axis."""
    first_neuron = 1 if result.lanes is None else 2
    return array.reshape(len(array), result.lanes or 1, prod(array.shape[first_neuron:]))


def signals(result: Result) -> Iterator[tuple[str, str, Array, int]]:
    """(node, variable, array, every) of all that is not events; an output's variable is "output"."""
    for node, array in result.outputs.items():
        yield node, "output", array, 1
    for node, variables in result.states.items():
        for variable, array in variables.items():
            yield node, variable, array, result.every


def spikes_to_pandas(spikes: Spikes) -> pd.DataFrame:
    columns = {name: getattr(spikes, name) for name in ("step", "t", "lane", "i", "value")}
    frame: pd.DataFrame = needed("pandas", "pandas").DataFrame(columns, copy=False)
    return frame


def result_to_pandas(result: Result) -> dict[str, pd.DataFrame]:
    pandas = needed("pandas", "pandas")
    frames = {node: spikes_to_pandas(spikes) for node, spikes in result.spikes.items()}
    names = pandas.Categorical.from_codes(
        np.repeat(np.arange(len(frames)), [len(frame) for frame in frames.values()]), list(frames)
    )
    empty = pandas.DataFrame(columns=["step", "t", "lane", "i", "value"])
    spikes = pandas.concat(frames.values(), ignore_index=True) if frames else empty
    spikes.insert(0, "node", names)
    outputs = {(node,): array for node, array in result.outputs.items()}
    states = {(node, name): array for node, variables in result.states.items() for name, array in variables.items()}
    return {
        "spikes": spikes,
        "outputs": _wide(pandas, result, outputs, ["node"], 1),
        "states": _wide(pandas, result, states, ["node", "variable"], result.every),
    }


def _wide(pandas: Any, result: Result, arrays: dict[Any, Array], names: list[str], every: int) -> pd.DataFrame:
    """One row a time, one column a neuron: (node, variable, lane, i); lane where the result has lanes."""
    t = pandas.Index(end_of_steps(result, every), name="t")
    lanes = [] if result.lanes is None else [range(result.lanes)]
    columns, blocks = [], []
    for name, array in arrays.items():
        rows = by_lane(result, array)
        columns.append(pandas.MultiIndex.from_product([*([part] for part in name), *lanes, range(rows.shape[2])]))
        blocks.append(rows.reshape(len(t), rows.shape[1] * rows.shape[2]))
    frame: pd.DataFrame = pandas.DataFrame(index=t)
    if columns:
        head = columns[0].append(columns[1:]).set_names([*names, *(["lane"] if lanes else []), "i"])
        values = blocks[0] if len(blocks) == 1 else np.concatenate(blocks, axis=1)
        frame = pandas.DataFrame(values, index=t, columns=head, copy=False)
    return frame


def result_to_xarray(result: Result) -> xr.Dataset:
    xarray = needed("xarray", "xarray")
    coords: dict[str, Any] = {"time": ("time", end_of_steps(result), {"units": "ms"})}
    variables: dict[str, Any] = {}
    if result.every != 1 and result.states:
        coords["state_time"] = ("state_time", end_of_steps(result, result.every), {"units": "ms"})

    def add(name: str, node: str, array: Array, every: int) -> None:
        lanes = [] if result.lanes is None else ["lane"]
        neurons = array.ndim - 1 - len(lanes)
        axes = [f"{node}.neuron"] if neurons == 1 else [f"{node}.axis{k}" for k in range(neurons)]
        variables[name] = (["time" if every == 1 else "state_time", *lanes, *axes], array)

    for node, variable, array, every in signals(result):
        add(f"{node}.{variable}", node, array, every)
    for node, spikes in result.spikes.items():
        add(f"{node}.spikes", node, spikes.dense(), 1)
    dataset: xr.Dataset = xarray.Dataset(variables, coords, {"dt_ms": result.dt_ms, "first_step": result.first_step})
    return dataset


def spikes_to_neo(spikes: Spikes) -> list[neo.SpikeTrain]:
    return [train for lane in range(spikes.lanes or 1) for train in _trains(spikes, lane)]


def result_to_neo(result: Result) -> neo.Block:
    package = needed("neo", "neo")
    block: neo.Block = package.Block(name="Ranvier", first_step=result.first_step, steps=result.steps, dt_ms=result.dt_ms)
    if result.hash is not None:
        block.annotate(spike_hash=f"{result.hash:016x}")
    for lane in range(result.lanes or 1):
        segment = package.Segment(name=f"lane {lane}", index=lane, lane=lane)
        for spikes in result.spikes.values():
            segment.spiketrains.extend(_trains(spikes, lane))
        for node, variable, array, every in signals(result):
            rows = by_lane(result, array)[:, lane]
            segment.analogsignals.append(_signal(package, result, node, variable, rows, every, lane))
        block.segments.append(segment)
    return block


def _trains(spikes: Spikes, lane: int) -> list[neo.SpikeTrain]:
    """One SpikeTrain a neuron of one lane, silent ones too."""
    package, ms = needed("neo", "neo"), needed("quantities", "neo").ms
    events = np.flatnonzero(spikes.lane == lane)
    events = events[np.argsort(spikes.i[events], kind="stable")]
    cuts = np.searchsorted(spikes.i[events], np.arange(prod(spikes.shape) + 1))
    t, value = spikes.t[events], spikes.value[events]
    about = {
        "units": ms,
        "t_start": spikes.first_step * spikes.dt_ms * ms,
        "t_stop": (spikes.first_step + spikes.steps) * spikes.dt_ms * ms,
        "sampling_rate": 1 / (spikes.dt_ms * ms),
        "node": spikes.node,
        "lane": lane,
    }
    trains = []
    for neuron, (low, high) in enumerate(zip(cuts, cuts[1:])):
        own = {"name": f"{spikes.node}[{neuron}]", "neuron": neuron, "array_annotations": {"value": value[low:high]}}
        trains.append(package.SpikeTrain(t[low:high], **about, **own))
    return trains


def _signal(package: Any, result: Result, node: str, variable: str, rows: Array, every: int, lane: int) -> neo.AnalogSignal:
    """NIR's variables have no unit, so they are dimensionless."""
    ms = needed("quantities", "neo").ms
    return package.AnalogSignal(
        rows,
        units="dimensionless",
        t_start=(result.first_step + 1) * result.dt_ms * ms,
        sampling_period=every * result.dt_ms * ms,
        array_annotations={"neuron": np.arange(rows.shape[1])},
        name=f"{node}.{variable}",
        node=node,
        variable=variable,
        lane=lane,
    )
