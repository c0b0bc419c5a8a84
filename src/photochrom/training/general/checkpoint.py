"""Checkpoints of a general training: one safetensors file, its state as JSON in the header."""

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
from photochrom.training.general.fit import GeneralFit, State

NAME = "checkpoint.safetensors"
_FORMAT = "general-2"
_SLOTS = ("exp_avg", "exp_avg_sq", "step")  # of AdamW


@dataclass
class Saved:
    """What a run knows besides its weights.

    Attributes
    ----------
    config : what the result depends on, for comparison
    source : names and sizes of the shards or folders and a fingerprint of the pictures, likewise
    palette : as JSON
    state : where the fit stands
    history : one entry a report
    bad : names of members that were no pictures, and why
    """

    config: dict[str, Any]
    source: list[Any]
    palette: str = ""
    state: dict[str, Any] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)
    bad: dict[str, str] = field(default_factory=dict)


def write(folder: Path, saved: Saved, fit: GeneralFit) -> None:
    """Write the whole run; the file before stays until the new one is complete."""
    saved.state = asdict(fit.state)
    header = {"format": _FORMAT, "run": json.dumps(asdict(saved))}
    write_bytes(save(_tensors(fit), metadata=header), folder / NAME, overwrite=True)


def read(folder: Path, wanted: Saved) -> Saved:
    """Read what a checkpoint knows, without its weights.

    Raises
    ------
    CheckpointError
        If there is none, it is damaged, or it was made with other options or pictures.
    """
    path = folder / NAME
    if not path.exists():
        raise CheckpointError(f"there is nothing to resume in {folder}; start without --resume")
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            header = file.metadata() or {}
        own = header.get("format") == _FORMAT
        found = Saved(**json.loads(header["run"])) if own else None
    except (safetensors.SafetensorError, KeyError, TypeError, ValueError, OSError) as error:
        raise CheckpointError(f"{path} is damaged ({error}); start the training anew") from error
    if found is None:
        raise CheckpointError(f"{path} is of another training; start anew")
    plain = json.loads(json.dumps(asdict(wanted)))
    changed = [key for key in plain["config"] if found.config.get(key) != plain["config"][key]]
    if changed:
        raise CheckpointError(
            f"the run in {folder} was started with other options ({', '.join(sorted(changed))}); "
            "use the same ones or start anew"
        )
    if found.source != plain["source"]:
        raise CheckpointError(
            f"the run in {folder} was started on other pictures, or they decode to other colours "
            "here; use the same ones or start anew"
        )
    return found


def restore(folder: Path, saved: Saved, fit: GeneralFit) -> None:
    """Bring a fresh fit to where the checkpoint was made.

    Raises
    ------
    CheckpointError
        If the weights do not fit the network.
    """
    path = folder / NAME
    try:
        with safetensors.safe_open(path, framework="pt", device=str(fit.device)) as file:
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - no dict
        fit.network.load_state_dict(_part(tensors, "network."))
        fit.average.load_state_dict(_part(tensors, "average."))
        fit.state = State(**saved.state)
        _restore_optimizer(fit, _part(tensors, "optimizer."))
    except (safetensors.SafetensorError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise CheckpointError(f"{path} does not fit this training: {error}") from error


def _tensors(fit: GeneralFit) -> dict[str, Tensor]:
    found = {f"network.{name}": value for name, value in fit.network.state_dict().items()}
    found |= {f"average.{name}": value for name, value in fit.average.state_dict().items()}
    for index, slots in fit.optimizer.state_dict()["state"].items():
        found |= {f"optimizer.{index}.{slot}": slots[slot] for slot in _SLOTS}
    return {name: value.contiguous().cpu() for name, value in found.items()}


def _restore_optimizer(fit: GeneralFit, tensors: dict[str, Tensor]) -> None:
    weights = [weight for group in fit.optimizer.param_groups for weight in group["params"]]
    slots: dict[int, dict[str, Tensor]] = {}
    for name, value in tensors.items():
        index, slot = name.split(".")
        own = value if slot == "step" else _laid_out(value, weights[int(index)])
        slots.setdefault(int(index), {})[slot] = own
    plain = fit.optimizer.state_dict()
    plain["state"] = slots
    fit.optimizer.load_state_dict(plain)


def _laid_out(value: Tensor, weight: Tensor) -> Tensor:
    """Return a slot laid out as its weight is: the fused optimizer walks both in parallel."""
    if value.shape != weight.shape:
        raise ValueError(f"a slot of shape {tuple(value.shape)} for {tuple(weight.shape)} weights")
    return torch.empty_like(weight).copy_(value)


def _part(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
