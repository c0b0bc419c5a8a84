"""Fine-tuning: a network learns from a few pictures, and its average is kept on the way."""

import copy
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from torch import nn

from photochrom._types import UInt8
from photochrom.errors import TrainingError
from photochrom.training.draws import Draw, draw, generator
from photochrom.training.general.crops import cut, to_cells, to_lab, vary_tone
from photochrom.training.general.network import GeneralNetwork
from photochrom.training.general.processes import computes_in_bf16
from photochrom.training.general.targets import Targets
from photochrom.training.transfer.config import TransferConfig

_CLIP = 5.0  # norm of the gradient
_WARM_UP = 10  # steps


def tune(
    start: GeneralNetwork,
    pictures: Sequence[UInt8],
    targets: Targets,
    config: TransferConfig,
    *,
    looks: Sequence[int],
    number: int,
    device: torch.device,
    tell: Callable[[float, float], None] = lambda _share, _loss: None,
) -> Iterator[tuple[int, GeneralNetwork]]:
    """Yield each of `looks` and the averaged network after so many steps, which is on the CPU.

    The rate is constant: the average of the weights anneals, so that every look is as good as the
    end of a training of its own length.

    Parameters
    ----------
    start : to begin from; stays as it is
    pictures : each (h, w, 3) codes
    targets : of the palette
    config : rates and sizes
    looks : numbers of steps, ascending, one or more
    number : of this fit among those of the run; another number, other draws
    device : to compute on
    tell : is given how much is done, 0..1, and the loss of the last step

    Raises
    ------
    TrainingError
        If the loss is no longer a finite number.
    """
    network = copy.deepcopy(start).to(device, memory_format=torch.channels_last).train()  # type: ignore[call-overload]
    average = copy.deepcopy(network).eval().requires_grad_(requires_grad=False)
    _freeze(network, config.frozen_stages)
    optimizer = _optimizer(network, config)
    bf16 = computes_in_bf16(device)
    for step in range(looks[-1]):
        for group in optimizer.param_groups:
            group["lr"] = group["peak"] * min(1.0, (step + 1) / _WARM_UP)
        seed = draw(config.seed, (number << 20) + step, Draw.PICTURES)
        rng = np.random.default_rng(seed)
        chosen = [pictures[i] for i in _choose(len(pictures), config.batch, rng)]
        lightness, chroma = to_lab(cut(chosen, config.crop, rng).to(device))
        tone = generator(config.seed, (number << 20) + step, Draw.VARIATION)
        seen = vary_tone(lightness, tone).contiguous(memory_format=torch.channels_last)
        with torch.autocast(device.type, torch.bfloat16, enabled=bf16):
            logits = network(seen)
        loss = targets.loss(logits, to_cells(chroma))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), _CLIP)
        optimizer.step()
        _follow(average, network, step, config.average)
        if step + 1 in looks:
            if not torch.isfinite(loss):
                raise TrainingError(
                    f"the loss is no longer a finite number after {step + 1} steps of fine-tuning"
                )
            yield step + 1, copy.deepcopy(average).cpu()
        tell((step + 1) / looks[-1], float(loss.detach()))


def blend(start: GeneralNetwork, tuned: GeneralNetwork, share: float) -> GeneralNetwork:
    """Return the network whose weights lie `share` of the way from one to the other.

    References
    ----------
    Wortsman et al., "Robust fine-tuning of zero-shot models", CVPR 2022.
    """
    mixed = copy.deepcopy(tuned)
    with torch.no_grad():
        for weight, first in zip(mixed.parameters(), start.parameters(), strict=True):
            weight.copy_(torch.lerp(first.to(weight.device), weight, share))
    return mixed


def _choose(count: int, batch: int, rng: np.random.Generator) -> list[int]:
    """Return the pictures of a step: each as often as any other, or once more."""
    rounds = -(-batch // count)
    drawn = np.concatenate([rng.permutation(count) for _ in range(rounds)])
    return [int(index) for index in drawn[:batch]]


def _follow(average: nn.Module, network: nn.Module, step: int, decay: float) -> None:
    decay = min(decay, (1 + step) / (10 + step))
    with torch.no_grad():
        torch._foreach_lerp_(list(average.parameters()), list(network.parameters()), 1 - decay)


def _freeze(network: GeneralNetwork, stages: int) -> None:
    """Let the first stages of the encoder, and the stem, stay as they are."""
    if stages:
        network.encoder.stem.requires_grad_(requires_grad=False)
        network.encoder.stages[:stages].requires_grad_(requires_grad=False)


def _optimizer(network: GeneralNetwork, config: TransferConfig) -> torch.optim.Optimizer:
    groups = [
        {
            "params": [p for p in network.encoder.parameters() if p.requires_grad],
            "peak": config.encoder_rate,
        },
        {"params": list(network.decoder.parameters()), "peak": config.decoder_rate},
    ]
    return torch.optim.AdamW(groups, lr=0.0, weight_decay=config.weight_decay)
