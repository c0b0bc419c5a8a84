"""Run by torchrun in two processes: one step on a batch's halves, then the whole command."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from general import CPU, PALETTE, crops, network
from photochrom.cli.main import main
from photochrom.training.general import train as general
from photochrom.training.general.crops import to_cells, to_lab
from photochrom.training.general.processes import Processes, joined
from photochrom.training.general.targets import Targets


def compare(processes: Processes) -> None:
    """Two pictures in each process against all four in one."""
    codes = torch.stack([torch.from_numpy(picture[:32, :32].copy()) for picture in crops()[:4]])
    assert processes.world == 2
    first = processes.rank * processes.share(4)
    shared = gradients(codes[first : first + 2], codes, processes)
    whole = gradients(codes, codes, Processes())
    for ours, wanted in zip(shared, whole, strict=True):
        torch.testing.assert_close(ours, wanted, rtol=1e-3, atol=1e-5)
    assert processes.agree(float(processes.rank + 5), CPU) == 5
    assert processes.any_of(processes.rank == 1, CPU)
    assert not processes.any_of(False, CPU)
    sys.stdout.write("gradients agree\n")


def gradients(
    mine: torch.Tensor, all_of_them: torch.Tensor, processes: Processes
) -> list[torch.Tensor]:
    """Of the loss of some crops, averaged over the processes."""
    made = network()
    targets = Targets.of(PALETTE, all_of_them.reshape(-1, 3).numpy(), 0.5)
    lightness, chroma = to_lab(mine)
    targets.loss(made(lightness), to_cells(chroma)).backward()
    processes.average_gradients(made.parameters())
    return [weight.grad for weight in made.parameters()]


@contextmanager
def compared(device: torch.device) -> Iterator[Processes]:
    """Join only once: torchrun's meeting place remembers."""
    with joined(device) as processes:
        compare(processes)
        yield processes


if __name__ == "__main__":
    torch.set_num_threads(1)
    general.joined = compared
    photos, folder = sys.argv[1:]
    out = Path(folder) / "g.onnx"
    arguments = ["train", photos, "-o", str(out), "--preset", "general", "--steps", "2", "--batch",
                 "4", "--crop", "32", "--colors", "6", "--held-out", "2"]  # fmt: skip
    code = main(arguments)
    tasks = Path("/proc/self/task").glob("*/comm")  # none but on Linux
    left = [name for name in (task.read_text().strip() for task in tasks) if "gloo" in name]
    assert not left, f"threads that may abort the process at its exit: {left}"
    sys.exit(code)
