"""Devices: what there is, and why something is not usable."""

import os
import subprocess
import sys

import ranvier as rv


def test_our_own_devices_are_usable():
    found = {device.name: device for device in rv.devices()}
    assert {"cpu", "reference", "null"} <= set(found)
    for name in ("cpu", "reference"):
        assert found[name].usable and found[name].reason == "" and found[name].version
        assert os.path.isfile(found[name].path) and found[name].facts["grade"] == "bit-exact"


def test_a_file_that_is_no_driver_is_listed_with_the_reason(tmp_path):
    (tmp_path / "broken.so").write_bytes(b"\x7fELF no driver")
    code = "import ranvier as rv; print(rv.devices()); print([d.reason for d in rv.devices() if not d.usable])"
    env = {**os.environ, "RANVIER_DRIVER_PATH": str(tmp_path)}
    told = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True).stdout
    assert str(tmp_path / "broken.so") in told.split("\n[")[0]
    assert "broken" in told and "not usable" in told and "cpu" in told


def test_a_device_prints_on_a_line():
    lines = repr(rv.devices()).splitlines()
    assert len(lines) == len(rv.devices()) and any(line.startswith("cpu ") for line in lines)
    assert all(len(repr(device).splitlines()) == 1 for device in rv.devices())
