"""Running a graph on one lightness picture: the only file that knows onnxruntime."""

from collections.abc import Iterator
from math import lcm

import numpy as np
import onnxruntime as ort

from photochrom._machine import cores
from photochrom._memory import memory_for
from photochrom._types import Float32
from photochrom.errors import ModelFileError, OptionError, OutOfMemoryError, ShapeError
from photochrom.modelfile.spec import ModelSpec

DEVICES = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}
TILE_PIXELS = 1 << 20  # px; a layer of 256 channels takes 1 GB here, so more is done in tiles
_ON = {"cpu": "", "cuda": "on the GPU "}
_SMALLER = "ask for a smaller one with --working-size PX (working_size= in Python)"
_ADVICE = {
    "cpu": f"{_SMALLER} or close other programs",
    "cuda": f"{_SMALLER} or use --device cpu",
}
_GPU_NEEDS = (
    "a GPU needs NVIDIA's driver, CUDA with cuDNN, and `pip install onnxruntime-gpu` in place of "
    "onnxruntime; leave the device out to use the CPU"
)
_FATAL_ONLY = 4  # onnxruntime's severity; its errors are raised too, and a library prints nothing


class Runtime:
    """One session on one graph.

    Parameters
    ----------
    model : bytes of a model file that `read_model` has let through
    spec : its description
    device : "cpu" or "cuda"
    threads : of the CPU; None for all cores that this process may use
    tile_pixels : larger working pictures are run in tiles where the network's reach is known

    Raises
    ------
    OptionError
        If the device is unknown or not there, or `threads` is below 1.
    ModelFileError
        If onnxruntime cannot run the graph.
    OutOfMemoryError
        If there is not enough memory for the graph's weights.
    """

    def __init__(
        self,
        model: bytes,
        spec: ModelSpec,
        device: str = "cpu",
        threads: int | None = None,
        *,
        tile_pixels: int = TILE_PIXELS,
    ) -> None:
        self.spec = spec
        self._tile_pixels = tile_pixels
        self._device = device
        self._session = _session(model, device, _options(threads))

    def run(self, lightness: Float32) -> Float32:
        """Run the network densely.

        Parameters
        ----------
        lightness : (h, w), L*, at the working size

        Returns
        -------
        output : (k or 3, ceil(h / stride), ceil(w / stride)), logits or encoded sRGB

        Raises
        ------
        ShapeError
            If `lightness` is not a picture.
        ModelFileError
            If the graph fails, or gives another shape than its description says or values that
            are not finite.
        OutOfMemoryError
            If there is not enough memory to run it at this size.
        """
        if lightness.ndim != 2 or lightness.size == 0:
            raise ShapeError(f"lightness must be (h, w), got an array of shape {lightness.shape}")
        stride = self.spec.stride
        height, width = (-(-length // stride) for length in lightness.shape)
        whole = self._padded(lightness)
        if whole.size <= self._tile_pixels or self.spec.reach is None:
            output = self._run(whole)
        else:
            output = self._run_tiles(whole)
        return output[:, :height, :width]

    def _padded(self, lightness: Float32) -> Float32:
        unit = lcm(self.spec.multiple, self.spec.stride)
        below, right = (-length % unit for length in lightness.shape)
        scaled = lightness.astype(np.float32) / np.float32(100)
        # Mirrored: the stripes of a repeated last row cost a network of wide context 0.6 dB.
        return np.pad(scaled, ((0, below), (0, right)), mode="symmetric")

    def _run(self, whole: Float32) -> Float32:
        height, width = whole.shape
        what = f"{_ON[self._device]}for the network at a working size of {width} x {height} px"
        try:
            with memory_for(what, _ADVICE[self._device]):
                (output,) = self._session.run(None, {"lightness": whole[None, None]})
        except OutOfMemoryError:
            raise
        except Exception as error:  # onnxruntime's classes have no common base but this
            raise ModelFileError(f"the model failed while running: {_first_line(error)}") from error
        stride = self.spec.stride
        wanted = (1, _channels(self.spec), whole.shape[0] // stride, whole.shape[1] // stride)
        if output.shape != wanted:
            raise ModelFileError(
                f"the model gave an output of shape {output.shape} where its description says "
                f"{wanted}; it is not a valid model"
            )
        if not np.isfinite(output).all():
            raise ModelFileError("the model gave values that are not finite; it is not usable")
        result: Float32 = output[0]
        return result

    def _run_tiles(self, whole: Float32) -> Float32:
        """Run tile by tile, each with so much round it as its outputs depend on."""
        stride = self.spec.stride
        height, width = whole.shape
        output = np.empty(
            (_channels(self.spec), height // stride, width // stride), dtype=np.float32
        )
        for top, bottom, outer_top, outer_bottom in self._cuts(height):
            for left, right, outer_left, outer_right in self._cuts(width):
                part = self._run(whole[outer_top:outer_bottom, outer_left:outer_right])
                rows = slice((top - outer_top) // stride, (bottom - outer_top) // stride)
                columns = slice((left - outer_left) // stride, (right - outer_left) // stride)
                output[:, top // stride : bottom // stride, left // stride : right // stride] = (
                    part[:, rows, columns]
                )
        return output

    def _cuts(self, length: int) -> Iterator[tuple[int, int, int, int]]:
        """Yield start, end, start with margin, end with margin; all multiples of the unit."""
        unit = lcm(self.spec.multiple, self.spec.stride)
        margin = -(-(self.spec.reach or 0) // unit) * unit
        step = max(unit, int(self._tile_pixels**0.5) // unit * unit)
        for start in range(0, length, step):
            end = min(start + step, length)
            yield start, end, max(0, start - margin), min(length, end + margin)


def _channels(spec: ModelSpec) -> int:
    return len(spec.palette) if spec.kind == "palette" and spec.palette is not None else 3


def _session(model: bytes, device: str, options: ort.SessionOptions) -> ort.InferenceSession:
    provider = _provider(device)
    try:
        with memory_for(f"{_ON[device]}to load the model", "close other programs"):
            session = _open(model, options, provider)
    except OutOfMemoryError:
        raise
    except Exception as error:  # onnxruntime's classes have no common base but this
        raise ModelFileError(f"the model cannot be run: {_first_line(error)}") from error
    if provider not in session.get_providers():  # onnxruntime would go on with the CPU in silence
        raise OptionError(f"device {device!r} was found but cannot be used; {_GPU_NEEDS}")
    return session


def _open(model: bytes, options: ort.SessionOptions, provider: str) -> ort.InferenceSession:
    """Open a session that never goes over to the CPU by itself when the GPU fails."""
    return ort.InferenceSession(model, options, providers=[provider], enable_fallback=0)


def _provider(device: str) -> str:
    there = ort.get_available_providers()
    if DEVICES.get(device) in there:
        return DEVICES[device]
    usable = ", ".join(name for name, provider in DEVICES.items() if provider in there)
    advice = f"; {_GPU_NEEDS}" if device == "cuda" else ""
    raise OptionError(f"device {device!r} is not available here; there is: {usable}{advice}")


def _options(threads: int | None) -> ort.SessionOptions:
    if threads is not None and threads < 1:
        raise OptionError(f"threads must be 1 or more, got {threads}")
    options = ort.SessionOptions()
    options.log_severity_level = _FATAL_ONLY
    options.use_deterministic_compute = True
    # By itself onnxruntime counts the machine's cores, whatever part of them a container may use.
    options.intra_op_num_threads = threads or cores()
    # Threads spin between layers but not after the last: the full-size stage needs the cores.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
