"""Checkpoints: one safetensors file, its state as JSON in the header, so neither can be lost alone.

Nothing of the random state is stored: every draw comes from the seed and the step.
"""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import safetensors
import torch
from safetensors.torch import save
from torch import Tensor

from photochrom._files import write_bytes
from photochrom.errors import CheckpointError
from photochrom.training.fit import Fit, State

NAME = "checkpoint.safetensors"
_FORMAT = "1"
_SLOTS = ("momentum_buffer", "exp_avg", "exp_avg_sq", "step")  # of SGD and of Adam


@dataclass
class Progressed:
    """What a run knows besides the fit at hand.

    Attributes
    ----------
    config : the resolved options, for comparison
    data_hash : of the training pictures in their order, which decides what is held out
    phase : number of the phase that the fit belongs to
    state : where the fit stands
    chosen : results of the phases before
    history : one entry a report
    """

    config: dict[str, Any]
    data_hash: str
    phase: int = 0
    state: dict[str, Any] = field(default_factory=dict)
    chosen: dict[str, Any] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)


def save_checkpoint(folder: Path, progressed: Progressed, fit: Fit) -> None:
    """Write the whole run; the file before stays until the new one is complete."""
    progressed.state = asdict(fit.state)
    plain = json.dumps(asdict(progressed))
    header = {"format": _FORMAT, "progress": plain}
    write_bytes(save(_tensors(fit), metadata=header), folder / NAME, overwrite=True)


def read_progress(folder: Path) -> Progressed:
    """Read what a checkpoint knows, without its weights.

    Raises
    ------
    CheckpointError
        If there is none, or it is damaged or of another version.
    """
    path = folder / NAME
    if not path.exists():
        raise CheckpointError(f"there is nothing to resume in {folder}; start without --resume")
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            header = file.metadata() or {}
        if header.get("format") != _FORMAT:
            raise CheckpointError(f"{path} is of another version; start the training anew")
        found = Progressed(**json.loads(header["progress"]))
        if not isinstance(found.config, dict):
            raise TypeError("its options are no table")
        return found
    except (safetensors.SafetensorError, KeyError, TypeError, ValueError, OSError) as error:
        if isinstance(error, CheckpointError):
            raise
        raise CheckpointError(f"{path} is damaged ({error}); start the training anew") from error


def restore(folder: Path, progressed: Progressed, fit: Fit) -> None:
    """Bring a fresh fit to where the checkpoint was made.

    Raises
    ------
    CheckpointError
        If the weights do not fit the network.
    """
    path = folder / NAME
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - no dict
        _load(fit, tensors)
        fit.state = State(**progressed.state)
    except (
        safetensors.SafetensorError,
        KeyError,
        TypeError,
        ValueError,
        RuntimeError,
        OSError,
    ) as error:
        raise CheckpointError(f"{path} does not fit this training: {error}") from error


def _tensors(fit: Fit) -> dict[str, Tensor]:
    found = {f"network.{name}": value for name, value in fit.network.state_dict().items()}
    if fit.whitening is not None:
        found |= {f"whitening.{name}": v for name, v in fit.whitening.state_dict().items()}
    for index, slots in fit.optimizer.state_dict()["state"].items():
        found |= {f"optimizer.{index}.{slot}": slots[slot] for slot in _SLOTS if slot in slots}
    return {name: value.contiguous() for name, value in found.items()}


def _load(fit: Fit, tensors: dict[str, Tensor]) -> None:
    fit.network.load_state_dict(_part(tensors, "network."))
    if fit.whitening is not None:
        fit.whitening.load_state_dict(_part(tensors, "whitening."))
    slots: dict[int, dict[str, Tensor]] = {}
    for name, value in _part(tensors, "optimizer.").items():
        index, slot = name.split(".")
        slots.setdefault(int(index), {})[slot] = value
    plain = fit.optimizer.state_dict()
    plain["state"] = slots
    fit.optimizer.load_state_dict(plain)


def _part(tensors: dict[str, Tensor], prefix: str) -> dict[str, torch.Tensor]:
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
