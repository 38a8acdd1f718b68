"""Ranvier from outside: installed, moved, and used by projects that see nothing of this tree."""

import re
import subprocess

import pytest
from tree import BRAILLE, ROOT, TOUCH, needed, project, run

INSTALLED = [
    "bin/ranvier",
    "include/ranvier/ranvier.h",
    "include/ranvier/driver.h",
    "include/ranvier/driver.hpp",
    "include/ranvier/embed.h",
    "lib/cmake/ranvier/ranvier-config.cmake",
    "lib/cmake/ranvier/ranvier-config-version.cmake",
    "lib/libranvier.so",
    "lib/libranvier_embed.so",
    "lib/ranvier/bin/ranvier-nir",
    "lib/ranvier/bin/ranvier-probe",
    "lib/ranvier/drivers/cpu.so",
    "lib/ranvier/drivers/null.so",
    "lib/ranvier/drivers/reference.so",
]


def test_everything_is_where_it_is_looked_for(prefix):
    assert [name for name in INSTALLED if not (prefix / name).exists()] == []


def test_nothing_installed_knows_the_tree_or_the_build(prefix, build):
    texts = [*prefix.rglob("*.cmake"), *prefix.rglob("*.h"), *prefix.rglob("*.hpp")]
    assert len(texts) > 10
    for path in texts:
        assert str(ROOT) not in path.read_text(), path
    for library in [prefix / "bin" / "ranvier", *prefix.rglob("*.so")]:
        assert str(build) not in run("readelf", "-d", library).stdout, library


def test_the_program_runs_where_it_was_moved_to(prefix):
    shown = run(prefix / "bin" / "ranvier", "show", BRAILLE, "--dt", "0.1ms", cwd="/", env={"LD_LIBRARY_PATH": ""})
    assert "lif1.lif" in shown.stdout
    listed = run(prefix / "bin" / "ranvier", "devices", cwd="/").stdout
    assert str(prefix / "lib" / "ranvier" / "drivers" / "cpu.so") in listed


@pytest.mark.parametrize("device", ["cpu", "reference"])
def test_a_run_is_equal_in_another_installation(prefix, build, tmp_path, device):
    """As a stranger has it: saved by one copy, run again by another that was moved and has nothing of its surroundings."""
    arguments = ["--input", TOUCH, "--dt", "0.1ms", "--convention", "snntorch", "--record", "lif1.lif.spikes"]
    run(build / "bin" / "ranvier", "run", BRAILLE, *arguments, "--save", tmp_path / "folder")
    command = [prefix / "bin" / "ranvier", "rerun", tmp_path / "folder", "--device", device]
    done = subprocess.run(command, capture_output=True, text=True, cwd="/", env={})
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, f"equal: 256 steps on cpu, and again on {device}")


def test_a_cpp_program_finds_the_package_and_runs(consumer, tmp_path):
    of_cpu, of_reference = (run(consumer, device, tmp_path / "net").stdout for device in ("cpu", "reference"))
    assert re.fullmatch(r"[1-9][0-9]* spikes, hash [0-9a-f]{16}\n", of_cpu)
    assert of_cpu == of_reference


def test_another_minor_version_is_refused(prefix, tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    text = "cmake_minimum_required(VERSION 3.25)\nproject(p LANGUAGES CXX)\nfind_package(ranvier 0.2 CONFIG REQUIRED)\n"
    (source / "CMakeLists.txt").write_text(text)
    command = ["cmake", "-S", source, "-B", tmp_path / "b", f"-DCMAKE_PREFIX_PATH={prefix}"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode != 0
    assert "requested version" in done.stderr


def test_the_library_exports_the_namespace_only(prefix):
    listed = run("nm", "-D", "--defined-only", "--demangle", prefix / "lib" / "libranvier.so").stdout
    foreign = [line for line in listed.splitlines() if re.search("nlohmann|H5|SHA256", line)]
    assert foreign == []


def test_the_core_needs_no_hdf5_and_no_python(prefix):
    for name in ("libranvier.so", "libranvier_embed.so"):
        assert [x for x in needed(prefix / "lib" / name) if "hdf5" in x or "python" in x] == []


def snippets(language):
    return re.findall(rf"^```{language}\n(.*?)^```", (ROOT / "README.md").read_text(), re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("index", range(len(snippets("cpp"))))
def test_cpp_of_the_readme_compiles_and_runs(prefix, tmp_path, index):
    (tmp_path / "snippet.cpp").write_text(snippets("cpp")[index])
    library = prefix / "lib"
    flags = ["-std=c++20", "-Wall", "-Werror", "-I", prefix / "include", f"-L{library}", f"-Wl,-rpath,{library}"]
    run("c++", tmp_path / "snippet.cpp", "-o", tmp_path / "snippet", *flags, "-lranvier")
    assert "neuron" in run(tmp_path / "snippet", cwd=ROOT).stdout


def test_the_readme_has_cpp_to_compile():
    assert len(snippets("cpp")) >= 1


@pytest.mark.parametrize("command", re.findall(r"^\./dev (\w+)", (ROOT / "README.md").read_text(), re.MULTILINE))
def test_verbs_of_the_readme_exist(command):
    assert f"  {command} " in run(ROOT / "dev", "help").stdout


def test_cpp_examples_build_and_run(prefix, tmp_path):
    folder = project(ROOT / "examples" / "cpp", tmp_path, prefix)
    raster = tmp_path / "raster.u8"
    raster.write_bytes(TOUCH.read_bytes()[-256 * 12 :])
    assert "119 spikes" in run(folder / "01_braille", BRAILLE, raster).stdout
    assert "first spikes after" in run(folder / "02_own_network").stdout
