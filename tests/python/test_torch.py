"""torch's tensors in and out on the same memory; runs where torch is installed, which ./dev test does not demand."""

import warnings

import numpy as np
import pytest

import ranvier as rv
from ranvier.arrays import as_array

torch = pytest.importorskip("torch")


def test_results_are_tensors_without_a_copy(braille_net, braille_input):
    out = braille_net.to("cpu").run(braille_input, record=["lif1.lif.spikes", "lif1.lif.v"])
    spikes = out.spikes["lif1.lif"]
    for array in (out.outputs["output"], out.states["lif1.lif"]["v"], spikes.raster(), spikes.counts(), spikes.dense()):
        for convert in (torch.from_numpy, torch.from_dlpack, torch.as_tensor):
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                tensor = convert(array)
            assert tensor.data_ptr() == array.ctypes.data and tuple(tensor.shape) == array.shape
            np.testing.assert_array_equal(tensor.numpy(), array)


@pytest.mark.parametrize("dtype", [torch.bool, torch.uint8, torch.int64, torch.float32, torch.float64])
def test_tensors_are_input_without_a_copy(braille_net, braille_input, dtype):
    tensor, ses = torch.from_numpy(braille_input).to(dtype), braille_net.to("cpu")
    assert as_array(tensor, "x").ctypes.data == tensor.data_ptr()
    expected = ses(braille_input)
    for form in (tensor, tensor.T.contiguous().T, {"input": tensor}):
        np.testing.assert_array_equal(ses(form), expected)
    np.testing.assert_array_equal(ses(tensor[:, None].expand(-1, 3, -1))[:, 2], expected)


@pytest.mark.parametrize(
    "change, helps",
    [
        (lambda x: x.requires_grad_(), lambda x: x.detach()),
        (lambda x: x.to_sparse(), lambda x: x.to_dense()),
        (lambda x: x.to(torch.bfloat16), lambda x: x.float()),
        (lambda x: x.half(), lambda x: x.float()),
    ],
)
def test_other_tensors_are_refused_with_what_helps(braille_net, braille_input, change, helps):
    ses = braille_net.to("cpu")
    tensor = change(torch.from_numpy(braille_input).float())
    with pytest.raises(rv.Error) as caught:
        ses(tensor)
    assert caught.value.code == "bad_type" and caught.value.where == "input"
    np.testing.assert_array_equal(ses(helps(tensor)), ses(braille_input))
