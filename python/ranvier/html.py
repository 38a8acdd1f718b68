"""Networks, results, reports and devices as HTML for notebooks. It takes its colours from the page, light or dark."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from math import prod
from typing import TYPE_CHECKING, Any

from ._ranvier import ms
from .arrays import Array

if TYPE_CHECKING:
    from .device import Device
    from .executable import Executable
    from .network import Edge, Network, Node
    from .report import Report, ReportEntry
    from .result import Result, Spikes

MOST_ROWS = 100  # of a table; the rest is counted
MOST_CHARACTERS = 200  # of a cell
COLOURS = {"exact": "#2a9d5c", "approximate": "#d98e04", "unsupported": "#d9434f"}


def visible(value: Any, most: int = MOST_CHARACTERS) -> str:
    """As markup that shows the text and nothing else: control characters, which no markup may hold, by their numbers."""
    text = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in str(value))
    return escape(text if len(text) <= most else text[: most - 1] + "…")


def of_network(net: Network) -> str:
    nodes = table("Nodes, in the order of update", ["node", "model", "shape", "parameters"], map(_node, net.nodes.values()))
    edges = table("", ["from", "to", "delay"], map(_edge, net.edges))
    said = [[topic, sentence] for topic, sentence in net.assumptions.items()]
    assumptions = folded("Assumptions", table("", ["topic", "what was assumed"], said)) if said else ""
    options = folded("Options of the models", table("", ["model", "options", "nodes"], _options(net)))
    head = f"<p><strong>Network</strong>, dt {net.dt.value_in(ms):g} ms, seed {net.seed}</p>"
    return _block(head, nodes, folded(f"{len(net.edges)} edges", edges), options, assumptions)


def of_result(result: Result) -> str:
    lanes = "" if result.lanes is None else f", {result.lanes} lanes"
    hash = "" if result.hash is None else f", spike hash <code>{result.hash:016x}</code>"
    first = f", from step {result.first_step}" if result.first_step else ""
    head = f"<p><strong>Result</strong> of {result.steps} steps of {visible(result.dt)}{first}{lanes}{hash}</p>"
    spikes = [[node, train.shape, len(train), _rate(train)] for node, train in result.spikes.items()]
    arrays = [["output", node, array.shape, array.dtype, _range(array)] for node, array in result.outputs.items()]
    for node, variables in result.states.items():
        arrays += [["state", f"{node}.{name}", array.shape, array.dtype, _range(array)] for name, array in variables.items()]
    parts = []
    if spikes:
        parts.append(table("Spikes", ["node", "shape", "events", "rate of a neuron"], spikes))
    if arrays:
        parts.append(table("Arrays", ["kind", "name", "shape", "type", "values"], arrays))
    counters = table("", ["counter", "since the last reset"], [[name, f"{n:,}"] for name, n in result.counters.items()])
    return _block(head, *parts, folded("Counters", counters))


def of_executable(executable: Executable) -> str:
    settings = "".join(f", {key}={value}" for key, value in executable.settings.items())
    report = executable.report
    head = f"<p><strong>Executable</strong> for {visible(executable.device + settings)}: {visible(report.summary)}.</p>"
    formats = table("", ["format", "what it is"], executable.formats.items())
    return _block(head, _entries(report.entries), folded("Formats", formats) if executable.formats else "")


def of_report(report: Report) -> str:
    verdict = "can run this" if report.ok else "cannot run this"
    head = f"<p><strong>{visible(report.device)}</strong> {verdict}: {visible(report.summary)}.</p>"
    return _block(head, _entries(report.entries))


def of_devices(devices: Sequence[Device]) -> str:
    return _block(table("Devices", ["device", "version", "vendor", "usable", "facts"], map(_device, devices)))


def table(caption: str, names: Sequence[str], rows: Iterable[Iterable[Any]]) -> str:
    """Cells are text, whatever they hold; the first of a row is its heading."""
    head = "".join(f'<th scope="col">{visible(name)}</th>' for name in names)
    listed = list(rows)
    body = "".join(f"<tr>{_cells(row)}</tr>" for row in listed[:MOST_ROWS])
    if len(listed) > MOST_ROWS:
        body += f'<tr><td colspan="{len(names)}">and {len(listed) - MOST_ROWS} more</td></tr>'
    title = f"<caption>{visible(caption)}</caption>" if caption else ""
    return f"<table>{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def folded(summary: str, content: str) -> str:
    return f"<details><summary>{visible(summary)}</summary>{content}</details>"


def parameters(node: Node) -> str:
    """Each parameter by its value, or its shape and range."""
    return ", ".join(f"{name} {_range(array)}{_extent(array)}" for name, array in node.parameters.items())


def _entries(entries: Sequence[ReportEntry]) -> str:
    """A table with the lines of a node together, in the order in which nodes come first; nothing for none."""
    if not entries:
        return ""
    nodes: dict[str, list[ReportEntry]] = {}
    for entry in entries:
        nodes.setdefault(entry.node, []).append(entry)
    names = ["node", "quantity", "asked", "limit", "verdict", "remedy"]
    rows, left = "", MOST_ROWS
    for node, lines in nodes.items():
        shown = lines[:left]
        left -= len(shown)
        for k, entry in enumerate(shown):
            group = f'<th scope="rowgroup" rowspan="{len(shown)}">{visible(node)}</th>' if k == 0 else ""
            rows += f"<tr>{group}{_entry(entry)}</tr>"
    if len(entries) > MOST_ROWS:
        rows += f'<tr><td colspan="{len(names)}">and {len(entries) - MOST_ROWS} more</td></tr>'
    head = "".join(f'<th scope="col">{name}</th>' for name in names)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _entry(entry: ReportEntry) -> str:
    unit = f" {entry.unit}" if entry.unit else ""
    asked, limit = (visible(f"{value}{unit}") if value != "" else "" for value in (entry.asked, entry.limit))
    dot = f'<span style="color:{COLOURS[entry.verdict]}">●</span>'
    cells = [visible(entry.quantity), asked, limit + _figures(entry.figures), f"{dot} {entry.verdict}", visible(entry.remedy)]
    return "".join(f"<td>{cell}</td>" for cell in cells)


def _figures(figures: Mapping[str, float]) -> str:
    """A bar where they say how much of a limit is used; the others as text."""
    rest, bar = dict(figures), ""
    if rest.get("limit", 0) > 0 and "used" in rest:
        used, limit = rest.pop("used"), rest.pop("limit")
        bar = f'<br/><meter min="0" max="{limit:g}" value="{used:g}"></meter> {used:g} of {limit:g}'
    words = ", ".join(f"{name} {value:g}" for name, value in rest.items())
    return bar + (f"<br/><small>{visible(words)}</small>" if words else "")


def _block(*parts: str) -> str:
    return f"<div>{''.join(parts)}</div>"


def _cells(row: Iterable[Any]) -> str:
    first, *rest = map(visible, row)
    return f'<th scope="row">{first}</th>' + "".join(f"<td>{cell}</td>" for cell in rest)


def _node(node: Node) -> list[Any]:
    return [node.name, node.model, node.shape, parameters(node)]


def _options(net: Network) -> list[list[str]]:
    """Those of several nodes once, with the nodes."""
    nodes: dict[tuple[str, str], list[str]] = {}
    for node in net.nodes.values():
        options = ", ".join(f"{key} {value}" for key, value in node.options.items())
        if options:
            nodes.setdefault((node.model, options), []).append(node.name)
    return [[model, options, ", ".join(names)] for (model, options), names in nodes.items()]


def _edge(edge: Edge) -> list[Any]:
    steps = f"{edge.delay} step{'s' if edge.delay != 1 else ''}" if edge.delay else "none"
    return [edge.source, edge.target, steps + (", feedback" if edge.feedback else "")]


def _device(device: Device) -> list[Any]:
    usable = "yes" if device.usable else f"no: {device.reason}"
    facts = ", ".join(f"{key}={value}" for key, value in sorted(device.facts.items()))
    return [device.name, device.version, device.vendor, usable, facts]


def _rate(spikes: Spikes) -> str:
    seconds = spikes.steps * spikes.dt_ms * 1e-3 * prod(spikes.shape) * (spikes.lanes or 1)
    return f"{len(spikes) / seconds:.4g} Hz" if seconds else ""


def _range(array: Array) -> str:
    if array.size == 0:
        return "none"
    low, high = float(array.min()), float(array.max())
    return f"{low:g}" if low == high else f"{low:g} … {high:g}"


def _extent(array: Array) -> str:
    """Said of matrices, since a vector is as long as its node."""
    return f" [{' × '.join(map(str, array.shape))}]" if array.ndim > 1 else ""
