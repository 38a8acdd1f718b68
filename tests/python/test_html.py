"""What notebooks show: tables that hold every fact as text, whatever a file calls its nodes."""

import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

import nir_file
import ranvier as rv

HOSTILE = '<script>alert("1")</script>&amp;\x1b[31m\n\u202e]]>'


def parsed(shown):
    """The markup as a tree (it is XML, too), and its text."""
    tree = ElementTree.fromstring(shown)
    return tree, " ".join("".join(tree.itertext()).split())


def cells(tree):
    return [["".join(cell.itertext()) for cell in row] for row in tree.iter("tr")]


@pytest.fixture
def hostile(tmp_path):
    nodes = {"input": nir_file.port("Input", 1), HOSTILE: nir_file.lif(1, tau=1e-3), "output": nir_file.port("Output", 1)}
    graph = {"nodes": nodes, "edges": [("input", HOSTILE), (HOSTILE, "output")]}
    return rv.load(nir_file.write(tmp_path / "hostile.safetensors", graph), dt=1 * rv.ms)


def test_a_network_shows_nodes_edges_and_assumptions(braille_net):
    tree, text = parsed(braille_net._repr_html_())
    rows = cells(tree)
    assert ["node", "model", "shape", "parameters"] in rows
    (fc1,) = [row for row in rows if row[0] == "fc1" and row[1] == "affine@1"]
    assert fc1[2] == "(38,)" and "[38 × 12]" in fc1[3]
    assert ["lif1.w_rec", "lif1.lif", "1 step, feedback"] in rows and ["input", "fc1", "none"] in rows
    for topic, sentence in braille_net.assumptions.items():
        assert [topic, sentence] in rows
    assert "dt 0.1 ms, seed 0" in text and "reset zero" in text
    scopes = {head.get("scope") for head in tree.iter("th")}
    assert scopes == {"col", "row"} and len(braille_net._repr_html_()) < 8_000


def test_a_result_shows_outputs_spikes_counters_and_hash(braille_net, braille_input):
    x = np.stack([braille_input] * 2, axis=1)
    ses = braille_net.to("cpu", lanes=2)
    ses.run(x[:10])
    out = ses.run(x[10:], record=["lif1.lif.spikes", "lif1.lif.v"])
    tree, text = parsed(out._repr_html_())
    rows = cells(tree)
    spikes = out.spikes["lif1.lif"]
    assert ["lif1.lif", "(38,)", str(len(spikes)), f"{spikes.rates().mean():.4g} Hz"] in rows
    assert any(row[:4] == ["state", "lif1.lif.v", "(246, 2, 38)", "float32"] for row in rows)
    assert ["spikes", f"{out.counters['spikes']:,}"] in rows
    assert f"{out.hash:016x}" in text and "246 steps of 0.1 ms, from step 10, 2 lanes" in text


def test_an_empty_result_is_shown(braille_net):
    out = braille_net.to("cpu").run(steps=0, record=["lif1.lif.spikes", "lif1.lif.v"])
    tree, _ = parsed(out._repr_html_())
    assert ["lif1.lif", "(38,)", "0", ""] in cells(tree)


def test_reports_are_tables(braille_net):
    assert parsed(braille_net.check("cpu")._repr_html_())[1].startswith(
        "cpu can run this: 1 exact, 0 approximate, 0 unsupported."
    )
    report = braille_net.check("null")
    rows = cells(parsed(report._repr_html_())[0])
    assert len(rows) == len(report.entries) + 1 and report.entries


def test_reports_group_nodes_and_show_figures(braille_net):
    def entry(node, quantity, amount, verdict, **figures):
        return rv.ReportEntry(node, quantity, "", amount, "axons", verdict, "", figures)

    report = braille_net.check("cpu")
    report.entries = [
        entry("<lif>", "axons", 38, "exact", used=38, limit=128),
        entry("out", "weight", 3, "approximate", max_error=0.5, mean_error=1e-9),
        entry("<lif>", "delay", "", "unsupported", limit=0, used=1),
    ]
    tree, text = parsed(report._repr_html_())
    lif = ["<lif>", "axons", "", "38 axons 38 of 128", "\N{BLACK CIRCLE} exact", ""]
    assert cells(tree)[1:] == [
        lif,
        ["delay", "", "limit 0, used 1", "\N{BLACK CIRCLE} unsupported", ""],
        ["out", "weight", "", "3 axonsmax_error 0.5, mean_error 1e-09", "\N{BLACK CIRCLE} approximate", ""],
    ]
    (head,) = [head for head in tree.iter("th") if head.text == "<lif>"]
    assert head.get("rowspan") == "2"
    (meter,) = tree.iter("meter")
    assert (meter.get("value"), meter.get("max")) == ("38", "128")
    report.entries *= 50
    assert parsed(report._repr_html_())[1].endswith("and 50 more")


def test_devices_are_a_table_with_reasons(tmp_path, monkeypatch):
    (tmp_path / "<broken>.so").write_text("no library")
    monkeypatch.setenv("RANVIER_DRIVER_PATH", str(tmp_path))
    devices = rv.devices()
    shown = {row[0]: row for row in cells(parsed(devices._repr_html_())[0])}
    assert {device.usable for device in devices} == {True, False} and "<broken>" in shown
    for device in devices:
        assert shown[device.name][1:3] == [device.version, device.vendor]
        assert shown[device.name][3] == ("yes" if device.usable else f"no: {device.reason}")


def test_hostile_names_are_text(hostile):
    out = hostile.to("cpu").run(steps=3, record=[f"{HOSTILE}.spikes", f"{HOSTILE}.v"])
    for shown in (hostile._repr_html_(), out._repr_html_(), hostile.check("cpu")._repr_html_(), hostile.draw().svg):
        tree, _ = parsed(shown)
        assert not list(tree.iter("script")) and "<script" not in shown and "\u202e" not in shown and "\x1b" not in shown
    assert '<script>alert("1")</script>&amp;\\x1b[31m\\x0a\\x202e]]>' in "".join(ElementTree.fromstring(shown).itertext())


def test_long_tables_are_cut_and_counted(tmp_path):
    names = [f"n{k}" for k in range(150)]
    nodes = {"input": nir_file.port("Input", 1), **{name: nir_file.lif(1, tau=1e-3) for name in names}}
    nodes["output"] = nir_file.port("Output", 1)
    chain = list(nodes)
    path = nir_file.write(tmp_path / "long.safetensors", {"nodes": nodes, "edges": list(zip(chain, chain[1:]))})
    tree, text = parsed(rv.load(path, dt=1 * rv.ms)._repr_html_())
    assert "and 52 more" in text and "151 edges" in text
