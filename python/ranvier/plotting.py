"""Results as pictures. matplotlib is imported only here, and pyplot only where no axes are given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil, prod
from typing import TYPE_CHECKING, Any

import numpy as np

from . import arguments
from ._ranvier import Quantity, fail
from .arrays import Array
from .export import by_lane, end_of_steps
from .optional import needed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from .compare import Pair
    from .result import Result, Spikes

KINDS = ["raster", "rates", "traces"]
MOST_LINES = 8  # neurons drawn as lines; more are an image
MOST_BINS = 100
MOST_VECTORS = 10_000  # marks; more are pixels, in files of vectors too
TALLEST, LOWEST, ROW = 2.4, 1.1, 0.16  # inches: of a panel, and of a row of a raster

Panel = tuple[str, float, Callable[["Axes"], None]]  # node, height in inches, how to draw it


def plot_spikes(spikes: Spikes, kind: str, ax: Axes | None, lanes: Any, bin: Quantity | None) -> Axes:
    chosen = _lanes(lanes, spikes.lanes)
    if kind not in ("raster", "rates"):
        fail("bad_value", f"{arguments.shown(kind)} is no kind of picture of spikes.", "kind", 'Use "raster" or "rates".')
    if kind == "raster" and bin is not None:
        fail("invalid_argument", "A raster has no bins.", "bin", 'Write kind="rates", or leave bin out.')
    panel = _raster_panel(spikes, chosen) if kind == "raster" else _rates_panel(spikes, chosen, bin)
    return _draw([panel], ax)[0]


def plot_result(result: Result, kind: str | None, nodes: Any, lanes: Any, ax: Any) -> list[Axes]:
    chosen = _lanes(lanes, result.lanes)
    if kind is not None and kind not in KINDS:
        fail("bad_value", f"{arguments.shown(kind)} is no kind of picture.", "kind", f"Use one of {', '.join(KINDS)}.")
    only = None if nodes is None else arguments.names("nodes", nodes)
    panels = _panels(result, kind, chosen)
    there = [node for node, _, _ in panels]
    for node in only or []:
        if node not in there:
            message = f"Nothing to draw of {arguments.shown(node)}; there is {', '.join(there) or 'nothing'}."
            fail("unknown_name", message, node, f'Add "{node}.spikes" or "{node}.v" to record.')
    drawn = [panel for panel in panels if only is None or panel[0] in only]
    if not drawn:
        message = "There is nothing to draw: nothing was recorded."
        fail("failed_precondition", message, "plot", 'Run with record=["node.spikes", "node.v"].')
    return _draw(drawn, ax)


def plot_pairs(pairs: Sequence[Pair], ax: Any) -> list[Axes]:
    """For each pair a map for each node, and one panel of how many spikes differ over time."""
    panels: list[Panel] = []
    for pair in pairs:
        if pair.layers and pair.steps:
            panels += [_map_panel(pair, node) for node in pair.layers]
            panels.append(_differing_panel(pair))
    if not panels:
        fail("failed_precondition", "There is nothing to draw: no node that spikes, or no steps.", "plot", "Print it instead.")
    return _draw(panels, ax)


def _map_panel(pair: Pair, node: str) -> Panel:
    rows = pair._maps[node][0].shape[0]
    return node, min(TALLEST, max(LOWEST, ROW * rows)), lambda axes: _difference_map(axes, pair, node)


def _differing_panel(pair: Pair) -> Panel:
    return pair.a, 0.75 * TALLEST, lambda axes: _differing(axes, pair)


def _panels(result: Result, kind: str | None, lanes: list[int]) -> list[Panel]:
    panels: list[Panel] = []
    if kind in (None, "raster"):
        panels += [_raster_panel(spikes, lanes) for spikes in result.spikes.values()]
    if kind == "rates":
        panels += [_rates_panel(spikes, lanes, None) for spikes in result.spikes.values()]
    if kind in (None, "traces"):
        for node, variables in result.states.items():
            panels += [_traces_panel(result, node, name, array, result.every, lanes) for name, array in variables.items()]
    if kind is None and not panels:
        panels += [_traces_panel(result, node, "output", array, 1, lanes) for node, array in result.outputs.items()]
    return panels


def _raster_panel(spikes: Spikes, lanes: list[int]) -> Panel:
    height = min(TALLEST, max(LOWEST, ROW * prod(spikes.shape) * len(lanes)))
    return spikes.node, height, lambda axes: _raster(axes, spikes, lanes)


def _rates_panel(spikes: Spikes, lanes: list[int], bin: Quantity | None) -> Panel:
    steps = _bin(spikes, bin)
    return spikes.node, 0.75 * TALLEST, lambda axes: _rates(axes, spikes, lanes, steps)


def _traces_panel(result: Result, node: str, name: str, array: Array, every: int, lanes: list[int]) -> Panel:
    t, rows, axis = end_of_steps(result, every), by_lane(result, array)[:, lanes], result.lanes
    return node, 0.75 * TALLEST, lambda axes: _traces(axes, f"{node}.{name}", name, t, rows, lanes, axis)


def _draw(panels: Sequence[Panel], ax: Any) -> list[Axes]:
    """Each panel into its axes; without any, on a figure of its own with one axis of time."""
    if ax is None:
        pyplot = needed("matplotlib.pyplot", "plot")
        heights = [height for _, height, _ in panels]
        size = (8, sum(heights) + 0.3 * len(panels) + 0.3)  # room for titles, and below for the time
        rows = {"nrows": len(panels), "sharex": True, "height_ratios": heights}
        _, grid = pyplot.subplots(**rows, squeeze=False, layout="constrained", figsize=size)
        axes: list[Axes] = list(grid[:, 0])
    else:
        needed("matplotlib", "plot")
        axes = list(np.atleast_1d(np.asarray(ax, dtype=object)).flat)
        if len(axes) != len(panels):
            remedy = "Give as many, leave ax out, or choose with kind= and nodes=."
            fail("bad_shape", f"{len(axes)} axes were given for {len(panels)} panels.", "ax", remedy)
    for (_, _, draw), axis in zip(panels, axes):
        draw(axis)
        if ax is None:
            axis.label_outer()  # the time below the last alone
    return axes


def _raster(axes: Axes, spikes: Spikes, lanes: list[int]) -> None:
    """Lanes lie one above the other, each with all its neurons."""
    neurons = prod(spikes.shape)
    place = np.full(spikes.lanes or 1, -1)
    place[lanes] = np.arange(len(lanes))
    band = place[spikes.lane]
    shown = band >= 0
    y = band[shown] * neurons + spikes.i[shown]
    window, inch = axes.get_window_extent(), axes.figure.dpi
    row = 72 * window.height / inch / max(neurons * len(lanes), 1)  # in points
    if row > 1.5:
        marks: dict[str, Any] = {"marker": "|", "markersize": min(max(0.8 * row, 2.5), 12)}
    else:  # dots, smaller and then paler where they crowd
        crowd = len(y) / max(window.width * window.height * (72 / inch) ** 2, 1)  # events a square point
        size, alpha = (2, 1.0) if crowd < 0.05 else (1, max(0.25, 0.5 / max(crowd, 0.5)))
        marks = {"marker": "o", "markersize": size, "markeredgewidth": 0, "alpha": alpha}
    color, many = axes.xaxis.label.get_color(), len(y) > MOST_VECTORS
    axes.plot(spikes.t[shown], y, linestyle="none", color=color, rasterized=many, **marks)
    _time(axes, spikes.first_step, spikes.steps, spikes.dt_ms)
    _neurons(axes, neurons, lanes)
    _title(axes, f"{spikes.node}.spikes", lanes, spikes.lanes)


def _rates(axes: Axes, spikes: Spikes, lanes: list[int], steps: int) -> None:
    """Spikes of all neurons in a bin, over the time that it really has (the last may be cut), a neuron."""
    starts = np.arange(0, spikes.steps, steps)
    edges = np.append(starts, spikes.steps)
    seconds = np.diff(edges) * spikes.dt_ms * 1e-3
    step = (spikes.step - np.uint64(spikes.first_step)).astype(np.int64) // steps
    t = (edges + spikes.first_step) * spikes.dt_ms
    lines = []
    for lane in lanes:
        mine = spikes.lane == lane
        sums = np.bincount(step[mine], weights=spikes.value[mine], minlength=len(starts))
        rate = sums / (seconds * prod(spikes.shape))
        lines.append(axes.stairs(rate, t, color=f"C{lane % 10}", linewidth=1.2))
    _legend(axes, lines, "lane", lanes)
    _time(axes, spikes.first_step, spikes.steps, spikes.dt_ms)
    axes.set_ylim(bottom=0)
    axes.set_ylabel("rate (Hz)")
    _title(axes, f"{spikes.node}.spikes", lanes, spikes.lanes)


def _traces(axes: Axes, title: str, label: str, t: Array, rows: Array, lanes: list[int], of: int | None) -> None:
    """rows: [time, lanes, neurons]. Lines for few, an image for many."""
    neurons, many = rows.shape[2], rows.shape[1] * rows.shape[2]
    flat = rows.reshape(len(t), many)
    if many <= MOST_LINES:
        lines = axes.plot(t, flat, linewidth=1.0)
        axes.set_ylabel(label)
        if len(lanes) == 1:
            _legend(axes, lines, "neuron", range(neurons))
        else:
            _legend(axes, lines, "neuron, lane:", [f"{i}, {lane}" for lane in lanes for i in range(neurons)])
    else:
        half = (t[1] - t[0]) / 2 if len(t) > 1 else 0.5
        ends = (t[0] - half, t[-1] + half) if len(t) else (0, 1)
        image = axes.imshow(flat.T, aspect="auto", origin="lower", extent=(*ends, -0.5, many - 0.5), interpolation="nearest")
        axes.figure.colorbar(image, ax=axes, label=label, pad=0.01)
        _neurons(axes, neurons, lanes)
    axes.set_xlabel("time (ms)")
    _title(axes, title, lanes, of)


def _difference_map(axes: Axes, pair: Pair, node: str) -> None:
    """How many spikes differ, by neuron and bin of time."""
    counts, bin_steps = pair._maps[node]
    layer, end = pair.layers[node], counts.shape[1] * bin_steps * pair.dt_ms
    looks: dict[str, Any] = {"aspect": "auto", "origin": "lower", "interpolation": "nearest", "cmap": "magma_r", "vmin": 0}
    image = axes.imshow(counts, extent=(0, end, -0.5, layer.neurons - 0.5), vmax=max(counts.max(initial=0), 1), **looks)
    axes.figure.colorbar(image, ax=axes, label="differing", pad=0.01)
    _time(axes, 0, pair.steps, pair.dt_ms)
    _neurons(axes, layer.neurons, [0])
    text = f"{layer.differing} differ, van Rossum {layer.van_rossum:.3g}" if layer.first else "equal"
    _title(axes, f"{node}, {pair.a} and {pair.b}: {text}", [0], None)


def _differing(axes: Axes, pair: Pair) -> None:
    """Spikes that differ, a second, neuron and lane, over the time that a bin really has (the last may be cut)."""
    lines = []
    for k, (node, (counts, bin_steps)) in enumerate(pair._maps.items()):
        edges = np.minimum(np.arange(counts.shape[1] + 1) * bin_steps, pair.steps)
        seconds = np.diff(edges) * pair.dt_ms * 1e-3
        rate = counts.sum(axis=0) / (seconds * pair.layers[node].neurons * pair.lanes)
        lines.append(axes.stairs(rate, edges * pair.dt_ms, color=f"C{k % 10}", linewidth=1.2))
    _legend(axes, lines, "node", list(pair._maps))
    _time(axes, 0, pair.steps, pair.dt_ms)
    axes.set_ylim(bottom=0)
    axes.set_ylabel("differ (Hz)")
    _title(axes, f"{pair.a} and {pair.b}: spikes that differ", [0], None)


def _legend(axes: Axes, lines: Sequence[Any], of: str, names: Sequence[Any]) -> None:
    """In the row of the title, at its right, where nothing is covered; none for a single line."""
    if len(lines) < 2:
        return
    labels = [f"{of} {names[0]}", *map(str, names[1:])]
    looks: dict[str, Any] = {"ncols": len(lines), "columnspacing": 0.9, "handlelength": 1.0, "handletextpad": 0.4}
    looks |= {"bbox_to_anchor": (1, 1), "borderaxespad": 0.2, "frameon": False, "fontsize": "small"}
    for text in axes.legend(lines, labels, loc="lower right", **looks).get_texts():
        text.set_parse_math(False)  # a '$' in a name is none


def _time(axes: Axes, first_step: int, steps: int, dt_ms: float) -> None:
    axes.set_xlim(first_step * dt_ms, (first_step + max(steps, 1)) * dt_ms)
    axes.set_xlabel("time (ms)")


def _neurons(axes: Axes, neurons: int, lanes: list[int]) -> None:
    """The y axis: neurons, or lanes with a line between them where several are stacked."""
    axes.set_ylim(-0.5, neurons * len(lanes) - 0.5)
    if len(lanes) == 1:
        axes.yaxis.set_major_locator(needed("matplotlib.ticker", "plot").MaxNLocator(integer=True, min_n_ticks=1))
        axes.set_ylabel("neuron")
        return
    axes.set_yticks([(k + 0.5) * neurons - 0.5 for k in range(len(lanes))], [str(lane) for lane in lanes])
    axes.set_ylabel("lane")
    for k in range(1, len(lanes)):
        axes.axhline(k * neurons - 0.5, linewidth=0.6, alpha=0.4, color=axes.xaxis.label.get_color())


def _title(axes: Axes, text: str, lanes: list[int], of: int | None) -> None:
    """The name as it is: a '$' in it is no mathematics."""
    lane = f", lane {lanes[0]} of {of}" if of is not None and len(lanes) == 1 else ""
    axes.set_title(text + lane, loc="left", fontsize="medium", parse_math=False)


def _lanes(asked: Any, there: int | None) -> list[int]:
    given = list(asked) if isinstance(asked, (Sequence, np.ndarray, range)) and not isinstance(asked, str) else [asked]
    if not given:
        fail("bad_value", "No lane was chosen.", "lanes", "Give one lane or several: lanes=[0, 1].")
    lanes = [arguments.whole("lanes", lane, 0, (there or 1) - 1) for lane in given]
    if len(set(lanes)) < len(lanes):
        fail("bad_value", f"{arguments.shown(asked)} names a lane twice.", "lanes", "Give each lane once.")
    return lanes


def _bin(spikes: Spikes, width: Quantity | None) -> int:
    """Steps in a bin."""
    if width is None:
        return max(1, ceil(spikes.steps / MOST_BINS))
    steps = arguments.duration("bin", width).si() * 1e3 / spikes.dt_ms
    if not 1 <= steps < 2**32 or abs(steps - round(steps)) > 1e-6 * steps:
        remedy = f"Give a multiple of dt, {spikes.dt}."
        fail("bad_value", f"{width} is {steps:g} steps of {spikes.dt}.", "bin", remedy)
    return round(steps)
