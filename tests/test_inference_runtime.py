"""The runtime: padding, tiles, devices, and graphs that are not what they say."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import helper, numpy_helper
from scipy.signal import correlate2d

from models import constant_model, conv_model, model_bytes, model_of, palette_spec, rgb_spec
from photochrom.errors import ModelFileError, OptionError, OutOfMemoryError, ShapeError
from photochrom.inference import runtime as runtime_file
from photochrom.inference.runtime import Runtime

Array = np.ndarray[Any, np.dtype[Any]]
MODEL = model_bytes(conv_model(), palette_spec())
TILED_TOLERANCE = 1e-4  # logits; a convolution may add up in another order in another shape


def lightness(height: int, width: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).uniform(0, 100, (height, width)).astype(np.float32)


def runtime(stride: int = 1, **options: Any) -> Runtime:
    tile_pixels = options.pop("tile_pixels", 1 << 20)
    spec = palette_spec(stride=stride, **options)
    data = model_bytes(conv_model(stride=stride), spec)
    return Runtime(data, spec, tile_pixels=tile_pixels)


def test_the_network_sees_lightness_over_100() -> None:
    model = conv_model()
    kernel = numpy_helper.to_array(model.graph.initializer[0])[:, 0].astype(float)
    bias = numpy_helper.to_array(model.graph.initializer[1])
    picture = lightness(9, 12)
    result = Runtime(model_bytes(model, palette_spec()), palette_spec()).run(picture)
    for channel in range(6):
        expected = correlate2d(picture / 100.0, kernel[channel], mode="same") + bias[channel]
        np.testing.assert_allclose(result[channel], expected, atol=1e-4)


@given(
    st.integers(1, 70),
    st.integers(1, 70),
    st.sampled_from([1, 2, 4]),
    st.sampled_from([1, 4, 6]),
    st.integers(1, 900),
)
@settings(deadline=None, max_examples=40)
def test_tiles_equal_the_whole(
    height: int, width: int, stride: int, multiple: int, tile_pixels: int
) -> None:
    picture = lightness(height, width)
    whole = runtime(stride, multiple=multiple).run(picture)
    tiled = runtime(stride, multiple=multiple, tile_pixels=tile_pixels).run(picture)
    assert whole.shape == (6, -(-height // stride), -(-width // stride))
    np.testing.assert_allclose(tiled, whole, atol=TILED_TOLERANCE)


def test_without_a_known_reach_nothing_is_tiled() -> None:
    picture = lightness(40, 50)
    whole = runtime(reach=None).run(picture)
    np.testing.assert_array_equal(runtime(reach=None, tile_pixels=64).run(picture), whole)


def test_the_same_picture_gives_the_same_bytes() -> None:
    picture = lightness(64, 48)
    assert runtime().run(picture).tobytes() == runtime().run(picture).tobytes()


def test_an_rgb_graph_gives_three_planes() -> None:
    data = model_bytes(conv_model(3, output="rgb"), rgb_spec())
    assert Runtime(data, rgb_spec()).run(lightness(8, 9)).shape == (3, 8, 9)


def test_an_unavailable_device_is_named_with_those_there_are() -> None:
    data = model_bytes(conv_model(), palette_spec())
    with pytest.raises(OptionError, match=r"'abacus'.*cpu"):
        Runtime(data, palette_spec(), "abacus")


def test_no_threads_are_refused() -> None:
    data = model_bytes(conv_model(), palette_spec())
    with pytest.raises(OptionError, match="threads"):
        Runtime(data, palette_spec(), threads=0)


def test_a_graph_that_cannot_run_is_refused_in_one_line(capfd: pytest.CaptureFixture[str]) -> None:
    node = helper.make_node("NoSuchOperator", ["lightness"], ["logits"])
    with pytest.raises(ModelFileError, match="cannot be run") as caught:
        Runtime(model_bytes(model_of([node], []), palette_spec()), palette_spec())
    assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")


def test_an_output_of_another_size_than_described_is_refused() -> None:
    spec = palette_spec(stride=2)
    with pytest.raises(ModelFileError, match="shape"):
        Runtime(model_bytes(conv_model(stride=1), spec), spec).run(lightness(8, 8))


def test_values_that_are_not_finite_are_refused() -> None:
    data = model_bytes(constant_model(np.array([0, 1, 2, 3, 4, np.nan])), palette_spec())
    with pytest.raises(ModelFileError, match="finite"):
        Runtime(data, palette_spec()).run(lightness(8, 8))


def test_what_is_not_a_plane_is_refused() -> None:
    with pytest.raises(ShapeError, match="lightness"):
        runtime().run(np.zeros((3, 4, 1), np.float32))


def test_the_input_is_not_written_to() -> None:
    picture = lightness(7, 9)
    copy = picture.copy()
    runtime(multiple=4).run(picture)
    np.testing.assert_array_equal(picture, copy)


class Session:
    """What `InferenceSession` is to the runtime, with a GPU that fails in some way."""

    def __init__(self, providers: list[str], failure: str) -> None:
        self._providers, self._failure = providers, failure

    def get_providers(self) -> list[str]:
        return self._providers

    def run(self, *_: object) -> None:
        raise RuntimeError(self._failure)


def with_gpu(
    monkeypatch: pytest.MonkeyPatch, providers: list[str], failure: str = ""
) -> list[dict[str, Any]]:
    """Pretend that onnxruntime has CUDA built in; return the options it will be given."""
    given: list[dict[str, Any]] = []
    both = ["CUDAExecutionProvider", "CPUExecutionProvider"]

    def session(*_: object, **options: Any) -> Session:
        given.append(options)
        return Session(providers, failure)

    monkeypatch.setattr(runtime_file.ort, "get_available_providers", lambda: both)
    monkeypatch.setattr(runtime_file.ort, "InferenceSession", session)
    return given


def test_a_gpu_that_cannot_be_used_is_an_error_and_never_the_cpu_in_silence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given = with_gpu(monkeypatch, ["CPUExecutionProvider"])
    with pytest.raises(OptionError, match=r"'cuda' was found but cannot be used.*driver"):
        Runtime(MODEL, palette_spec(), "cuda")
    assert given[0]["providers"] == ["CUDAExecutionProvider"]
    assert given[0]["enable_fallback"] == 0


@pytest.mark.parametrize(
    "words",
    [
        "[ONNXRuntimeError] : 6 : Failed to allocate memory for requested buffer of size 9",
        "CUDA failure 2: out of memory ; GPU=0",
        "CUDNN failure 4: CUDNN_STATUS_ALLOC_FAILED",
        "bfc_arena.cc:376 Available memory of 5 is smaller than requested bytes of 9",
    ],
)
def test_a_gpu_without_enough_memory_says_what_to_do(
    words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_gpu(monkeypatch, ["CUDAExecutionProvider"], words)
    gpu = Runtime(MODEL, palette_spec(), "cuda")
    with pytest.raises(OutOfMemoryError, match=r"on the GPU.* 9 x 8 px.*--working-size.*cpu"):
        gpu.run(lightness(8, 9))


def test_other_failures_of_a_gpu_are_those_of_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    with_gpu(monkeypatch, ["CUDAExecutionProvider"], "no kernel image is available")
    with pytest.raises(ModelFileError, match="no kernel image"):
        Runtime(MODEL, palette_spec(), "cuda").run(lightness(8, 9))


OUT_OF_MEMORY = """
import resource
import numpy as np
from models import conv_model, model_bytes, palette_spec
from photochrom.errors import OutOfMemoryError
from photochrom.inference.runtime import Runtime

spec = palette_spec(reach=None)
runtime = Runtime(model_bytes(conv_model(), spec), spec, threads=1)
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + (300 << 20), used + (300 << 20)))
try:
    runtime.run(np.zeros((5000, 5000), np.float32))
except OutOfMemoryError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is set in Linux's way")
def test_really_running_out_of_memory_is_told_and_nothing_else_printed() -> None:
    here = Path(__file__).parent
    path = os.pathsep.join([str(here), str(here.parent / "src")])
    command = [sys.executable, "-c", OUT_OF_MEMORY]
    environment = {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"}
    found = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert found.stdout.startswith("not enough memory for the network")
    assert "5000 x 5000 px" in found.stdout
    assert "--working-size" in found.stdout
    assert found.stderr == ""
