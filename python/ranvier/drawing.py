"""A network as a picture: layered from top to bottom in the order of update, as SVG that needs no other package; or as DOT.

The layout is that of Sugiyama, Tagawa and Toda (1981): layers by the longest path, long edges cut at each layer they cross,
each layer sorted by the mean place of its neighbours, then moved below them as far as its own widths allow.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from . import arguments
from ._ranvier import fail
from .html import parameters, visible

if TYPE_CHECKING:
    from .network import Edge, Network, Node

MOST_NODES, MOST_EDGES = 500, 2000  # past this nobody could read it
SWEEPS = 8
HEIGHT, GAP_Y, GAP_X, MARGIN = 44, 42, 28, 12
NAME_PX, TEXT_PX, SMALLEST = 7.6, 6.2, 76  # width of a character of a name, of other text; of a box
MOST_NAME = 40
LABEL = 50  # width of "12 steps"
APART = 22  # between edges at one side of a box
LOOP = 26  # how far a node's edge to itself reaches
ARROW = 7


class Drawing:
    """A picture of a network, shown by notebooks; `svg` is its text, `save` writes a file."""

    def __init__(self, svg: str) -> None:
        self.svg = svg

    def save(self, path: Any) -> None:
        """Writes an SVG file, dark on white. Raises Error bad_file."""
        file = arguments.path("path", path)
        try:
            with open(file, "w", encoding="utf-8") as stream:
                stream.write(self.svg.replace('style="', 'style="background:#fff;color:#222;', 1))
        except OSError as error:
            fail("bad_file", f"It cannot be written: {error.strerror}.", str(path), "Give a path in a folder of yours.")

    def _repr_html_(self) -> str:
        """Not _repr_svg_: as part of the page it takes the page's colours, light or dark."""
        return self.svg

    def __repr__(self) -> str:
        return f"<Drawing of {len(self.svg)} bytes; .save(path) writes it>"


@dataclass(eq=False)
class _Item:
    """A box, or the place where an edge crosses a layer (node None)."""

    layer: int
    width: float
    node: Node | None = None
    margin: float = 0  #: on both sides, for its edge to itself
    x: float = 0
    above: list[_Item] = field(default_factory=list)
    below: list[_Item] = field(default_factory=list)


_Path = tuple["Edge", list[_Item]]  # an edge, and the items that it runs through from the top to the bottom


class _Layout(NamedTuple):
    layers: list[list[_Item]]  #: from the top; each from left to right
    boxes: dict[str, _Item]
    paths: list[_Path]


def draw(net: Network) -> Drawing:
    nodes, edges = net.nodes, net.edges
    if len(nodes) > MOST_NODES or len(edges) > MOST_EDGES:
        message = f"A picture of {len(nodes)} nodes and {len(edges)} edges could not be read."
        remedy = f"Draw at most {MOST_NODES} nodes and {MOST_EDGES} edges; or use net.to_dot() with Graphviz."
        fail("out_of_range", message, "draw", remedy)
    loops = [edge for edge in edges if edge.source == edge.target]
    looped = {edge.source for edge in loops}
    layout = _layered(nodes, [edge for edge in edges if edge.source != edge.target], looped)
    for sweep in range(SWEEPS):
        _sort(layout.layers, down=sweep % 2 == 0)
    for sweep in range(SWEEPS):
        _move(layout.layers, down=sweep % 2 == 0)
    return Drawing(_svg(layout, nodes.values(), loops))


def to_dot(net: Network) -> str:
    names = {name: f"n{k}" for k, name in enumerate(net.nodes)}
    lines = ["digraph {", "  node [shape=box, style=rounded];"]
    for node in net.nodes.values():
        lines.append(f"  {names[node.name]} [label={_quoted(node.name, _what(node))}];")
    for edge in net.edges:
        looks = [f"label={_quoted(_delay(edge))}"] if edge.delay else []
        looks += ["style=dashed"] if edge.feedback else []
        lines.append(f"  {names[edge.source]} -> {names[edge.target]} [{', '.join(looks)}];")
    return "\n".join([*lines, "}", ""])


def _quoted(*lines: str) -> str:
    """A string of DOT, where a backslash begins an escape."""
    return '"' + "\\n".join(_plain(line).replace("\\", "\\\\").replace('"', '\\"') for line in lines) + '"'


def _plain(text: str) -> str:
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)


def _what(node: Node) -> str:
    return f"{node.model.partition('@')[0]} {' × '.join(map(str, node.shape))}"


def _delay(edge: Edge) -> str:
    return f"{edge.delay} step{'s' if edge.delay != 1 else ''}"


def _layered(nodes: dict[str, Node], edges: list[Edge], looped: set[str]) -> _Layout:
    rank = {name: k for k, name in enumerate(nodes)}
    ends = [(edge, rank[edge.source], rank[edge.target]) for edge in edges]
    down = [(edge, min(a, b), max(a, b)) for edge, a, b in ends]
    down.sort(key=lambda item: item[1])  # so that a layer is final before it is built on
    layer = [0] * len(nodes)
    for _, upper, lower in down:
        layer[lower] = max(layer[lower], layer[upper] + 1)
    layers: list[list[_Item]] = [[] for _ in range(max(layer, default=-1) + 1)]
    boxes, rooms = [], [0] * len(nodes)
    for edge, upper, _ in down:
        rooms[upper] += LABEL if edge.delay else APART
    for k, (name, node) in enumerate(nodes.items()):
        text = max(_columns(_short(name)) * NAME_PX, _columns(_what(node)) * TEXT_PX)
        boxes.append(_Item(layer[k], max(SMALLEST, text + 20, rooms[k] + 24), node, LOOP + LABEL if name in looped else 0))
        layers[layer[k]].append(boxes[k])
    paths = []
    for edge, upper, lower in down:
        between = [_Item(at, 0) for at in range(layer[upper] + 1, layer[lower])]
        chain = [boxes[upper], *between, boxes[lower]]
        for item in between:
            layers[item.layer].append(item)
        for one, other in zip(chain, chain[1:]):
            one.below.append(other)
            other.above.append(one)
        paths.append((edge, chain))
    return _Layout(layers, dict(zip(nodes, boxes)), paths)


def _sort(layers: list[list[_Item]], down: bool) -> None:
    for items in layers if down else layers[::-1]:
        for k, item in enumerate(items):
            item.x = k
        places = {item: _mean(item.above if down else item.below, item.x) for item in items}
        items.sort(key=places.__getitem__)
        for k, item in enumerate(items):
            item.x = k


def _move(layers: list[list[_Item]], down: bool) -> None:
    """Puts each item below (above) its neighbours' mean, and where widths forbid that, as near as all together can."""
    for items in layers if down else layers[::-1]:
        offsets, at = [], 0.0
        for item in items:
            offsets.append(at + item.margin + item.width / 2)
            at += item.width + 2 * item.margin + GAP_X
        wanted = [_mean(item.above if down else item.below, item.x) - o for item, o in zip(items, offsets)]
        for item, place, offset in zip(items, _ascending(wanted), offsets):
            item.x = place + offset


def _ascending(values: list[float]) -> list[float]:
    """The ascending numbers nearest to these, in squares: neighbours that violate the order are pooled to their mean."""
    pools: list[tuple[float, int]] = []  # sum and number
    for value in values:
        total, count = value, 1
        while pools and pools[-1][0] / pools[-1][1] > total / count:
            before, number = pools.pop()
            total, count = total + before, count + number
        pools.append((total, count))
    return [total / count for total, count in pools for _ in range(count)]


def _mean(items: list[_Item], otherwise: float) -> float:
    return sum(item.x for item in items) / len(items) if items else otherwise


def _svg(layout: _Layout, nodes: Iterable[Node], loops: list[Edge]) -> str:
    layers, boxes, paths = layout
    everything = [item for items in layers for item in items]
    left = min((item.x - item.width / 2 - item.margin for item in everything), default=0) - MARGIN
    right = max((item.x + item.width / 2 + item.margin for item in everything), default=0) + MARGIN
    width, height = right - left, len(layers) * (HEIGHT + GAP_Y) - GAP_Y + 2 * MARGIN
    shapes = [*_edges(paths), *(_loop(edge, boxes[edge.source]) for edge in loops)]
    shapes += [_box(boxes[node.name], node) for node in nodes]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{left:.1f} {-MARGIN} {width:.1f} {height:.1f}" '
        f'width="{width:.0f}" height="{height:.0f}" role="img" aria-label="Network of {len(boxes)} nodes" '
        'font-family="sans-serif" font-size="11" fill="currentColor" stroke-width="1.2" '
        f'style="max-width:100%;height:auto">{"".join(shapes)}</svg>'
    )


def _top(item: _Item) -> float:
    return item.layer * (HEIGHT + GAP_Y)


def _edges(paths: list[_Path]) -> Iterable[str]:
    starts, ends = _ports(paths, 0), _ports(paths, -1)
    for (edge, chain), start, end in zip(paths, starts, ends):
        first, *between, last = chain
        up = first.node is not None and edge.target == first.node.name
        points = [(start, _top(first) + HEIGHT + (ARROW if up else 0))]
        for item in between:
            points += [(item.x, _top(item)), (item.x, _top(item) + HEIGHT)]
        points.append((end, _top(last) - (0 if up else ARROW)))
        arrow = _arrow(*points[0], 0, -ARROW) if up else _arrow(*points[-1], 0, ARROW)
        side = -1 if _label_left(chain) else 1
        yield _line(edge, _path(points), arrow, (start + 5 * side, _top(first) + HEIGHT + 13), side)


def _ports(paths: list[_Path], end: int) -> list[float]:
    """Where along its box each path begins (end 0) or ends (-1): side by side, in the order of where they go."""
    at_box: dict[_Item, list[int]] = {}
    for k, (_, chain) in enumerate(paths):
        at_box.setdefault(chain[end], []).append(k)
    places = [0.0] * len(paths)
    for box, mine in at_box.items():
        mine.sort(key=lambda k: (paths[k][1][1 if end == 0 else -2].x, paths[k][0].delay, k))
        rooms = [_between(paths[one], paths[other]) if end == 0 else APART for one, other in zip(mine, mine[1:])]
        shrunk = min(1, (box.width - 24) / sum(rooms)) if rooms else 1
        at = box.x - sum(rooms) * shrunk / 2
        for k, room in zip(mine, [*rooms, 0]):
            places[k] = at
            at += room * shrunk
    return places


def _between(one: _Path, other: _Path) -> float:
    """How far two edges that leave a box below lie apart, with the delays that are written between them."""
    labels = (one[0].delay > 0 and not _label_left(one[1])) + (other[0].delay > 0 and _label_left(other[1]))
    return APART + labels * (LABEL - APART)


def _label_left(chain: list[_Item]) -> bool:
    """A delay is written on the side that its edge bends away from."""
    return chain[1].x > chain[0].x


def _path(points: list[tuple[float, float]]) -> str:
    """Curves across the gaps, straight down past a layer."""
    text = "M{:.1f} {:.1f}".format(*points[0])
    for k, ((x0, y0), (x1, y1)) in enumerate(zip(points, points[1:])):
        half = (y0 + y1) / 2
        text += f"V{y1:.1f}" if k % 2 else f"C{x0:.1f} {half:.1f} {x1:.1f} {half:.1f} {x1:.1f} {y1:.1f}"
    return text


def _loop(edge: Edge, item: _Item) -> str:
    x, y = item.x + item.width / 2, _top(item) + HEIGHT / 2
    far = x + LOOP / 0.75  # a cubic reaches three quarters of the way
    path = f"M{x:.1f} {y - 10:.1f}C{far:.1f} {y - 10:.1f} {far:.1f} {y + 10:.1f} {x + ARROW:.1f} {y + 10:.1f}"
    return _line(edge, path, _arrow(x + ARROW, y + 10, -ARROW, 0), (x + LOOP + 4, y), 1)


def _line(edge: Edge, path: str, arrow: str, label: tuple[float, float], side: int) -> str:
    """side: 1 for a delay that begins at `label`, -1 for one that ends there."""
    dashes = ' stroke-dasharray="5 4"' if edge.feedback else ""
    what = f"{edge.source} → {edge.target}" + (", feedback" if edge.feedback else "")
    anchor = ' text-anchor="end"' if side < 0 else ""
    text = f'<text x="{label[0]:.1f}" y="{label[1]:.1f}"{anchor} dominant-baseline="central">{_delay(edge)}</text>'
    return (
        f'<g><title>{visible(what)}</title><path d="{path}" fill="none" stroke="currentColor"{dashes}/>'
        f"{arrow}{text if edge.delay else ''}</g>"
    )


def _arrow(x: float, y: float, dx: float, dy: float) -> str:
    """From (x, y) to a tip at (x + dx, y + dy)."""
    across_x, across_y = -dy * 0.5, dx * 0.5
    return (
        f'<path d="M{x + dx:.1f} {y + dy:.1f}L{x + across_x:.1f} {y + across_y:.1f}L{x - across_x:.1f} {y - across_y:.1f}Z"/>'
    )


def _box(item: _Item, node: Node) -> str:
    round = HEIGHT / 2 if node.model.startswith(("input@", "output@")) else 6
    told = [node.name, f"{node.model} {list(node.shape)}", *filter(None, [parameters(node)])]
    title = "\n".join(visible(line, 1000) for line in told)
    at = f'x="{item.x:.1f}" text-anchor="middle"'
    return (
        f'<g><title>{title}</title><rect x="{item.x - item.width / 2:.1f}" y="{_top(item):.1f}" width="{item.width:.1f}" '
        f'height="{HEIGHT}" rx="{round}" fill-opacity="0.07" stroke="currentColor"/>'
        f'<text {at} y="{_top(item) + 18:.1f}" font-size="13" font-weight="600">{visible(_short(node.name))}</text>'
        f'<text {at} y="{_top(item) + 34:.1f}" opacity="0.75">{visible(_what(node))}</text></g>'
    )


def _short(name: str) -> str:
    text = _plain(name)
    return text if len(text) <= MOST_NAME else text[: MOST_NAME - 1] + "…"


def _columns(text: str) -> int:
    """How wide it is, in characters: those of East Asia take two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
