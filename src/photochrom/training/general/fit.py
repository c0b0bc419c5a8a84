"""The training loop of the general network, a step at a time."""

import copy
import math
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from photochrom.datasets.stream import Bad, Stream
from photochrom.errors import TrainingError
from photochrom.training.draws import Draw, draw, generator
from photochrom.training.general.config import DEFAULT_STEPS, GeneralConfig
from photochrom.training.general.crops import cut, to_cells, to_lab, vary_tone
from photochrom.training.general.network import GeneralNetwork
from photochrom.training.general.processes import Processes, computes_in_bf16
from photochrom.training.general.targets import Targets

_WARM_UP = 200  # steps
_WARM_SHARE = 0.05  # of a short training
_FLOOR = 0.01  # of the peak rate, at the end
_CLIP = 5.0  # norm of the gradient; fp16's and bf16's rare outliers
_SMOOTH = 100  # steps that the loss told is a mean of, the latest counting most
_LOOK = 1.0  # s after which somebody may want to know how far it is, or to stop
_AVERAGE_FROM = 10  # the average forgets its first steps sooner: decay (1 + n) / (10 + n)


@dataclass
class State:
    """Where a fit stands; with weights, average and optimizer, all that a checkpoint needs.

    Attributes
    ----------
    step : steps done
    seconds : spent so far, resumed runs included
    loss : mean over the last hundred steps or so
    rate : pictures a second of the last `advance`, over all processes
    """

    step: int = 0
    seconds: float = 0.0
    loss: float = float("nan")
    rate: float = 0.0


class GeneralFit:
    """A network being trained.

    Parameters
    ----------
    network : with its first weights
    targets : of its palette
    stream : of pictures, this process' share of each batch
    config : how, and how long
    device : to compute on
    processes : this one among all
    """

    def __init__(
        self,
        network: GeneralNetwork,
        targets: Targets,
        stream: Stream,
        config: GeneralConfig,
        *,
        device: torch.device,
        processes: Processes,
    ) -> None:
        self.config, self.device, self.processes = config, device, processes
        self.network = network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average = copy.deepcopy(self.network).eval().requires_grad_(requires_grad=False)
        self.targets = targets.to(device)
        self.state = State()
        self.optimizer = _optimizer(self.network, config)
        wanted = config.precision == "bf16"
        self.bf16 = wanted or (config.precision == "auto" and computes_in_bf16(device))
        self._stream = stream
        self._ahead: dict[int, Future[Tensor]] = {}
        self._cutter = ThreadPoolExecutor(1, "photochrom-crops")

    @property
    def share(self) -> float:
        """How much is done, 0..1."""
        if self.config.seconds is not None:
            return min(1.0, self.state.seconds / self.config.seconds)
        return min(1.0, self.state.step / self.steps)

    @property
    def steps(self) -> int:
        """Steps wanted, where they decide the length."""
        return self.config.steps or DEFAULT_STEPS

    @property
    def bad(self) -> list[Bad]:
        """Members of the stream's source that turned out to be no pictures."""
        return self._stream.bad

    def advance(self, steps: int) -> None:
        """Do up to `steps` steps; fewer where the fit ends before, or they take over a second.

        Raises
        ------
        TrainingError
            If the loss is no longer a finite number.
        DatasetError
            If a shard cannot be read any more.
        """
        losses: list[Tensor] = []
        self.network.train()
        started, before = time.perf_counter(), self.state.seconds
        while len(losses) < steps and self.share < 1 and self.state.seconds < before + _LOOK:
            losses.append(self._step())
            spent = time.perf_counter() - started
            self.state.seconds = self.processes.agree(before + spent, self.device)
        if losses:
            self._smooth(torch.stack(losses).tolist())
            self.state.rate = len(losses) * self.config.batch / (time.perf_counter() - started)
        if not math.isfinite(self.state.loss):
            raise TrainingError(
                f"the loss is no longer a finite number after {self.state.step} steps; "
                "lower the learning rates"
            )

    def _smooth(self, losses: list[float]) -> None:
        for step, loss in enumerate(losses, self.state.step - len(losses) + 1):
            before = loss if math.isnan(self.state.loss) else self.state.loss
            self.state.loss = before + (loss - before) / min(step, _SMOOTH)

    def close(self) -> None:
        """Stop preparing batches."""
        self._cutter.shutdown(cancel_futures=True)

    def _step(self) -> Tensor:
        step = self.state.step
        for group in self.optimizer.param_groups:
            group["lr"] = group["peak"] * self._factor()
        lightness, chroma = to_lab(self._crops(step).to(self.device, non_blocking=True))
        tone = generator(self.config.seed, step * self.processes.world + self.processes.rank,
                         Draw.VARIATION)  # fmt: skip
        seen = vary_tone(lightness, tone).contiguous(memory_format=torch.channels_last)
        logits = self._logits(seen)
        loss = self.targets.loss(logits, to_cells(chroma))
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        self.processes.average_gradients(self.network.parameters())
        nn.utils.clip_grad_norm_(self.network.parameters(), _CLIP)
        self.optimizer.step()
        self.state.step += 1
        self._follow()
        return loss.detach()

    def _logits(self, seen: Tensor) -> Tensor:
        """Return what the network says; what it leaves out depends on seed, step and rank alone."""
        number = self.state.step * self.processes.world + self.processes.rank
        devices = [self.device] if self.device.type == "cuda" else []
        with (
            torch.random.fork_rng(devices),
            torch.autocast(self.device.type, torch.bfloat16, enabled=self.bf16),
        ):
            torch.manual_seed(draw(self.config.seed, number, Draw.DROPOUT))
            logits: Tensor = self.network(seen)
        return logits

    def _factor(self) -> float:
        """Return the share of the peak rate: a short warm-up, then a cosine down."""
        begun = max((self.state.step + 1) / _WARM_UP, self.share / _WARM_SHARE)
        warm = min(1.0, begun)
        return warm * (_FLOOR + (1 - _FLOOR) * (1 + math.cos(math.pi * self.share)) / 2)

    @torch.no_grad()
    def _follow(self) -> None:
        """Move the average towards the weights."""
        step = self.state.step
        decay = min(self.config.average, (1 + step) / (_AVERAGE_FROM + step))
        average, weights = list(self.average.parameters()), list(self.network.parameters())
        torch._foreach_lerp_(average, weights, 1 - decay)

    def _crops(self, step: int) -> Tensor:
        """Return the crops of a step, and have the next ones cut meanwhile."""
        wanted = (step, step + 1)
        self._ahead = {number: future for number, future in self._ahead.items() if number in wanted}
        for number in wanted:
            if number not in self._ahead:
                self._ahead[number] = self._cutter.submit(self._cut, number)
        return self._ahead.pop(step).result()

    def _cut(self, step: int) -> Tensor:
        seed = draw(self.config.seed, step, Draw.PICTURES)
        rng = np.random.default_rng([seed, self.processes.rank])
        return cut(self._stream.batch(step), self.config.crop, rng, self.config.smallest_crop)


def _optimizer(network: GeneralNetwork, config: GeneralConfig) -> torch.optim.Optimizer:
    """Return AdamW; the pretrained part learns more slowly than the fresh one."""
    groups = [
        {"params": list(network.encoder.parameters()), "peak": config.encoder_rate},
        {"params": list(network.decoder.parameters()), "peak": config.decoder_rate},
    ]
    return torch.optim.AdamW(groups, lr=0.0, weight_decay=config.weight_decay, fused=True)
