"""Writes the hostile NIR files beside this script: each is a small valid graph but for one thing that must be refused.

    python tests/data/hostile/make.py        (h5py 3.x)

The files are kept, so that the tests need no Python; this script says what is in them.
"""

import zlib
from pathlib import Path

import h5py
import numpy as np

HERE = Path(__file__).parent
STRING = h5py.string_dtype()


def graph(name, edges=(("input", "lif"), ("lif", "output")), libver=("earliest", "v108")):
    """Opens a file with input -> lif -> output; the caller spoils it. Old-style groups, as the reference writer makes them."""
    file = h5py.File(HERE / f"{name}.nir", "w", libver=libver)
    file["version"] = "1.0.8"
    file["node/type"] = "NIRGraph"
    if edges is not None:
        file.create_dataset("node/edges", data=np.array(edges, dtype=object), dtype=STRING)
    for end in ("input", "output"):
        file[f"node/nodes/{end}/type"] = end.capitalize()
        file[f"node/nodes/{end}/shape"] = np.array([2], dtype=np.int64)
    lif = file.create_group("node/nodes/lif")
    lif["type"] = "LIF"
    for parameter in ("tau", "r", "v_leak", "v_threshold"):
        lif[parameter] = np.ones(2, dtype=np.float32)
    return file, lif


def spoil(name, **arguments):
    """Registers a function that spoils the LIF node of one file."""

    def register(function):
        file, lif = graph(name, **arguments)
        with file:
            function(file, lif)
        return function

    return register


def replace(lif, name, **arguments):
    del lif[name]
    return lif.create_dataset(name, **arguments)


@spoil("external_link")
def _(file, lif):
    del lif["tau"]
    lif["tau"] = h5py.ExternalLink("other.h5", "/secret")


@spoil("external_link_node")
def _(file, lif):
    file["node/nodes/x"] = h5py.ExternalLink("other.h5", "/node")


@spoil("external_link_root")
def _(file, lif):
    file["anything"] = h5py.ExternalLink("other.h5", "/")


@spoil("soft_link")
def _(file, lif):
    del lif["tau"]
    lif["tau"] = h5py.SoftLink("/node/nodes/lif/r")


@spoil("external_storage")
def _(file, lif):
    replace(lif, "tau", shape=(2,), dtype="f4", external=[("/etc/hostname", 0, 8)])


@spoil("committed_type")
def _(file, lif):
    file["named"] = np.dtype("f4")
    del lif["tau"]
    lif.create_dataset("tau", data=np.ones(2), dtype=file["named"])


@spoil("committed_type_member")
def _(file, lif):
    del lif["tau"]
    lif["tau"] = np.dtype("f4")


@spoil("absurd_extent")
def _(file, lif):
    replace(lif, "tau", shape=(2**32, 2**32), dtype="f4", chunks=(64, 64))


@spoil("absurd_extent_contiguous")
def _(file, lif):
    replace(lif, "tau", shape=(2**40,), dtype="f4")


@spoil("absurd_chunk")
def _(file, lif):
    replace(lif, "tau", shape=(2,), maxshape=(None,), dtype="f4", chunks=(2**29,))


@spoil("absurd_string")
def _(file, lif):
    del lif["type"]
    lif.create_dataset("type", shape=(), dtype="S2000000000")


@spoil("many_edges")
def _(file, lif):
    del file["node/edges"]
    file.create_dataset("node/edges", shape=(2**31, 2), dtype=STRING, chunks=(1024, 2))


@spoil("bomb")
def _(file, lif):
    # 32 MB that deflate could not make of a file of less than 20 kB.
    tau = replace(lif, "tau", shape=(8_000_000,), dtype="f4", compression="gzip", chunks=(8_000_000,))
    tau.id.write_direct_chunk((0,), zlib.compress(b"\0" * 1_000_000, 9))


@spoil("bomb_in_chunk")
def _(file, lif):
    # The chunk says 64 bytes; what lies there inflates to 2 MB.
    tau = replace(lif, "tau", shape=(16,), dtype="f4", chunks=(16,), compression="gzip")
    tau.id.write_direct_chunk((0,), zlib.compress(b"\0" * 2_000_000, 9))


@spoil("damaged_deflate")
def _(file, lif):
    tau = replace(lif, "tau", shape=(16,), dtype="f4", chunks=(16,), compression="gzip")
    tau.id.write_direct_chunk((0,), b"this is no deflate stream")


@spoil("missing_chunk")
def _(file, lif):
    tau = replace(lif, "tau", shape=(4,), dtype="f4", chunks=(2,), compression="gzip")
    tau[:2] = 1


@spoil("no_data")
def _(file, lif):
    replace(lif, "tau", shape=(2,), dtype="f4")


@spoil("null_space")
def _(file, lif):
    del lif["tau"]
    lif["tau"] = h5py.Empty("f4")


@spoil("lzf_damaged")
def _(file, lif):
    tau = replace(lif, "tau", shape=(16,), dtype="f4", chunks=(16,), compression="lzf")
    tau.id.write_direct_chunk((0,), b"\xe0\xff\xff")  # refers back to before the beginning


@spoil("lzf_of_another_size")
def _(file, lif):
    replace(lif, "tau", data=np.zeros(16, "f4"), chunks=(16,), compression="lzf")


# The filter's values: 4, 261, and the size of a chunk.
_path = HERE / "lzf_of_another_size.nir"
_sizes = [np.array([4, 261, size], "<u4").tobytes() for size in (64, 4096)]
_path.write_bytes(_path.read_bytes().replace(*_sizes))

for filter_name, arguments in {
    "shuffle": {"shuffle": True, "compression": "gzip"},
    "fletcher32": {"fletcher32": True},
    "scaleoffset": {"scaleoffset": 3},
}.items():
    _file, _lif = graph(f"filter_{filter_name}")
    with _file:
        replace(_lif, "tau", data=np.ones(16, "f4"), chunks=(16,), **arguments)

for type_name, dtype in {
    "float16": np.float16,
    "uint16": np.uint16,
    "uint64": np.uint64,
    "complex": np.complex64,
    "opaque": np.dtype("V4"),
    "long_double": np.longdouble,
}.items():
    _file, _lif = graph(f"type_{type_name}")
    with _file:
        replace(_lif, "tau", data=np.zeros(2, dtype))


@spoil("type_enum")
def _(file, lif):
    replace(lif, "tau", data=np.zeros(2, "i1"), dtype=h5py.enum_dtype({"RED": 0, "GREEN": 1}, basetype="i1"))


@spoil("type_reference")
def _(file, lif):
    replace(lif, "tau", shape=(1,), dtype=h5py.ref_dtype)[0] = lif.ref


@spoil("type_list")
def _(file, lif):
    replace(lif, "tau", shape=(1,), dtype=h5py.vlen_dtype(np.float32))[0] = np.ones(3, np.float32)


@spoil("nine_dimensions")
def _(file, lif):
    replace(lif, "tau", data=np.ones((1,) * 9, "f4"))


@spoil("bool_of_two")
def _(file, lif):
    flag = replace(lif, "tau", data=np.array([True, False]))
    flag.id.write(h5py.h5s.ALL, h5py.h5s.ALL, np.array([2, 0], "i1"), mtype=flag.id.get_type())


@spoil("text_list")
def _(file, lif):
    lif.create_dataset("padding", data=np.array(["same", "valid"], dtype=object), dtype=STRING)


@spoil("text_not_utf8")
def _(file, lif):
    lif["padding"] = np.array(b"sa\xffme", dtype="S5")


@spoil("name_not_utf8")
def _(file, lif):
    nodes = file["node/nodes"]
    nodes.id.links.move(b"lif", nodes.id, b"l\xfff")


@spoil("name_of_a_terminal")
def _(file, lif):
    # Refused for its second tau; the message must not let the escape sequence through.
    file["node/nodes"].move("lif", "\x1b]0;owned\x07\nlif")
    del file["node/nodes/\x1b]0;owned\x07\nlif/tau"]
    file["node/nodes/\x1b]0;owned\x07\nlif/tau"] = h5py.SoftLink("/x")


@spoil("group_as_parameter")
def _(file, lif):
    del lif["tau"]
    lif.create_group("tau")


@spoil("loop")
def _(file, lif):
    # A hard link from a node to its own parent.
    file["node/nodes/loop"] = file["node"]


@spoil("node_is_dataset")
def _(file, lif):
    file["node/nodes/x"] = 1.0


@spoil("no_type")
def _(file, lif):
    del lif["type"]


@spoil("type_of_numbers")
def _(file, lif):
    del lif["type"]
    lif["type"] = 7


def nest(file, name="inner"):
    """Puts a copy of the graph into the graph as a node."""
    file.copy(file["node"], file, "copy")
    file.move("copy", f"node/nodes/{name}")
    return file[f"node/nodes/{name}"]


@spoil("nested_34", libver=("v108", "v108"))
def _(file, lif):
    group = file["node/nodes"]
    for _ in range(34):
        group = group.create_group("n")
        group["type"] = "NIRGraph"
        group.create_dataset("edges", shape=(0,), dtype="f8")
        group = group.create_group("nodes")


@spoil("doubling", libver=("v108", "v108"))
def _(file, lif):
    # 20 graphs, each twice in the next one: a million when followed.
    inner = None
    for level in range(20):
        graph = file.create_group(f"level{level}")
        graph["type"] = "NIRGraph"
        graph.create_dataset("edges", shape=(0,), dtype="f8")
        graph.create_group("nodes")
        if inner is not None:
            graph["nodes/a"] = graph["nodes/b"] = inner
        inner = graph
    file["node/nodes/x"] = inner


@spoil("soft_loop")
def _(file, lif):
    file["node/nodes/self"] = h5py.SoftLink("/node/nodes/self")


@spoil("nested_extra")
def _(file, lif):
    nest(file)["extra"] = 1.0


@spoil("nested_no_edges")
def _(file, lif):
    del nest(file)["edges"]


@spoil("nested_bad_node")
def _(file, lif):
    del nest(file)["nodes/lif/type"]


@spoil("metadata_loop")
def _(file, lif):
    metadata = lif.create_group("metadata")
    metadata["m"] = metadata


@spoil("metadata_link")
def _(file, lif):
    lif["metadata/far"] = h5py.ExternalLink("other.h5", "/secret")


@spoil("metadata_dataset")
def _(file, lif):
    lif["metadata"] = 1.0


@spoil("metadata_table")
def _(file, lif):
    lif.create_dataset("metadata/words", data=np.array([["a", "b"]], dtype=object), dtype=STRING)


@spoil("metadata_bomb")
def _(file, lif):
    lif.create_dataset("metadata/big", shape=(2**32, 2**32), dtype="f4", chunks=(64, 64))


@spoil("edges_of_floats")
def _(file, lif):
    del file["node/edges"]
    file["node/edges"] = np.array([[0.0, 1.0]])


@spoil("edges_of_integers")
def _(file, lif):
    del file["node/edges"]
    file["node/edges"] = np.array([[0, 1], [1, 2]])


@spoil("edges_of_three")
def _(file, lif):
    del file["node/edges"]
    file.create_dataset("node/edges", data=np.array([["input", "lif", "x"]], dtype=object), dtype=STRING)


@spoil("edges_empty_name")
def _(file, lif):
    del file["node/edges"]
    file.create_dataset("node/edges", data=np.array([["input", ""]], dtype=object), dtype=STRING)


@spoil("extra_member")
def _(file, lif):
    file["node/extra"] = 1.0


@spoil("root_is_node")
def _(file, lif):
    del file["node/type"]
    file["node/type"] = "LIF"


graph("no_edges", edges=None)[0].close()

# Virtual datasets exist only in files of HDF5 1.10 and newer.
with h5py.File(HERE / "virtual_dataset.nir", "w", libver=("v110", "v110")) as late:
    late["version"] = "1.0.8"
    late["node/type"] = "NIRGraph"
    late.create_dataset("node/edges", shape=(0,), dtype="f8")
    late["node/nodes/lif/type"] = "LIF"
    layout = h5py.VirtualLayout(shape=(2,), dtype="f4")
    layout[:] = h5py.VirtualSource("other.h5", "secret", shape=(2,))
    late["node/nodes/lif"].create_virtual_dataset("tau", layout)

# Good files with what real ones have too: fixed strings, bool, big endian, compact storage, a user block, lzf, metadata.
file, lif = graph("good_variety")
with file:
    del lif["type"]
    lif["type"] = np.array(b"LIF", dtype="S10")
    replace(lif, "tau", data=np.array([1.5, 2.5], dtype=">f4"))
    replace(lif, "r", data=np.array([True, False]))
    replace(lif, "v_leak", data=np.array([-1, 300], dtype=">i2"))
    lif["u8"] = np.array([0, 255], dtype="u1")
    lif["i8"] = np.array([-128, 127], dtype="i1")
    lif["i32"] = np.array(-5, dtype="i4")
    lif["spaced"] = np.array(b"same", dtype="S8")
file, lif = graph("good_lzf")
with file:
    replace(lif, "tau", data=np.arange(3000, dtype="f4") % 100, compression="lzf", chunks=(1000,))
    replace(lif, "r", data=np.zeros(5000, "f4"), compression="lzf")
file, lif = graph("good_metadata")
with file:
    file["node/metadata/by"] = "someone"
    metadata = lif.create_group("metadata")
    metadata["note"] = "a text"
    metadata["count"] = 2
    metadata["flag"] = True
    metadata["values"] = np.array([1.0, 2.0])
    metadata["tags"] = ["a", "b"]
    metadata["inner/innermost/x"] = "y"
# The layout of the reference library's first versions (its write.py of July 2023).
with h5py.File(HERE / "good_legacy.nir", "w") as legacy:
    for index, node in enumerate(
        [
            {"type": "Input", "shape": [2]},
            {"type": "Linear", "weights": np.ones((2, 2)), "bias": np.zeros(2)},
            {"type": "LIF", "tau": np.ones(2), "r": np.ones(2), "v_leak": np.zeros(2), "v_th": np.ones(2)},
            {"type": "Output"},
        ]
    ):
        for key, value in node.items():
            legacy[f"nodes/{index}/{key}"] = value
    legacy["edges"] = [(0, 1), (1, 2), (2, 3)]
with h5py.File(HERE / "good_user_block.nir", "w", userblock_size=1024) as shifted:
    shifted["version"] = "1.0.8"
    shifted["node/type"] = "NIRGraph"
    shifted.create_dataset("node/edges", shape=(0,), dtype="f8")
    shifted["node/nodes/lif/type"] = "LIF"
    shifted["node/nodes/lif/tau"] = np.float64(2.0)

for path in HERE.glob("*.nir"):
    assert path.stat().st_size < 40_000, path
