"""convert, show --json, lower --json, conventions: from one form of a network to another."""

import json

import pytest
from braille import BRAILLE, SNNTORCH


def test_a_network_file_lowers_to_the_same_plan(ranvier, plan, tmp_path):
    ranvier("convert", BRAILLE, tmp_path / "net.safetensors", *SNNTORCH)
    told = ranvier("convert", tmp_path / "net.safetensors", tmp_path / "net.plan", "--json").stdout
    assert json.loads(told) == {"out": str(tmp_path / "net.plan"), "kind": "plan"}
    assert (tmp_path / "net.plan").read_bytes() == plan.read_bytes()


def test_a_nir_graph_needs_no_dt_and_becomes_the_same_network(ranvier, plan, tmp_path):
    ranvier("convert", BRAILLE, tmp_path / "graph.safetensors")
    assert "dt" in ranvier("show", tmp_path / "graph.safetensors", code=2).stderr
    ranvier("convert", tmp_path / "graph.safetensors", tmp_path / "net.rvplan", *SNNTORCH)
    graph = json.loads(ranvier("show", tmp_path / "graph.safetensors", *SNNTORCH, "--json").stdout)
    assert graph == json.loads(ranvier("show", BRAILLE, *SNNTORCH, "--json").stdout)


def test_a_nir_file_goes_to_a_network_file_and_back(ranvier, tmp_path):
    ranvier("convert", BRAILLE, tmp_path / "graph.safetensors")
    ranvier("convert", tmp_path / "graph.safetensors", tmp_path / "back.nir")
    ranvier("convert", tmp_path / "back.nir", tmp_path / "again.safetensors")
    assert (tmp_path / "again.safetensors").read_bytes() == (tmp_path / "graph.safetensors").read_bytes()


def test_a_network_file_stays_one_where_nothing_else_is_said(ranvier, tmp_path):
    ranvier("convert", BRAILLE, tmp_path / "net.safetensors", *SNNTORCH)
    ranvier("convert", tmp_path / "net.safetensors", tmp_path / "copy.safetensors")
    assert (tmp_path / "copy.safetensors").read_bytes() == (tmp_path / "net.safetensors").read_bytes()


def test_there_is_no_way_back_from_a_plan(ranvier, plan, tmp_path):
    errors = json.loads(ranvier("convert", plan, tmp_path / "net.safetensors", "--json", code=3).stdout)["errors"]
    assert errors[0]["code"] == "unsupported"


@pytest.mark.parametrize("name", ["net", "net.txt", "net."])
def test_a_name_that_says_nothing_is_refused(ranvier, tmp_path, name):
    said = ranvier("convert", BRAILLE, tmp_path / name, *SNNTORCH, code=2).stderr
    assert ".safetensors" in said
    assert not (tmp_path / name).exists()


def test_show_tells_a_network_in_json(ranvier):
    net = json.loads(ranvier("show", BRAILLE, *SNNTORCH, "--json").stdout)
    assert list(net) == ["kind", "dt_s", "seed", "nodes", "edges", "assumptions"]
    assert (net["kind"], net["dt_s"], net["seed"]) == ("network", 1e-4, 0)
    hidden = {node["name"]: node for node in net["nodes"]}["lif1.lif"]
    assert (hidden["model"], hidden["shape"], hidden["options"]["reset"]) == ("cubalif@1", [38], "zero")
    assert set(hidden["parameters"]["tau_mem"]) == {"shape", "dtype", "min", "max"}
    assert {"source": "lif1.w_rec", "target": "lif1.lif", "delay": 1, "feedback": True} in net["edges"]
    assert net["assumptions"][0]["topic"] == "convention"


def test_show_tells_a_plan_in_json(ranvier, plan):
    told = json.loads(ranvier("show", plan, "--json").stdout)
    assert list(told) == ["kind", "dt_s", "seed", "bytes", "populations", "projections", "notes"]
    assert told["bytes"] == plan.stat().st_size
    assert told == json.loads(ranvier("show", BRAILLE, *SNNTORCH, "--programs", "--json").stdout)


def test_lower_tells_the_size_in_json(ranvier, tmp_path):
    told = json.loads(ranvier("lower", BRAILLE, *SNNTORCH, "-o", tmp_path / "x.plan", "--json").stdout)
    assert told == {"out": str(tmp_path / "x.plan"), "bytes": (tmp_path / "x.plan").stat().st_size}


def test_conventions_are_listed(ranvier):
    listed = json.loads(ranvier("conventions", "--json").stdout)["conventions"]
    assert all(set(entry) == {"name", "sentence"} for entry in listed)
    names = [entry["name"] for entry in listed]
    assert {"exact", "norse", "snntorch", "lava-fixed"} <= set(names)
    assert [line.split(":")[0] for line in ranvier("conventions").stdout.splitlines()] == names
