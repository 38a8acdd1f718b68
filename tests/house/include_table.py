"""Holds every #include against the table of rooms in core/README.md: `include_table.py [root]` lists what breaks it.

A room is the longest entry of ROOMS that a path begins with. It may include itself and the rooms listed for it. A
public header belongs to the room that implements it (PUBLIC); third-party headers to the rooms of THIRD_PARTY.
"""

import re
import sys
from pathlib import Path

# "net" is the room with its public headers; "<net>" only those, which is all that programs and bindings may see.
PUBLIC_ROOMS = ["<base>", "<net>", "<plan>", "<run>", "<io>", "<repeat>", "<all>"]
ROOMS = {
    "core/include/ranvier": PUBLIC_ROOMS + ["<driver>", "<sugar>", "<embed>"],
    "core/base": ["base"],
    "core/models": ["base", "kernels/math", "kernels/fixed", "<driver>"],
    "core/net": ["base", "net", "models"],
    "core/plan": ["base", "plan", "<driver>"],
    "core/lower": ["net", "models", "plan", "base", "<driver>", "kernels/math", "kernels/program", "kernels/random"],
    "core/io": ["io", "net", "models", "base", "kernels/math", "kernels/fixed"],
    "core/run": ["run", "plan", "base", "<driver>"],
    "core/repeat": ["repeat", "net", "models", "plan", "run", "base", "<io>", "<driver>", "<sugar>"],
    "core/embed": ["<embed>", "run", "plan", "base", "<driver>"],
    "core/deploy.cpp": ["lower", "net", "run", "plan", "base"],
    "core/cli": PUBLIC_ROOMS + ["<driver>"],
    "kernels": ["<driver>", "kernels"],
    "devices": ["<driver>", "<sugar>", "kernels", "devices/common"],
    "python": PUBLIC_ROOMS,
    "examples": PUBLIC_ROOMS + ["<driver>", "<sugar>", "<embed>"],
    "bench/micro": PUBLIC_ROOMS + ["kernels", "plan", "<driver>", "bench/floor"],
    "bench/floor": ["kernels"],
    "bench/networks": PUBLIC_ROOMS,
    # Plans that no model of ours makes are written by hand.
    "tests/conformance": PUBLIC_ROOMS + ["plan", "<driver>", "<sugar>"],
    # Kernels against the programs that networks really have.
    "tests/kernels": PUBLIC_ROOMS + ["kernels", "<driver>"],
    # Random networks of every model are lowered and then played as conformance plays its plans.
    "tests/onehash": PUBLIC_ROOMS
    + ["net", "models", "lower", "plan", "kernels/fixed", "kernels/random", "tests/conformance", "<driver>", "<sugar>"],
    "tests/loihi": PUBLIC_ROOMS + ["devices/loihi", "kernels", "<driver>", "<sugar>"],
    "tests/abi": PUBLIC_ROOMS + ["<driver>", "<sugar>", "<embed>"],
    "tests/house": PUBLIC_ROOMS,
    "tests/fuzz": ["base", "plan", "io", "<driver>"],
    "tests/run/drivers": ["<driver>", "<sugar>"],
}

# The room that a public header is the face of. <driver>: the contract and its records; <sugar>: C++ over it.
PUBLIC = {
    "export.h": "<base>",
    "error.h": "<base>",
    "log.h": "<base>",
    "quantity.h": "<base>",
    "tensor.h": "<base>",
    "network.h": "<net>",
    "nir_data.h": "<net>",
    "plan.h": "<plan>",
    "devices.h": "<run>",
    "executable.h": "<run>",
    "report.h": "<run>",
    "session.h": "<run>",
    "npy.h": "<io>",
    "compare.h": "<repeat>",
    "run_folder.h": "<repeat>",
    "ranvier.h": "<all>",
    "embed.h": "<embed>",
    "driver.h": "<driver>",
    "plan_view.hpp": "<driver>",
    "driver.hpp": "<sugar>",
    "driver/": "<sugar>",
}

# First part of a header's path -> where it may stand.
THIRD_PARTY = {
    "nlohmann": ["core/io", "core/repeat", "core/cli", "devices/loihi", "tests/io", "tests/repeat"],
    "hdf5.h": ["core/io/nir_program", "tests/io"],
    "CLI": ["core/cli"],
    "zlib.h": ["core/cli"],
    "sha2.h": ["core/repeat/sha256.cpp"],
    "hwy": ["kernels/simd/simd.h"],
    "tbb": ["devices/cpu"],
    "oneapi": ["devices/cpu"],
    "Eigen": ["core/lower"],
    "pybind11": ["python/src"],
    "gtest": ["tests"],
    "gmock": ["tests"],
    "benchmark": ["bench"],
}

# Single lines that the table does not foresee, each with what it takes.
EXCEPTIONS = {
    "core/io/read_file.cpp: ranvier/driver.h": "the first bytes of a plan, to say what such a file is",
    "core/models/record.h: ranvier/network.h": "the types Parameters and Options",
    "devices/loihi/export_lava.cpp: devices/loihi/lava_script.h": "made from lava_script.py while building",
}

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)', re.MULTILINE)
SOURCES = {".c", ".h", ".cpp", ".hpp", ".cu"}
FOLDERS = ["core", "kernels", "devices", "python", "examples", "bench", "tests"]


def within(path, folder):
    return path == folder or path.startswith(folder + "/")


def room_of(path):
    """(name, rooms it may include). The tests of a room may include what the room may, and the room."""
    if path.startswith("tests/") and not any(within(path, room) for room in ROOMS):
        tested = path.split("/")[1]
        place = "kernels" if tested == "kernels" else "devices" if tested == "devices" else f"core/{tested}"
        return f"tests/{tested}", ROOMS.get(place, []) + [tested, place, f"<{tested}>", "<driver>"]
    fitting = [room for room in ROOMS if within(path, room)]
    if not fitting:
        return None, []
    room = max(fitting, key=len)
    # Every driver is a room of its own.
    return "/".join(path.split("/")[:2]) if room == "devices" else room, ROOMS[room]


def target_of(header, quoted, root):
    """The room of an included header of ours; None for others; "?" where the file does not exist."""
    if not quoted:
        if not header.startswith("ranvier/"):
            return None
        name = header.removeprefix("ranvier/")
        folder = f"{name.split('/')[0]}/"
        return PUBLIC.get(name) or PUBLIC.get(folder, "?")
    if not (root / header).is_file():
        return "?"
    return header


def allowed(target, own, rooms):
    if target.startswith("<"):
        return target in rooms or target.strip("<>") in rooms
    return any(within(target, room) or within(target, f"core/{room}") for room in [own, *rooms])


def violations_of(file, root):
    path = file.relative_to(root).as_posix()
    own, rooms = room_of(path)
    for match in INCLUDE.finditer(file.read_text(encoding="utf-8")):
        header, quoted = (match[1], True) if match[1] else (match[2], False)
        line = f"{path}: {header}"
        if line in EXCEPTIONS:
            continue
        places = THIRD_PARTY.get(header.split("/")[0])
        if places is not None and not any(within(path, place) for place in places):
            yield f"{line}: belongs to {', '.join(places)} only"
        target = target_of(header, quoted, root)
        if target == "?":
            yield f"{line}: names no file of ours, counted from the root"
        elif own is None and target is not None:
            yield f"{line}: the table has no such room"
        elif target is not None and not allowed(target, own, rooms):
            yield f"{line}: {own} may include {', '.join(rooms)}"


def violations(root):
    files = sorted(f for folder in FOLDERS for f in (root / folder).rglob("*") if f.suffix in SOURCES)
    return [line for file in files for line in violations_of(file, root)]


if __name__ == "__main__":
    found = violations(Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[2]).resolve())
    print("\n".join(found) if found else "Every include is in the table.")
    sys.exit(bool(found))
