"""What the emulated Loihi says of a network, and what it runs, against the integers of the saved executable."""

import json

import numpy as np
import pytest

import network_file
import ranvier as rv
from test_loihi_braille import copies, network

LOIHI = "loihi?kind=emulator"
WEIGHTS = {  # path in the report -> group in the executable, linear node in the network
    "input -> fc1 -> lif1.lif": ("input->lif1.lif", "fc1"),
    "lif1.lif -> lif1.w_rec -> lif1.lif": ("lif1.lif->lif1.lif", "lif1.w_rec"),
    "lif1.lif -> fc2 -> lif2": ("lif1.lif->lif2", "fc2"),
}
CASES = [("zero", {}), ("zero", {"scale": "neuron"}), ("subtract", {}), ("subtract", {"calibrate": copies(range(1000, 1004))})]


def saved(executable, folder):
    """The arrays of the export, and what its metadata says of the groups by their name."""
    path = folder / "executable.safetensors"
    executable.save(path, format="safetensors")
    raw = path.read_bytes()
    header = json.loads(raw[8 : 8 + int.from_bytes(raw[:8], "little")])
    data = raw[8 + int.from_bytes(raw[:8], "little") :]
    types = {"I32": np.int32, "I64": np.int64, "F64": np.float64, "U8": np.uint8}
    meta = json.loads(header.pop("__metadata__")["network"])
    arrays = {
        name: np.frombuffer(data[slice(*entry["data_offsets"])], types[entry["dtype"]]).reshape(entry["shape"])
        for name, entry in header.items()
    }
    return arrays, {group["name"]: group for group in meta["groups"]}


def line(report, node, quantity):
    (entry,) = (entry for entry in report.entries if (entry.node, entry.quantity) == (node, quantity))
    return entry.figures


@pytest.mark.parametrize(("reset", "options"), CASES)
def test_the_figures_are_those_of_the_saved_integers(reset, options, tmp_path):
    net = network(reset, "snntorch")
    executable = net.compile(LOIHI, **options)
    arrays, groups = saved(executable, tmp_path)
    for path, (group, node) in WEIGHTS.items():
        figures, target = line(executable.report, path, "weight"), group.split("->")[1]
        asked = np.float64(net.nodes[node].parameters["weight"]).T
        unit = 2.0 ** (6 + groups[group]["exponent"])
        made = arrays[f"{group}/weights"] * unit / arrays[f"{target}/input_scale"]
        there = asked != 0
        error = np.abs(made - asked)[there]
        assert figures["unit"] == unit and figures["weights"] == there.sum()
        assert figures["largest"] == np.abs(asked).max()
        assert figures["max_error"] == pytest.approx(error.max(), rel=1e-12)
        assert figures["mean_error"] == pytest.approx(error.mean(), rel=1e-12)
        assert figures["snr_db"] == pytest.approx(10 * np.log10((asked**2).sum() / (error**2).sum()), rel=1e-12)
        step = unit * 2 / arrays[f"{target}/input_scale"]  # of mixed weights, which are even; the largest is 254
        assert figures["clipped"] == (np.abs(asked) > 127.5 * step).sum()
    for name in ("lif1.lif", "lif2"):
        made = 64.0 * arrays[f"{name}/vth"] / arrays[f"{name}/v_scale"]
        assert line(executable.report, name, "threshold")["made"] in made
        kept = 1 - arrays[f"{name}/dv"] / 4096
        assert line(executable.report, name, "potential decay")["kept_made"] in kept


def as_network(path, executable, folder, dt):
    """The executable's integers as a network of the chip's own models."""
    arrays, groups = saved(executable, folder)
    nodes = {"input": ("input", (12,), {}, {"precision": "i32"})}
    edges = []
    for name in ("lif1.lif", "lif2"):
        keys = ("du", "dv", "vth", "bias_mant", "bias_exp", "refractory", "vmin", "vmax", "u0", "v0")
        count = arrays[[key for key in arrays if key.endswith(f"->{name}/weights")][0]].shape[1]
        nodes[name] = ("loihi_lif", (count,), {key: arrays[f"{name}/{key}"] for key in keys}, {"rules": "lava"})
    for name, group in groups.items():
        source, target = name.split("->")
        format = {"weight_exp": np.int32(group["exponent"]), "num_weight_bits": np.int32(group["bits"])}
        nodes[name] = ("loihi_dense", nodes[target][1], {"weight": arrays[f"{name}/weights"].T, **format}, {"rules": "lava"})
        edges += [(source, name, group["delay"]), (name, target, 0)]
    return rv.load(network_file.write(path, nodes, edges, dt=dt))


@pytest.mark.parametrize(("reset", "options"), CASES)
@pytest.mark.parametrize("device", ["cpu", "reference"])
def test_what_the_chip_runs_is_what_its_integers_do_elsewhere(reset, options, device, tmp_path, braille_input):
    net = network(reset, "snntorch")
    record = [f"{node}.{what}" for node in ("lif1.lif", "lif2") for what in ("spikes", "v")]
    executable = net.compile(f"{LOIHI}&states=chip", **options)
    chip = executable.open().run(braille_input, record=record)
    integers = as_network(tmp_path / "integers.safetensors", executable, tmp_path, 1e-4)
    there = integers.to(device).run(braille_input.astype(np.int32), record=record)
    for node in ("lif1.lif", "lif2"):
        assert chip.spikes[node].counts().sum() > 50
        np.testing.assert_array_equal(chip.spikes[node].counts(), there.spikes[node].counts())
        np.testing.assert_array_equal(chip.states[node]["v"], there.states[node]["v"])


def test_what_is_in_the_chips_integers_runs_the_same_everywhere(data, lif_input):
    net = rv.load(data / "01_lif" / "lif_norse.nir", dt=0.1 * rv.ms, convention="lava-fixed")
    recorded = np.loadtxt(data / "01_lif" / "lif_lava_cpu_fixed.csv", delimiter=",")
    assert all(entry.verdict == "exact" for entry in net.check(LOIHI).entries)
    hashes = set()
    for device in ("cpu", "reference", LOIHI):
        out = net.to(device).run(lif_input, record=["1.spikes", "1.v"])
        np.testing.assert_array_equal(out.spikes["1"].counts()[:, 0], recorded[:, 2])
        np.testing.assert_array_equal(out.states["1"]["v"][:, 0], recorded[:, 1])
        hashes.add(out.hash)
    assert len(hashes) == 1


def test_without_a_chip_the_remedy_is_the_emulator(lif_net):
    for call in (lif_net.to, lif_net.check, lif_net.compile):
        with pytest.raises(rv.Error, match="no Loihi can be reached") as refused:
            call("loihi")
        assert refused.value.code == "not_found" and LOIHI in refused.value.remedy
    listed = {device.name: device for device in rv.devices()}
    assert not listed["loihi"].usable and listed[LOIHI].usable
    assert listed[LOIHI].kind == "emulator" and "lava-nc 0.10.0" in listed[LOIHI].verified
