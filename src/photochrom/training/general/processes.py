"""One training over several processes: each takes its share of a batch, gradients are averaged.

Batch norm is frozen, so nothing but gradients needs to be exchanged, and a wrapper is not needed.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import torch
import torch.distributed.nn.functional
from torch import Tensor, distributed

from photochrom.errors import OptionError

# That the others wait while the first reports, or calibrates and hashes the pictures in the end.
PATIENCE = timedelta(hours=2)


@dataclass(frozen=True)
class Processes:
    """Which process this is; `torchrun` starts several.

    Attributes
    ----------
    rank, world : number of this process, and how many there are
    """

    rank: int = 0
    world: int = 1

    @property
    def first(self) -> bool:
        """Whether this one writes files and speaks."""
        return self.rank == 0

    def share(self, batch: int) -> int:
        """Return the pictures of a batch for this process.

        Raises
        ------
        OptionError
            If they do not divide evenly.
        """
        if batch % self.world:
            raise OptionError(f"a batch of {batch} does not divide over {self.world} processes")
        return batch // self.world

    def average_gradients(self, parameters: Iterable[Tensor]) -> None:
        """Replace each gradient by its mean over the processes."""
        if self.world == 1:
            return
        gradients = [p.grad for p in parameters if p.grad is not None]
        flat = torch.cat([gradient.flatten() for gradient in gradients])
        distributed.all_reduce(flat)
        flat /= self.world
        parts = torch.split(flat, [gradient.numel() for gradient in gradients])
        for gradient, part in zip(gradients, parts, strict=True):
            gradient.copy_(part.view_as(gradient))

    def agree(self, value: float, device: torch.device) -> float:
        """Return the first process' value on all, so that clocks cannot part them."""
        if self.world == 1:
            return value
        told = torch.tensor([value], dtype=torch.float64, device=device)
        distributed.broadcast(told, src=0)
        return float(told)

    def agree_on(self, words: str) -> str:
        """Return the first process' words on all; the others wait for them."""
        if self.world == 1:
            return words
        told = [words]
        distributed.broadcast_object_list(told, src=0)
        return told[0]

    def any_of(self, value: bool, device: torch.device) -> bool:
        """Return whether it is true in any process, the same in all."""
        if self.world == 1:
            return value
        told = torch.tensor([float(value)], device=device)
        distributed.all_reduce(told)
        return bool(told > 0)


@contextmanager
def joined(device: torch.device) -> Iterator[Processes]:
    """Join the processes that `torchrun` started; alone where it did not.

    Processes that somebody else has joined already, as Ray does, are left joined.
    """
    if distributed.is_initialized():
        yield Processes(distributed.get_rank(), distributed.get_world_size())
        return
    world = int(os.environ.get("WORLD_SIZE", "1"))
    if world == 1:
        yield Processes()
        return
    # `torch.distributed.nn.functional` keeps as defaults of its functions the group that there is
    # when it is first imported (optimizers do). Held there, gloo's threads would outlive
    # `destroy_process_group` and abort the process at its exit; so it is imported above.
    backend = "nccl" if device.type == "cuda" else "gloo"
    distributed.init_process_group(backend, timeout=PATIENCE)
    try:
        yield Processes(distributed.get_rank(), world)
    finally:
        distributed.destroy_process_group()


def find_device(name: str) -> torch.device:
    """Return the device to train on; with `torchrun` each process takes its own GPU.

    Raises
    ------
    OptionError
        If there is no such device, or it is a GPU and there is none.
    """
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise OptionError(f"device must be cpu, cuda or cuda:N, got {name!r}") from error
    if device.type not in ("cpu", "cuda"):
        raise OptionError(f"device must be cpu, cuda or cuda:N, got {name!r}")
    if device.type == "cuda":
        count = torch.cuda.device_count()
        index = int(os.environ.get("LOCAL_RANK", "0")) if device.index is None else device.index
        if index >= count:
            raise OptionError(
                f"there is no GPU {name} here (PyTorch sees {count}); use --device cpu, or install "
                "a build of PyTorch for this machine's GPU"
            )
        device = torch.device("cuda", index)
        torch.cuda.set_device(device)
    return device


def computes_in_bf16(device: torch.device) -> bool:
    """Whether bf16 is faster than fp32 there."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    known = bool(torch.backends.mkldnn.is_available())  # type: ignore[no-untyped-call]
    return known and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
