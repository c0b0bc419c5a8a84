"""Dense evaluation against the slow window loop, on one 200 x 200 picture, in one run.

    python -m benchmarks.dense

The slow way is the origin's: every pixel's window gathered, the network exactly as built, batches
of 32, in torch. The fast way is the collapsed network as convolutions over the whole picture: as
the exported graph in onnxruntime, which is what `colorize` runs, and the same in torch. All on the
same threads; medians, ratios of the slow way to both, and the largest difference of the outputs.
"""

import time
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np
import onnxruntime
import skimage.data
import torch
from torch import Tensor

from photochrom.datasets.photographs import Photograph
from photochrom.training.dense import DenseNetwork
from photochrom.training.export import export
from photochrom.training.pictures import to_working
from photochrom.training.presets import ORIGIN_SIZE, PRESETS, RGB_OUTPUTS, Network, Preset
from photochrom.training.windows import WindowTable

BATCH = 32
SLOW_RUNS, FAST_RUNS = 3, 15


def build(preset: Preset) -> Network:
    """Return a network of the preset's own size with random weights."""
    windows = preset.windows(preset.window)
    outputs = RGB_OUTPUTS if preset.kind == "rgb" else preset.colors
    network = preset.build(preset.window, windows.inputs, outputs)
    network.reset(torch.Generator().manual_seed(0))
    return network.eval()


def timed(work: Callable[[], Any], runs: int) -> tuple[Any, float]:
    """Return the result and the median time, s."""
    seconds = []
    with torch.inference_mode():
        for _ in range(runs):
            started = time.perf_counter()
            result = work()
            seconds.append(time.perf_counter() - started)
    return result, median(seconds)


def main() -> None:
    """Print the table."""
    photograph = Photograph("chelsea", np.array(skimage.data.chelsea()))
    picture = to_working(photograph, ORIGIN_SIZE)
    lightness = torch.from_numpy(picture.lightness)[None, None]
    print(
        f"{'preset':27} {'loop s':>8} {'graph s':>8} {'ratio':>6} {'torch s':>8} {'ratio':>6} "
        f"{'difference':>10}"
    )
    for name, preset in sorted(PRESETS.items()):
        network = build(preset)
        windows = preset.windows(preset.window)
        convert = preset.convert()
        dense = DenseNetwork(convert, windows, network.collapsed()).eval()
        table = WindowTable(windows, [convert(lightness)[0, 0]])
        parts = torch.arange(len(table)).split(BATCH)

        def loop(
            network: Network = network,
            table: WindowTable = table,
            parts: tuple[Tensor, ...] = parts,
        ) -> Tensor:
            return torch.cat([network(table.gather(part)) for part in parts])

        slow, loop_seconds = timed(loop, SLOW_RUNS)
        fast, dense_seconds = timed(lambda dense=dense: dense(lightness), FAST_RUNS)
        graph = export(dense, preset.kind)
        session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
        feed = {"lightness": lightness.numpy()}
        exported, graph_seconds = timed(lambda s=session, f=feed: s.run(None, f)[0], FAST_RUNS)
        both = torch.stack([fast[0], torch.from_numpy(exported[0])])
        difference = float((both.flatten(2).transpose(1, 2) - slow).abs().max())
        print(
            f"{name:27} {loop_seconds:8.3f} {graph_seconds:8.4f} "
            f"{loop_seconds / graph_seconds:6.0f} {dense_seconds:8.4f} "
            f"{loop_seconds / dense_seconds:6.0f} {difference:10.1e}",
            flush=True,
        )


if __name__ == "__main__":
    main()
