"""Pictures of results: what is drawn is what was recorded, and nothing is touched that is not ours."""

import subprocess
import sys
import time

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure

import nir_file
import ranvier as rv


@pytest.fixture
def out(braille_net, braille_input):
    """Two lanes, from step 16 on."""
    x = np.stack([braille_input, braille_input[::-1]], axis=1)
    ses = braille_net.to("cpu", lanes=2)
    ses.run(x[:16])
    return ses.run(x[16:], record=["lif1.lif.spikes", "lif2.spikes", "lif2.v", "lif1.lif.v"], every=2)


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def drawn(axes):
    """The marks of a raster, sorted."""
    return sorted(map(tuple, axes.lines[0].get_xydata()))


def test_a_raster_marks_each_event(out):
    spikes = out.spikes["lif1.lif"]
    axes = Figure().subplots()
    assert spikes.plot(ax=axes, lanes=1) is axes
    assert drawn(axes) == sorted((event.t, event.i) for event in spikes if event.lane == 1)
    assert axes.get_xlabel() == "time (ms)" and axes.get_ylabel() == "neuron"
    np.testing.assert_allclose(axes.get_xlim(), (1.6, 25.6))
    assert axes.get_ylim() == (-0.5, 37.5) and axes.get_title(loc="left") == "lif1.lif.spikes, lane 1 of 2"


def test_lanes_are_stacked(out):
    spikes = out.spikes["lif2"]
    axes = spikes.plot(ax=Figure().subplots(), lanes=[1, 0])
    assert drawn(axes) == sorted((event.t, event.i + 7 * (event.lane == 0)) for event in spikes)
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["1", "0"] and axes.get_ylabel() == "lane"


def test_rates_are_hertz_of_a_neuron(out):
    spikes = out.spikes["lif1.lif"]
    axes = spikes.plot("rates", ax=Figure().subplots(), lanes=[0, 1], bin=5 * rv.ms)
    assert axes.get_ylabel() == "rate (Hz)" and len(axes.patches) == 2
    counts = spikes.counts()
    for lane, stairs in enumerate(axes.patches):
        values, edges, _ = stairs.get_data()
        np.testing.assert_allclose(edges, [1.6, 6.6, 11.6, 16.6, 21.6, 25.6])
        sums = [counts[a:b, lane].sum() for a, b in [(0, 50), (50, 100), (100, 150), (150, 200), (200, 240)]]
        np.testing.assert_allclose(values, sums / (38 * np.diff(edges) * 1e-3))


def test_traces_are_lines_for_few_and_an_image_for_many(out):
    few, many = out.plot("traces", nodes=["lif2", "lif1.lif"], lanes=1)[::-1]
    assert len(few.lines) == 7 and few.get_ylabel() == "v"
    for i, line in enumerate(few.lines):
        np.testing.assert_array_equal(line.get_ydata(), out.states["lif2"]["v"][:, 1, i])
        np.testing.assert_allclose(line.get_xdata(), (np.arange(16, 256, 2) + 1) * 0.1)
    (image,) = many.images
    np.testing.assert_array_equal(image.get_array(), out.states["lif1.lif"]["v"][:, 1].T)
    assert many.get_ylim() == (-0.5, 37.5)


def test_a_result_draws_all_that_was_recorded(out, braille_net, braille_input):
    axes = out.plot()
    assert [axis.get_title(loc="left").split(",")[0] for axis in axes] == [
        "lif1.lif.spikes", "lif2.spikes", "lif1.lif.v", "lif2.v",
    ]  # fmt: skip
    assert len({axis.get_xlim() for axis in axes}) == 1
    assert [axis.get_title(loc="left") for axis in braille_net.to("cpu").run(braille_input).plot()] == ["output.output"]


def test_a_comparison_draws_where_spikes_differ(braille_net, braille_input):
    batch = np.stack([braille_input, braille_input[::-1]], axis=1)
    found = rv.compare(braille_net, ["cpu", "reference", "null"], batch)
    _, other = found.pairs
    axes = found.plot()
    assert [axis.get_title(loc="left").split(":")[0] for axis in axes] == [
        "lif1.lif, cpu and reference", "lif2, cpu and reference", "cpu and reference",
        "lif1.lif, cpu and null", "lif2, cpu and null", "cpu and null",
    ]  # fmt: skip
    assert axes[0].get_title(loc="left").endswith(": equal") and not axes[0].images[0].get_array().any()

    raster = braille_net.to("cpu", lanes=2).run(batch, record=["lif1.lif.spikes"]).spikes["lif1.lif"].raster()
    by_bin = raster.reshape(128, 2, 2, 38).sum((1, 2))  # bins of two steps; lanes together
    np.testing.assert_array_equal(axes[3].images[0].get_array(), by_bin.T)
    rates, edges, _ = axes[5].patches[0].get_data()
    np.testing.assert_allclose(rates, by_bin.sum(axis=1) / (0.2e-3 * 38 * 2))
    np.testing.assert_allclose(edges, np.arange(129) * 0.2)
    assert len(other.plot(ax=Figure().subplots(3))) == 3 and len(plt.get_fignums()) == 1
    with pytest.raises(rv.Error) as caught:
        rv.compare(braille_net, ["cpu", "reference"], steps=0).plot()
    assert caught.value.code == "failed_precondition"


def test_given_axes_leave_pyplot_alone(out):
    out.plot("raster", ax=Figure().subplots(2))
    out.spikes["lif1.lif"].plot(ax=Figure().subplots())
    assert plt.get_fignums() == []
    code = (
        "import sys, numpy as np, ranvier as rv; from matplotlib.figure import Figure\n"
        f"net = rv.load({str(out_path())!r}, dt=0.1 * rv.ms)\n"
        "out = net.to('cpu').run(np.ones((20, 1)), record=['1.spikes', '1.v'])\n"
        "out.plot(ax=Figure().subplots(2)); print('matplotlib.pyplot' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def out_path():
    from places import NIR_PAPER

    return NIR_PAPER / "01_lif" / "lif_norse.nir"


@pytest.mark.parametrize(
    "use, code, where",
    [
        (lambda out: out.plot("bars"), "bad_value", "kind"),
        (lambda out: out.spikes["lif1.lif"].plot("traces"), "bad_value", "kind"),
        (lambda out: out.plot(lanes=2), "out_of_range", "lanes"),
        (lambda out: out.plot(lanes=[]), "bad_value", "lanes"),
        (lambda out: out.plot(lanes="all"), "bad_type", "lanes"),
        (lambda out: out.plot(nodes="lif3"), "unknown_name", "lif3"),
        (lambda out: out.plot(ax=Figure().subplots(3)), "bad_shape", "ax"),
        (lambda out: out.spikes["lif1.lif"].plot("rates", bin=0.25 * rv.ms), "bad_value", "bin"),
        (lambda out: out.spikes["lif1.lif"].plot("rates", bin=5), "bad_unit", "bin"),
        (lambda out: out.spikes["lif1.lif"].plot(bin=5 * rv.ms), "invalid_argument", "bin"),
    ],
)
def test_slips_are_told(out, use, code, where):
    with pytest.raises(rv.Error) as caught:
        use(out)
    assert (caught.value.code, caught.value.where) == (code, where) and caught.value.remedy
    assert plt.get_fignums() == []


def test_nothing_to_draw(braille_net):
    with pytest.raises(rv.Error) as caught:
        braille_net.to("cpu").run(steps=3, outputs=False).plot()
    assert caught.value.code == "failed_precondition"


def test_runs_of_no_steps_and_hostile_names_are_drawn(tmp_path):
    name = "a$\\frac{$<b>\n"
    nodes = {"in": nir_file.port("Input", 1), name: nir_file.lif(1, tau=1e-3), "out": nir_file.port("Output", 1)}
    path = nir_file.write(tmp_path / "x.safetensors", {"nodes": nodes, "edges": [("in", name), (name, "out")]})
    ses = rv.load(path, dt=1 * rv.ms).to("cpu")
    for steps in (0, 1, 5):
        out = ses.run(steps=steps, record=[f"{name}.spikes", f"{name}.v"])
        for kind in ("raster", "rates", "traces"):
            (axes,) = out.plot(kind)
            axes.figure.savefig(tmp_path / "x.png")


def test_a_hundred_thousand_events_are_no_burden(tmp_path):
    path = nir_file.write(tmp_path / "x.safetensors", nir_file.chain(nir_file.lif(500, tau=1e-3, v_threshold=0.1)))
    x = np.random.default_rng(0).random((1000, 500))
    spikes = rv.load(path, dt=1 * rv.ms).to("cpu").run(x, record="n0.spikes").spikes["n0"]
    assert len(spikes) > 100_000
    started = time.process_time()
    spikes.plot().figure.savefig(tmp_path / "many.pdf")
    assert time.process_time() - started < 10  # a marker an event in vectors would take far longer and 10 MB
    assert (tmp_path / "many.pdf").stat().st_size < 1_000_000
