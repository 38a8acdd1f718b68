"""Pictures of networks: each node once and apart from the others, each edge from its source to its target."""

import re
import xml.etree.ElementTree as ElementTree
from collections import Counter

import numpy as np
import pytest

import nir_file
import ranvier as rv

SVG = "{http://www.w3.org/2000/svg}"


def load(tmp_path, names, edges, **options):
    """Nodes named i* are inputs, o* outputs, the others LIF."""
    kinds = {"i": lambda: nir_file.port("Input", 1), "o": lambda: nir_file.port("Output", 1)}
    nodes = {name: kinds.get(name[0], lambda: nir_file.lif(1, tau=1e-3))() for name in names}
    return rv.load(nir_file.write(tmp_path / "net.safetensors", {"nodes": nodes, "edges": edges}), dt=1 * rv.ms, **options)


def boxes(svg):
    """Name -> (left, top, right, bottom)"""
    found = {}
    for group in ElementTree.fromstring(svg):
        rect = group.find(f"{SVG}rect")
        if rect is not None:
            x, y, width, height = (float(rect.get(key)) for key in ("x", "y", "width", "height"))
            found[group.find(f"{SVG}title").text.split("\n")[0]] = (x, y, x + width, y + height)
    return found


def lines(svg):
    """(title, ends, dashed, label) of each edge; ends are the line's first and last point and the arrow's tip."""
    for group in ElementTree.fromstring(svg):
        paths = group.findall(f"{SVG}path")
        if paths:
            points = [tuple(map(float, pair)) for pair in re.findall(r"(-?[\d.]+) (-?[\d.]+)", paths[0].get("d"))]
            tip = tuple(map(float, re.match(r"M(-?[\d.]+) (-?[\d.]+)", paths[1].get("d")).groups()))
            label = group.find(f"{SVG}text")
            dashed = paths[0].get("stroke-dasharray") is not None
            yield group.find(f"{SVG}title").text, (points[0], points[-1], tip), dashed, getattr(label, "text", None)


def on_border(point, box):
    x, y = point
    left, top, right, bottom = box
    inside = left - 0.2 <= x <= right + 0.2 and top - 0.2 <= y <= bottom + 0.2
    return inside and min(abs(x - right), abs(y - top), abs(y - bottom)) < 0.2


def check(net):
    svg = net.draw().svg
    places = boxes(svg)
    assert set(places) == set(net.nodes)
    ordered = sorted(places.values())
    for k, (_, top, right, bottom) in enumerate(ordered):
        for other in ordered[k + 1 :]:
            assert other[0] > right or other[1] > bottom or other[3] < top, "two boxes overlap"
    drawn = list(lines(svg))
    assert Counter(title for title, *_ in drawn) == Counter(
        f"{edge.source} → {edge.target}{', feedback' if edge.feedback else ''}" for edge in net.edges
    )
    view = [float(number) for number in ElementTree.fromstring(svg).get("viewBox").split()]
    for edge in net.edges:
        title = f"{edge.source} → {edge.target}" + (", feedback" if edge.feedback else "")
        ((_, (first, last, tip), dashed, label),) = [line for line in drawn if line[0] == title]
        assert on_border(tip, places[edge.target]), title
        assert on_border(first, places[edge.source]) or on_border(last, places[edge.source]), title
        assert dashed == edge.feedback
        assert dashed or places[edge.source][3] < places[edge.target][1], f"{title} does not go down"
        assert label == (f"{edge.delay} step{'s' if edge.delay > 1 else ''}" if edge.delay else None)
    for left, top, right, bottom in ordered:
        assert view[0] <= left and right <= view[0] + view[2] and view[1] <= top and bottom <= view[1] + view[3]
    return places


def test_the_braille_network(braille_net):
    places = check(braille_net)
    tops = [places[name][1] for name in ("input", "fc1", "lif1.lif", "fc2", "lif2", "output")]
    assert tops == sorted(set(tops)) and places["lif1.w_rec"][1] == places["fc2"][1]


def test_loops_delays_skips_and_cycles(tmp_path):
    edges = [("i", "a"), ("a", "b"), ("b", "a"), ("b", "b"), ("b", "c"), ("a", "o"), ("c", "o"), ("c", "a")]
    check(load(tmp_path, ["i", "a", "b", "c", "o"], edges, delays={("a", "o"): 12, ("b", "c"): 1}))


@pytest.mark.parametrize("seed", range(20))
def test_random_graphs(tmp_path, seed):
    rng = np.random.default_rng(seed)
    names = ["i", *(f"n{k}" for k in range(rng.integers(1, 25))), "o"]
    neurons = names[1:-1]
    edges = {("i", neurons[0]), (neurons[-1], "o")}
    edges |= {(str(rng.choice(names[:-1])), str(rng.choice(neurons))) for _ in range(2 * len(neurons))}
    check(load(tmp_path, names, sorted(edges)))


def test_what_could_not_be_read_is_refused(tmp_path):
    names = ["i", *(f"n{k}" for k in range(499)), "o"]
    with pytest.raises(rv.Error, match="501 nodes") as caught:
        load(tmp_path, names, list(zip(names, names[1:]))).draw()
    assert caught.value.code == "out_of_range" and "to_dot" in caught.value.remedy


def test_a_picture_is_shown_and_saved(braille_net, tmp_path):
    picture = braille_net.draw()
    assert picture._repr_html_() == picture.svg and str(len(picture.svg)) in repr(picture)
    picture.save(tmp_path / "net.svg")
    saved = ElementTree.parse(tmp_path / "net.svg").getroot()
    assert saved.tag == f"{SVG}svg" and "background" in saved.get("style")
    with pytest.raises(rv.Error) as caught:
        picture.save(tmp_path / "nowhere" / "net.svg")
    assert caught.value.code == "bad_file" and caught.value.where.endswith("net.svg")


def test_dot_is_quoted(tmp_path):
    name = 'a "b" \\N\n<c>'
    net = load(tmp_path, ["i", name, "o"], [("i", name), (name, "o"), (name, name)])
    assert net.to_dot().splitlines() == [
        "digraph {",
        "  node [shape=box, style=rounded];",
        '  n0 [label="i\\ninput 1"];',
        '  n1 [label="a \\"b\\" \\\\N\\\\x0a<c>\\nlif 1"];',
        '  n2 [label="o\\noutput 1"];',
        "  n0 -> n1 [];",
        '  n1 -> n1 [label="1 step", style=dashed];',
        "  n1 -> n2 [];",
        "}",
    ]
