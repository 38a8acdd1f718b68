"""What the tests of the house share: the build, and a copy installed from it elsewhere."""

import os
from pathlib import Path

import pytest
from tree import ROOT, project, run


@pytest.fixture(scope="session")
def build():
    folder = os.environ.get("RANVIER_BUILD")
    if folder is None:
        pytest.skip("RANVIER_BUILD names no build folder (./dev test sets it)")
    return Path(folder)


@pytest.fixture(scope="session")
def prefix(build, tmp_path_factory):
    """An installed copy, moved after installing: nothing in it may know where it was."""
    first = tmp_path_factory.mktemp("first") / "prefix"
    run("cmake", "--install", build, "--prefix", first)
    moved = tmp_path_factory.mktemp("moved") / "prefix"
    first.rename(moved)
    return moved


@pytest.fixture(scope="session")
def consumer(prefix, tmp_path_factory):
    """A C++ program that found the installed copy with find_package: consumer DEVICE FILE."""
    return project(ROOT / "tests" / "house" / "consumer", tmp_path_factory.mktemp("consumer"), prefix) / "consumer"
