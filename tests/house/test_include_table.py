"""The include table: our tree keeps it, and a tree that does not is caught."""

import pytest
from include_table import violations
from tree import ROOT

HEADERS = [
    "core/lower/lower.h",
    "core/models/record.h",
    "core/base/x.h",
    "core/net/graph.h",
    "devices/reference/program.h",
]


def tree_with(folder, path, include):
    """A tree of empty headers and one source with one include."""
    for name in HEADERS:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_text(f"#include {include}\n")
    return folder


def test_our_tree_keeps_the_table():
    assert violations(ROOT) == []


@pytest.mark.parametrize(
    "path, include",
    [
        ("core/run/x.cpp", '"core/lower/lower.h"'),  # run never sees net or lower
        ("core/run/x.cpp", "<ranvier/network.h>"),
        ("core/base/x.cpp", "<ranvier/driver.h>"),
        ("core/plan/x.cpp", '"core/models/record.h"'),
        ("core/cli/x.cpp", '"core/base/x.h"'),  # the program is a user like any other
        ("core/cli/x.cpp", "<pybind11/pybind11.h>"),
        ("kernels/simd/x.h", "<hwy/highway.h>"),  # simd.h alone wraps Highway
        ("kernels/math/x.h", "<ranvier/tensor.h>"),
        ("devices/cpu/x.cpp", '"devices/reference/program.h"'),  # no driver knows another
        ("devices/cpu/x.cpp", "<ranvier/session.h>"),
        ("core/include/ranvier/x.h", "<nlohmann/json.hpp>"),
        ("tests/plan/x.cpp", '"core/net/graph.h"'),
        ("core/base/x.cpp", '"x.h"'),  # full paths only
        ("core/new_room/x.cpp", "<ranvier/error.h>"),  # a room must stand in the table
    ],
)
def test_what_breaks_it_is_listed(tmp_path, path, include):
    found = violations(tree_with(tmp_path, path, include))
    assert len(found) == 1, found
    assert found[0].startswith(f"{path}: {include[1:-1]}: ")


@pytest.mark.parametrize(
    "path, include",
    [
        ("core/lower/x.cpp", '"core/net/graph.h"'),
        ("core/lower/x.cpp", "<Eigen/Dense>"),
        ("core/plan/x.cpp", "<ranvier/driver.h>"),
        ("core/deploy.cpp", '"core/lower/lower.h"'),
        ("devices/reference/x.cpp", '"devices/reference/program.h"'),
        ("devices/cpu/x.cpp", "<ranvier/driver/session.hpp>"),
        ("tests/lower/x.cpp", '"core/lower/lower.h"'),
        ("core/base/x.cpp", "<vector>"),
    ],
)
def test_what_keeps_it_is_not(tmp_path, path, include):
    assert violations(tree_with(tmp_path, path, include)) == []
