"""Draws ns per synaptic operation over the density of events: by event, dense and the floor.

    build/bench/bin/bench_synapse --benchmark_out=synapse.json --benchmark_out_format=json
    python bench/plot_density.py synapse.json density.png

A panel for each kernel that has both ways, on the widest instruction set; where the lines cross is where dense is worth it.
"""

import argparse
import json
from collections import defaultdict

NS = 1e9
WAYS = {"units": "by event, spikes", "graded": "by event, graded", "array": "dense"}
# Where sums stay in registers the floor is reading, where they do not it is adding rows.
FLOOR = {"dense": "floor_tile", "convolution": "floor_rows"}


def read(path):
    """({(kernel, network): {way: [(percent, ns)]}}, {floor: ns}) of the widest instruction set."""
    with open(path, encoding="utf-8") as file:
        rows = [row for row in json.load(file)["benchmarks"] if row.get("run_type", "iteration") == "iteration"]
    isa = max(int(row["name"].split("/")[1]) for row in rows if row["name"].startswith("floor_rows/"))
    floors = {loop: row["s/op"] * NS for row in rows for loop in FLOOR.values() if row["name"] == f"{loop}/{isa}"}
    panels = defaultdict(lambda: defaultdict(list))
    for row in rows:
        kernel, *middle = row["name"].split("/")
        if kernel not in FLOOR or int(middle[1]) != isa:
            continue
        network, way = middle[0].split("_")
        panels[kernel, network][way].append((int(middle[2]) / 10, row["s/op"] * NS))
    return {name: ways for name, ways in panels.items() if "array" in ways and len(ways) > 1}, floors


def draw(panels, floors, path):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4 * len(panels), 3.6), layout="constrained")
    for axes, ((kernel, network), ways) in zip(figure.subplots(1, len(panels), sharey=True, squeeze=False)[0], panels.items()):
        for way, points in ways.items():
            percents, times = zip(*sorted(points))
            axes.plot(percents, times, "--" if way == "array" else "-", marker=".", label=WAYS[way])
        axes.axhline(floors[FLOOR[kernel]], color="0.5", linestyle=":", label="floor")
        axes.set(xscale="log", yscale="log", xlabel="events, % of sources", title=f"{kernel} {network}")
        axes.legend(fontsize="small")
    figure.axes[0].set_ylabel("ns per synaptic operation")
    figure.savefig(path, dpi=120)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("measured", help="Google Benchmark's JSON")
    parser.add_argument("picture", help="a file that matplotlib writes: .png, .svg, .pdf")
    arguments = parser.parse_args()
    draw(*read(arguments.measured), arguments.picture)


if __name__ == "__main__":
    main()
