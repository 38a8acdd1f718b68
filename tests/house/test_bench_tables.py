"""The tables of ./dev bench inference: the fastest is found, whatever differs is marked, a page keeps the rest."""

import sys

import pytest
from tree import ROOT

sys.path.insert(0, str(ROOT / "bench" / "inference"))
import tables  # noqa: E402


def row(peer, kind, seconds, lanes=1, mode="layers", threads=1, **more):
    given = {"network": "braille", "lanes": lanes, "weights": 8000, "differ": 0.0, "p99": 2 * seconds}
    return {**given, "peer": peer, "kind": kind, "mode": mode, "threads": threads, "median": seconds, **more}


@pytest.fixture
def rows():
    counted = {"counters": {"synaptic_operations": 1000, "neuron_updates": 100}}
    floors = [{"loop": loop, "bytes": 16384, "ns": ns} for loop, ns in (("row add", 1.0), ("update", 5.0))]
    floors.insert(0, {"loop": "row add", "bytes": 4096, "ns": 0.1})  # the weights are larger
    return [
        {"machine": {"processor": "X", "cores": 2, "system": "Y"}, "date": "2026-01-01", "quick": False},
        {"floor": {"figures": floors}},
        {"first_step": {"whole": 0.25, "python": 0.02}},
        {"peer": "Ranvier", "versions": {"ranvier": "0.1.0"}},
        row("Ranvier", "ours", 6e-6, mode="python", **counted),
        row("Ranvier", "ours", 2e-6, mode="python", threads=2, **counted),
        row("Numba", "expert", 8e-6, mode="events"),
        row("Norse", "torch", 4e-3, differ=0.2),
        row("Sinabs", "torch", 5e-3),
        row("Ranvier", "ours", 1e-6, "stream", "c++"),
        row("Ranvier", "ours", 3e-6, "stream", "python"),
        row("Numba", "expert", 9e-6, "stream", "events"),
    ]


def test_the_verdict_names_the_fastest_and_the_floor_of_one_thread(rows):
    line = tables.verdict(tables.Results(rows)).splitlines()[-1]
    ours, all_of_them, torch = "0.002 x2", "Numba | 0.008 | 4.0", "Norse layers \\* | 4 | 2000.0"
    assert line == f"| (a) Braille, 256 steps | 1 | {ours} | {all_of_them} | {torch} | 0.50 | 0.0015 | 4.0 |"


def test_steps_are_held_against_ours_from_python(rows):
    line = tables.steps(tables.Results(rows)).splitlines()[-1]
    assert line == "| (a) Braille, 256 steps | 1 (2) | 3 (6) | Numba | 9 | 3.0 |  |  |  |"


def test_a_page_keeps_what_is_around_the_tables(rows, tmp_path):
    page = tmp_path / "README.md"
    page.write_text(f"before\n{tables.BEGIN}\nold\n{tables.END}\nafter\n")
    tables.put(tables.markdown(rows), page)
    text = page.read_text()
    assert text.startswith(f"before\n{tables.BEGIN}\n") and text.endswith(f"{tables.END}\nafter\n")
    assert "old" not in text and "ranvier 0.1.0" in text
    tables.put("new", page)
    assert page.read_text() == f"before\n{tables.BEGIN}\n\nnew\n\n{tables.END}\nafter\n"


def test_our_page_has_the_marks():
    text = (ROOT / "bench" / "README.md").read_text()
    assert text.count(tables.BEGIN) == text.count(tables.END) == 1
