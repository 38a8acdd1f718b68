"""What the peers of Loihi share: running all cases, and the file of what came out."""

import argparse
import time
from importlib.metadata import version
from pathlib import Path

import loihi_cases
import peer_file


def main(tool, rules, packages, run):
    """Writes FILE with what run(case) = {node: {"spikes", "u", "v": [steps, size]}} gave for every case of `rules`."""
    parser = argparse.ArgumentParser(description=f"networks in Loihi's integers in {tool}")
    parser.add_argument("file", type=Path)
    parser.add_argument("--golden", action="store_true", help="a few small ones, for the repository")
    parser.add_argument("--family", help="only these")
    arguments = parser.parse_args()
    arrays, cases, began = {}, [], time.monotonic()
    for case in loihi_cases.make(rules, arguments.golden):
        if arguments.family in (None, case["family"]):
            cases.append(loihi_cases.pack(case, run(case), arrays))
    meta = {"tool": tool, "versions": {package: version(package) for package in packages}, "cases": cases}
    arguments.file.parent.mkdir(parents=True, exist_ok=True)
    peer_file.write(arguments.file, meta, arrays)
    vectors = sum(case["vectors"] for case in cases)
    print(f"{arguments.file}: {vectors} networks in {len(cases)} runs of {tool}, {time.monotonic() - began:.0f} s")
