"""Plans: the same bytes from every door, and a session without the network."""

import pickle

import numpy as np
import pytest

import ranvier as rv


def test_bytes_come_back_the_same(braille_net, tmp_path):
    plan = braille_net.lower()
    plan.save(tmp_path / "net.plan")
    for again in (
        rv.Plan.load(tmp_path / "net.plan"),
        rv.Plan.from_bytes(bytes(plan)),
        pickle.loads(pickle.dumps(plan)),
    ):
        assert bytes(again) == bytes(plan)
    assert bytes(braille_net.lower()) == bytes(plan)
    assert bytes(plan)[:6] == b"RVPLAN" and (tmp_path / "net.plan").read_bytes() == bytes(plan)


def test_a_plan_runs_like_its_network(braille_net, braille_input, device):
    ses = rv.open(braille_net.lower(), device, lanes=1, precision="f32")
    np.testing.assert_array_equal(ses(braille_input), braille_net.to(device)(braille_input))
    assert rv.check(braille_net.lower(), device).ok


def test_a_plan_can_be_read(braille_net):
    plan = braille_net.lower()
    assert "lif1.lif" in str(plan) and "lif1.lif" in plan.describe()
    assert len(plan.describe(with_programs=True)) > len(plan.describe())
    assert "bytes" in repr(plan)


def test_a_damaged_plan_is_refused(lif_net, tmp_path):
    data = bytearray(bytes(lif_net.lower()))
    for place in range(0, len(data), max(1, len(data) // 50)):
        damaged = bytes(data[:place]) + bytes([data[place] ^ 0x55]) + bytes(data[place + 1 :])
        with pytest.raises(rv.Error) as caught:
            rv.Plan.from_bytes(damaged)
        assert caught.value.code in ("bad_file", "incompatible")
    (tmp_path / "short.plan").write_bytes(data[: len(data) // 2])
    for path in (tmp_path / "short.plan", tmp_path / "none.plan"):
        with pytest.raises(rv.Error, match=path.name):
            rv.Plan.load(path)


def test_only_a_plan_can_be_opened(lif_net):
    for other in (lif_net, b"RVPLAN", None):
        with pytest.raises(rv.Error, match="Plan") as caught:
            rv.open(other, "cpu")
        assert caught.value.code == "bad_type"


def test_plans_are_equal_by_their_bytes(braille_net):
    plan = braille_net.lower()
    same = rv.Plan.from_bytes(memoryview(bytes(plan)))
    assert plan == same and hash(plan) == hash(same)
    assert plan != bytes(plan)
    with pytest.raises(rv.Error, match="one after the other"):
        rv.Plan.from_bytes(memoryview(bytes(plan))[::2])
