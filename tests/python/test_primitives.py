"""Each NIR primitive against its closed form in NumPy, on sums that are exact in any order (multiples of 1/256)."""

import numpy as np
import pytest

import nir_file
import ranvier as rv

STEPS = 12
RNG = np.random.default_rng(5)


def grid(*shape):
    """Multiples of 1/256 between -1 and 1."""
    return (RNG.integers(-256, 257, shape) / 256).astype(np.float32)


def load(tmp_path, nodes, edges, **arguments):
    path = nir_file.write(tmp_path / "net.safetensors", {"nodes": nodes, "edges": edges})
    return rv.load(path, **{"dt": 1 * rv.ms, "convention": "exact", **arguments})


def one_node(tmp_path, node, x, out_shape, **arguments):
    """What a node makes of x [T, ...], on both devices."""
    nodes = {"in": nir_file.port("Input", *x.shape[1:]), "node": node, "out": nir_file.port("Output", *out_shape)}
    net = load(tmp_path, nodes, [("in", "node"), ("node", "out")], **arguments)
    on = [net.to(device)(x) for device in ("cpu", "reference")]
    np.testing.assert_array_equal(on[0], on[1])
    return on[0]


def window(x, weight, stride, padding, dilation, groups):
    """Cross-correlation of x [T, Ci, X, Y] as the four sums that it is."""
    (before, after), (kx, ky) = padding, weight.shape[2:]
    x = np.pad(x, ((0, 0), (0, 0), (before[0], after[0]), (before[1], after[1])))
    outs = [(x.shape[2 + a] - dilation[a] * (weight.shape[2 + a] - 1) - 1) // stride[a] + 1 for a in (0, 1)]
    per_group, per_out = x.shape[1] // groups, weight.shape[0] // groups
    y = np.zeros((x.shape[0], weight.shape[0], *outs), np.float64)
    for o in range(weight.shape[0]):
        for c in range(per_group):
            source = x[:, o // per_out * per_group + c]
            for i in range(kx):
                for j in range(ky):
                    rows = slice(i * dilation[0], i * dilation[0] + stride[0] * (outs[0] - 1) + 1, stride[0])
                    columns = slice(j * dilation[1], j * dilation[1] + stride[1] * (outs[1] - 1) + 1, stride[1])
                    y[:, o] += weight[o, c, i, j].astype(np.float64) * source[:, rows, columns]
    return y


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("dilation", [(1, 1), (2, 1)])
@pytest.mark.parametrize("padding", [(0, 0), (2, 1), "valid", "same"])
@pytest.mark.parametrize("stride", [(1, 1), (2, 3)])
def test_conv2d(tmp_path, stride, padding, dilation, groups):
    x, weight, bias = grid(STEPS, 4, 9, 8), grid(6, 4 // groups, 3, 2), grid(6)
    node = dict(type="Conv2d", weight=weight, bias=bias, groups=np.int64(groups), padding=padding)
    node |= {"stride": np.array(stride), "dilation": np.array(dilation)}
    if not isinstance(padding, str):
        node["padding"] = np.array(padding)
    spans = [dilation[a] * (weight.shape[2 + a] - 1) for a in (0, 1)]
    sides = {"valid": ((0, 0), (0, 0)), "same": ([s // 2 for s in spans], [s - s // 2 for s in spans])}
    pads = sides[padding] if isinstance(padding, str) else (padding, padding)
    if padding == "same" and stride != (1, 1):
        with pytest.raises(rv.Error, match="stride 1"):
            one_node(tmp_path, node, x, (6, 9, 8))
        return
    expected = window(x, weight, stride, pads, dilation, groups) + bias[:, None, None]
    np.testing.assert_array_equal(one_node(tmp_path, node, x, expected.shape[1:]), expected)


@pytest.mark.parametrize("groups", [1, 3])
@pytest.mark.parametrize("stride, padding, dilation", [(1, 0, 1), (2, 1, 1), (1, 2, 2), (1, "same", 3), (1, "valid", 1)])
def test_conv1d(tmp_path, stride, padding, dilation, groups):
    x, weight, bias = grid(STEPS, 3, 11), grid(3, 3 // groups, 4), grid(3)
    node = dict(type="Conv1d", weight=weight, bias=bias, stride=np.int64(stride), dilation=np.int64(dilation))
    node |= {"groups": np.int64(groups), "padding": padding if isinstance(padding, str) else np.int64(padding)}
    span = dilation * 3
    before, after = {"valid": (0, 0), "same": (span // 2, span - span // 2)}.get(padding, (padding, padding))
    flat = window(x[..., None], weight[..., None], (stride, 1), ((before, 0), (after, 0)), (dilation, 1), groups)
    expected = flat[..., 0] + bias[:, None]
    np.testing.assert_array_equal(one_node(tmp_path, node, x, expected.shape[1:]), expected)


@pytest.mark.parametrize("kind", ["SumPool2d", "AvgPool2d"])
@pytest.mark.parametrize(
    "kernel, stride, padding", [((2, 2), (2, 2), (0, 0)), ((3, 2), (2, 1), (1, 1)), ((4, 4), (4, 4), (0, 0))]
)
def test_pooling(tmp_path, kind, kernel, stride, padding):
    x = grid(STEPS, 3, 8, 9)
    node = dict(type=kind, kernel_size=np.array(kernel), stride=np.array(stride), padding=np.array(padding))
    each = np.zeros((3, 1, *kernel), np.float32) + 1
    expected = window(x, each, stride, (padding, padding), (1, 1), 3).astype(np.float32)
    if kind == "AvgPool2d":
        expected = expected / np.float32(kernel[0] * kernel[1])
    np.testing.assert_array_equal(one_node(tmp_path, node, x, expected.shape[1:]), expected)


@pytest.mark.parametrize("first, last, shape", [(0, -1, (24,)), (1, -1, (2, 12)), (0, 1, (6, 4)), (1, 1, (2, 3, 4))])
def test_flatten(tmp_path, first, last, shape):
    x = grid(STEPS, 2, 3, 4)
    node = dict(type="Flatten", start_dim=np.int64(first), end_dim=np.int64(last), input_type=np.array([2, 3, 4]))
    np.testing.assert_array_equal(one_node(tmp_path, node, x, shape), x.reshape(STEPS, *shape))


def test_scale_and_stacked_linear(tmp_path):
    x, scale, weight = grid(STEPS, 2, 3), grid(2, 3), grid(2, 5, 3)
    np.testing.assert_array_equal(one_node(tmp_path, dict(type="Scale", scale=scale), x, (2, 3)), x * scale)
    stacked = one_node(tmp_path, dict(type="Linear", weight=weight), x, (2, 5))
    np.testing.assert_array_equal(stacked, np.einsum("aoi,tai->tao", weight.astype(np.float64), x))


def test_delay_holds_back_each_neuron_by_its_own(tmp_path):
    x, delay = grid(STEPS, 4), np.array([0.0, 0.001, 0.0026, 0.02])  # in steps of 1 ms: 0, 1, 3 (2.6), 20
    y = one_node(tmp_path, dict(type="Delay", delay=delay), x, (4,))
    for neuron, steps in enumerate([0, 1, 3, 20]):
        np.testing.assert_array_equal(y[:, neuron], np.concatenate([np.zeros(steps), x[:, neuron]])[:STEPS])
    net = load(
        tmp_path,
        {"in": nir_file.port("Input", 4), "d": dict(type="Delay", delay=delay), "out": nir_file.port("Output", 4)},
        [("in", "d"), ("d", "out")],
    )
    assert "1 of 4 delays are no multiples of dt" in net.lower().describe()


def test_threshold_i_and_li(tmp_path):
    x = grid(STEPS, 3)
    above = one_node(tmp_path, dict(type="Threshold", threshold=np.float32([0, 0.5, -0.5])), x, (3,))
    np.testing.assert_array_equal(above, x > np.float32([0, 0.5, -0.5]))
    total = one_node(tmp_path, dict(type="I", r=np.float32([1000, 500, -250])), x, (3,))
    np.testing.assert_allclose(total, np.cumsum(x, axis=0) * [1, 0.5, -0.25], rtol=0, atol=1e-6)
    decay = np.exp(-1 / 4)
    v, expected = np.zeros(3), []
    for row in x.astype(np.float64):
        v = decay * v + (1 - decay) * (2 * row + 0.25)
        expected.append(v)
    node = dict(type="LI", tau=np.full(3, 0.004), r=np.full(3, 2.0), v_leak=np.full(3, 0.25))
    np.testing.assert_allclose(one_node(tmp_path, node, x, (3,)), expected, rtol=0, atol=1e-6)


def test_a_single_parameter_stands_for_all_neurons(tmp_path):
    x = 4 * grid(40, 5)
    one = dict(type="LIF", tau=np.float64(0.01), r=np.float64(1), v_leak=np.float64(0), v_threshold=np.float64(0.5))
    many = {key: value if key == "type" else np.full(5, value) for key, value in one.items()}
    np.testing.assert_array_equal(one_node(tmp_path, one, x, (5,)), one_node(tmp_path, many, x, (5,)))


def test_several_inputs_outputs_and_edges_into_one_node(tmp_path):
    a, b, weight = grid(STEPS, 3), grid(STEPS, 2), grid(3, 2)
    nodes = {"a": nir_file.port("Input", 3), "b": nir_file.port("Input", 2), "w": dict(type="Linear", weight=weight)}
    nodes |= {"sum": nir_file.port("Output", 3), "b again": nir_file.port("Output", 2)}
    net = load(tmp_path, nodes, [("a", "sum"), ("b", "w"), ("w", "sum"), ("b", "b again")])
    y = net.to("cpu")({"a": a, "b": b})
    np.testing.assert_array_equal(y["sum"], a + b @ weight.T)
    np.testing.assert_array_equal(y["b again"], b)


LIF = dict(type="LIF", tau=np.full(4, 0.005), r=np.ones(4), v_leak=np.zeros(4), v_threshold=np.full(4, 0.25))


def recurrent(prefix=""):
    nodes = {"lif": LIF, "w_rec": dict(type="Linear", weight=grid(4, 4))}
    return {prefix + name: node for name, node in nodes.items()}


@pytest.mark.parametrize("ports", [("hidden", "hidden"), ("hidden.input", "hidden.output")])
def test_a_nested_graph_is_its_nodes(tmp_path, ports):
    x, inner = 3 * grid(60, 4), recurrent()
    nested = {"type": "NIRGraph", "nodes": {"input": nir_file.port("Input", 4), **inner, "output": nir_file.port("Output", 4)}}
    nested["edges"] = [("input", "lif"), ("lif", "w_rec"), ("w_rec", "lif"), ("lif", "output")]
    around = {"in": nir_file.port("Input", 4), "out": nir_file.port("Output", 4)}
    net = load(tmp_path, {**around, "hidden": nested}, [("in", ports[0]), (ports[1], "out")])
    flat = {f"hidden.{name}": node for name, node in inner.items()}
    edges = [("in", "hidden.lif"), ("hidden.lif", "hidden.w_rec"), ("hidden.w_rec", "hidden.lif"), ("hidden.lif", "out")]
    expected = load(tmp_path, {**around, **flat}, edges).to("cpu")(x)
    np.testing.assert_array_equal(net.to("cpu")(x), expected)
    assert expected.any() and {"hidden.input", "hidden.lif", "hidden.w_rec", "hidden.output"} < set(net.nodes)


def contradictions():
    """(what, nodes, edges, words of the strict error, words of the lenient assumption or None where it is refused too)"""
    inp, out, lif = nir_file.port("Input", 4), nir_file.port("Output", 4), LIF
    plain = {"in": inp, "lif": lif, "out": out}
    chain = [("in", "lif"), ("lif", "out")]
    short = nir_file.port("Output", 1, 1, 4)
    extra = dict(lif, colour=np.zeros(4))
    mixed = dict(lif, tau=np.full(1, 0.005))
    wrong = dict(type="Linear", weight=np.zeros((4, 3)))
    flat = dict(type="Flatten", start_dim=np.int64(1), end_dim=np.int64(-1), input_type=np.array([2, 1, 3]))
    boxes = {"in": nir_file.port("Input", 2, 3, 1), "flat": flat, "out": nir_file.port("Output", 2, 3)}
    sides = dict(stride=1, padding=0, dilation=1, groups=1)
    conv = dict(type="Conv2d", weight=np.zeros((1, 2, 0, 1)), bias=np.zeros(1), **{k: np.int64(v) for k, v in sides.items()})
    two = {"type": "NIRGraph", "nodes": {"a": inp, "b": inp, "o": out}, "edges": [("a", "o"), ("b", "o")]}
    return [
        ("dangling", plain, [*chain, ("lif", "gone")], ["lif -> gone", "does not exist"], "left out"),
        ("twice", plain, [*chain, ("in", "lif")], ["in -> lif", "twice"], "counted once"),
        ("shape", {**plain, "out": short}, chain, ["lif -> out", "[1, 1, 4]", "[4]"], "which arrives"),
        ("dataset", {**plain, "lif": extra}, chain, ["lif", "colour"], "left out"),
        ("parameters", {**plain, "lif": mixed}, chain, ["lif", "tau", "[1]"], "stands for all"),
        ("weight", {**plain, "lif": wrong}, chain, ["in -> lif", "[3]", "[4]"], None),
        ("declared", boxes, [("in", "flat"), ("flat", "out")], ["flat", "input_type", "[2, 3, 1]"], "What arrives holds"),
        (
            "both",
            {**boxes, "b": nir_file.port("Input", 2, 1, 3)},
            [("in", "flat"), ("b", "flat"), ("flat", "out")],
            ["flat"],
            None,
        ),
        ("no kernel", {**boxes, "flat": conv}, [("in", "flat"), ("flat", "out")], ["flat", "[1, 2, 0, 1]", "at least 1"], None),
        ("identity", {**plain, "lif": dict(type="Identity", shape=np.array([4]))}, chain, ["lif", "Identity"], None),
        ("ports", {**plain, "lif": two}, chain, ["in -> lif", "several", "lif.a"], None),
        ("clash", {**plain, "g.o": out, "g": {"type": "NIRGraph", "nodes": {"o": out}, "edges": []}}, chain, ["g.o"], None),
        ("type", {**plain, "lif": dict(type="Izhikevich")}, chain, ["lif", "Izhikevich", "CubaLIF"], None),
        ("kernel", {**plain, "lif": dict(type="AvgPool2d", kernel_size=[2], stride=[2], padding=[0])}, chain, ["[4]"], None),
    ]


@pytest.mark.parametrize(
    "what, nodes, edges, words, mended", contradictions(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_what_contradicts_itself_is_refused_or_said(tmp_path, what, nodes, edges, words, mended):
    with pytest.raises(rv.Error) as caught:
        load(tmp_path, nodes, edges)
    assert all(word in str(caught.value) for word in words)
    if mended is None:
        with pytest.raises(rv.Error):
            load(tmp_path, nodes, edges, strict=False)
        return
    net = load(tmp_path, nodes, edges, strict=False)
    assert any(mended in sentence for sentence in net.assumptions.values())
    assert net.to("cpu")(3 * grid(60, *next(iter(net.nodes.values())).shape)).any()
