"""What importing costs and brings along, and that the stub and the extension agree."""

import importlib.metadata
import importlib.resources
import subprocess
import sys

import ranvier as rv


def in_child(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_nothing_heavy_comes_along():
    heavy = {"torch", "matplotlib", "h5py", "pandas", "scipy", "neo", "xarray", "tqdm", "json", "html", "subprocess", "asyncio"}
    before, after = (set(in_child(f"import {name}, sys; print(*sys.modules)").split()) for name in ("numpy", "ranvier"))
    assert not (after - before) & heavy


def test_the_version_is_looked_up_late():
    assert rv.__version__ == importlib.metadata.version("ranvier") and not hasattr(rv, "version")
    assert in_child("import ranvier, sys; print('importlib.metadata' in sys.modules)").strip() == "False"


def test_all_public_names_are_there_and_documented():
    for name in rv.__all__:
        value = getattr(rv, name)
        assert isinstance(value, rv.Unit) or (value.__doc__ or "").strip(), name


def test_the_stub_is_what_the_extension_is():
    """By mypy's stubtest; that pybind11 makes classes by a metaclass, and those without constructors, is no fault."""
    command = [sys.executable, "-m", "mypy.stubtest", "--concise", "ranvier._ranvier"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert not done.stderr
    own = ("is inconsistent, metaclass differs", '__init__ is inconsistent, stub does not have *args parameter "args"')
    said = done.stdout.splitlines()
    assert [line for line in said if not line.endswith(own)] == []
    assert sum(line.endswith(own[0]) for line in said) > 10  # it did look
    assert importlib.resources.files("ranvier").joinpath("py.typed").is_file()


def test_the_package_holds_the_whole_installation():
    root = importlib.resources.files("ranvier")
    for path in ("bin/ranvier", "lib/ranvier/drivers/cpu.so", "include/ranvier/driver.h", "lib/cmake/ranvier"):
        assert root.joinpath(path).exists(), path
    assert importlib.metadata.version("ranvier").count(".") == 2


def test_the_program_is_at_hand():
    (entry,) = importlib.metadata.entry_points(group="console_scripts", name="ranvier")
    assert entry.value == "ranvier.cli:main"
    code = "import sys; sys.argv[1:] = ['devices', '--json']; from ranvier.cli import main; main()"
    assert '"cpu"' in in_child(code)
