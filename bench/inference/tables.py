"""Markdown of what run.py measured: python tables.py results.jsonl"""

import json
import sys
from pathlib import Path

BEGIN, END = "<!-- inference: written by ./dev bench inference --write -->", "<!-- inference: end -->"
TITLES = {
    "braille": "(a) Braille, 256 steps",
    "recurrent_1": "(b) 700-256r-20, 1 %",
    "recurrent_5": "(b) 700-256r-20, 5 %",
    "nmnist_1": "(c) N-MNIST CNN, 1 %",
    "nmnist_5": "(c) N-MNIST CNN, 5 %",
    "nmnist_20": "(c) N-MNIST CNN, 20 %",
    "sinabs_1": "(d) Sinabs CNN, 1 %",
    "sinabs_5": "(d) Sinabs CNN, 5 %",
    "sinabs_20": "(d) Sinabs CNN, 20 %",
}
BESIDE = ("best of all", "its", "times ours", "best torch library", "its", "times ours")
DIFFERS = 0.01  # a share of outputs from which on a peer computes something else, marked by a star


def per_sample(row):
    """ms of a sample, or us of a step."""
    return row["median"] * 1e6 if row["lanes"] == "stream" else row["median"] * 1e3 / row["lanes"]


def show(row):
    """One line while the bench runs."""
    unit, scale = ("us", 1e6) if row["lanes"] == "stream" else ("ms", 1e3 / row["lanes"])
    tail = f" p99 {row['p99'] * scale:.3g}" if "p99" in row else ""
    spread = f"({row['low'] * scale:.3g} to {row['high'] * scale:.3g}){tail}"
    who = f"{row['peer']} {row['mode']} x{row['threads']}"
    print(f"  {who:32s} {row['median'] * scale:9.4g} {unit} {spread}, differs {row.get('differ', 0):.4f}", flush=True)


def number(value):
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def named(row):
    how = "" if row["mode"] in ("python", "c++", "run", "events") else f" {row['mode']}"
    return f"{row['peer']}{how}" + (f" x{row['threads']}" if row["threads"] > 1 else "") + star(row)


def star(row):
    return " \\*" if row.get("differ", 0) > DIFFERS else ""


def table(head, lines):
    return "\n".join("| " + " | ".join(cells) + " |" for cells in [head, ["---"] * len(head), *lines])


class Results:
    def __init__(self, rows):
        self.rows = [row for row in rows if "network" in row]
        self.facts = {key: value for row in rows if "network" not in row and "peer" not in row for key, value in row.items()}
        self.versions = {row["peer"]: row["versions"] for row in rows if "versions" in row}
        self.networks = [name for name in TITLES if any(row["network"] == name for row in self.rows)]

    def best(self, network, lanes, choose):
        found = [row for row in self.rows if (row["network"], row["lanes"]) == (network, lanes) and choose(row)]
        return min(found, key=per_sample, default=None)

    def floor(self, row, weights):
        """ms that this machine needs at best on one thread for the row's sums and updates, or None."""
        if "floor" not in self.facts or not row or "counters" not in row:
            return None
        figures = self.facts["floor"]["figures"]

        def ns(loop):
            of_loop = [figure for figure in figures if figure["loop"] == loop]
            return next((f["ns"] for f in of_loop if f["bytes"] >= weights), of_loop[-1]["ns"])

        counters = row["counters"]
        total = counters["synaptic_operations"] * ns("row add") + counters["neuron_updates"] * ns("update")
        return total / 1e6 / row["lanes"]


def is_ours(row):
    return row["kind"] == "ours"


def beside(row, ours):
    """A peer, its figure, and how many times ours that is."""
    if row is None:
        return [""] * 3
    return [named(row), number(per_sample(row)), f"{per_sample(row) / per_sample(ours):.1f}" if ours else ""]


def verdict(results):
    head = ["network", "lanes", "Ranvier, ms", *BESIDE, "10^9 synaptic operations/s", "floor, ms", "over it"]
    lines = []
    for network in results.networks:
        for lanes in (1, 64):
            ours = results.best(network, lanes, is_ours)
            peer = results.best(network, lanes, lambda row: not is_ours(row))
            torch = results.best(network, lanes, lambda row: row["kind"] == "torch")
            one = results.best(network, lanes, lambda row: is_ours(row) and row["threads"] == 1)
            if not (ours or peer):
                continue
            line = [TITLES[network], str(lanes), f"{number(per_sample(ours))} x{ours['threads']}" if ours else ""]
            line += beside(peer, ours) + beside(torch, ours)
            operations = ours["counters"]["synaptic_operations"] / ours["median"] / 1e9 if ours else 0
            floor = results.floor(one, one["weights"]) if one else None
            line += [f"{operations:.2f}" if ours else ""]
            line += [number(floor), f"{per_sample(one) / floor:.1f}"] if floor else ["", ""]
            lines.append(line)
    return table(head, lines)


def steps(results):
    head = ["network", "Ranvier in C++, us (p99)", "from Python", *BESIDE]
    lines = []
    for network in results.networks:
        cpp = results.best(network, "stream", lambda row: row["mode"] == "c++")
        python = results.best(network, "stream", lambda row: row["mode"] == "python")
        peer = results.best(network, "stream", lambda row: not is_ours(row))
        torch = results.best(network, "stream", lambda row: row["kind"] == "torch")
        if cpp or python or peer:
            shown = [f"{number(per_sample(row))} ({number(row['p99'] * 1e6)})" if row else "" for row in (cpp, python)]
            lines.append([TITLES[network], *shown, *beside(peer, python), *beside(torch, python)])
    return table(head, lines)


def everyone(results):
    usual = [network for network in results.networks if network.partition("_")[2] in ("", "5")]
    columns = [(network, lanes) for lanes in (1, 64, "stream") for network in usual]
    lines = []
    for name in dict.fromkeys(row["peer"] for row in results.rows):
        its = lambda row, name=name: row["peer"] == name and row["mode"] != "c++"
        found = [results.best(*column, its) for column in columns]
        lines.append([name, *(number(per_sample(row)) + star(row) if row else "" for row in found)])
    head = [f"{TITLES[network][:3]} {'step' if lanes == 'stream' else lanes}" for network, lanes in columns]
    return table(["peer", *head], lines)


def markdown(rows):
    results = Results(rows)
    machine, start = results.facts["machine"], results.facts["first_step"]
    packages = {}
    for found in results.versions.values():
        packages.update(found)
    versions = ", ".join(f"{package} {number}" for package, number in packages.items())
    return "\n\n".join(
        [
            f"Machine: {machine['processor']}, {machine['cores']} cores, {machine['system']}, load {machine['load']} before; "
            + results.facts["date"]
            + (", --quick" if results.facts["quick"] else "")
            + f". {versions}.",
            verdict(results),
            "One step at one lane, one thread; the peers from Python, held against ours from Python:",
            steps(results),
            "Every peer at 5 % input, best of its modes and of 1 and 2 threads, ms a sample (steps: us):",
            everyone(results),
            f"From the start of Python to the first step of (a): {start['whole'] * 1e3:.0f} ms, of which Python alone takes "
            f"{start['python'] * 1e3:.0f} ms.",
        ]
    )


def put(text, path):
    """The text between the two marks of a page."""
    before, rest = path.read_text(encoding="utf-8").split(BEGIN)
    after = rest.split(END)[1]
    path.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    with open(Path(sys.argv[1]), encoding="utf-8") as file:
        print(markdown([json.loads(line) for line in file]))
