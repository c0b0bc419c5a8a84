"""One training from fresh weights to the last step, top to bottom."""

import copy
import math
import time
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from photochrom.errors import TrainingError
from photochrom.training.draws import Draw, draw, generator
from photochrom.training.networks import Stack
from photochrom.training.presets import Network
from photochrom.training.recipes import Stepping, make_optimizer
from photochrom.training.rounds import Round, Source
from photochrom.training.whitening import Whitening, samples_for


@dataclass(frozen=True)
class Length:
    """How long a fit lasts: a number of steps, or seconds by the clock."""

    steps: int | None = None
    seconds: float | None = None

    def share(self, steps_done: int, seconds_spent: float) -> float:
        """Return how much of the fit is done, 0..1."""
        if self.steps is not None:
            return min(1.0, steps_done / self.steps)
        return min(1.0, seconds_spent / (self.seconds or 1.0))


@dataclass
class State:
    """Where a fit stands; with the weights and the optimizer, all that a checkpoint needs.

    Attributes
    ----------
    step : steps done
    round, batch : the next batch is number `batch` of round `round`
    seconds : spent in steps so far, resumed runs included
    loss : mean over the steps of the last `advance`
    """

    step: int = 0
    round: int = 0
    batch: int = 0
    seconds: float = 0.0
    loss: float = float("nan")


class Fit:
    """A network being trained.

    Parameters
    ----------
    network : fresh; in the fast recipe its collapsed form is what learns
    source : of the pixels
    stepping, length : how, and how long
    """

    def __init__(
        self, network: Network, source: Source, stepping: Stepping, length: Length
    ) -> None:
        self.network = network.collapsed() if stepping.collapsed else network
        self.whitening = Whitening(source.windows.inputs) if stepping.collapsed else None
        self.source = source
        self.stepping = stepping
        self.length = length
        self.state = State()
        self.optimizer = make_optimizer(self.network, stepping)
        self._round: Round | None = None
        self._batches: list[Tensor] = []
        self._drawn = -1  # the round that `_batches` belongs to

    @property
    def share(self) -> float:
        """How much is done, 0..1."""
        return self.length.share(self.state.step, self.state.seconds)

    def start(self) -> None:
        """Draw the weights and measure the whitening; not for a fit that resumes."""
        drawn_from = generator(self.source.seed, 0, Draw.WEIGHTS)
        self.network.reset(drawn_from)
        if self.whitening is not None and isinstance(self.network, Stack):
            self.network.reset_softly(drawn_from)
            self._whiten(self.whitening, self.network)

    def advance(self, steps: int) -> None:
        """Do up to `steps` steps, fewer where the fit ends before.

        Raises
        ------
        TrainingError
            If the loss is no longer a finite number.
        """
        losses: list[Tensor] = []
        self.network.train()
        started, before = time.perf_counter(), self.state.seconds
        with torch.random.fork_rng(devices=[]):
            while len(losses) < steps and self.share < 1:
                losses.append(self._step())
                self.state.seconds = before + time.perf_counter() - started
        self.network.eval()
        self.state.loss = float(torch.stack(losses).mean()) if losses else self.state.loss
        if not math.isfinite(self.state.loss):
            raise TrainingError(
                f"the loss is no longer a finite number after {self.state.step} steps; "
                "lower the learning rate"
            )

    def result(self) -> Stack:
        """Return what was learned as dense layers over plain windows."""
        stack = copy.deepcopy(self.network).collapsed()
        if self.whitening is not None:
            self.whitening.fold(stack)
        return stack.eval()

    @torch.no_grad()
    def _whiten(self, whitening: Whitening, stack: Stack) -> None:
        drawn, batches = self._draw_round()
        pixels = torch.cat(batches)[: samples_for(self.source.windows.inputs)]
        windows, targets = drawn.gather(pixels)
        whitening.fit(windows)
        if self.source.is_regression:
            # Start at the mean colour everywhere: a drawn start scatters the colours by more than
            # their whole range, and a relu output that starts below 0 never learns.
            stack.weights[-1].zero_()
            stack.biases[-1].copy_(targets.mean(0))

    def _step(self) -> Tensor:
        drawn, batches = self._draw_round()
        windows, targets = drawn.gather(batches[self.state.batch])
        for group in self.optimizer.param_groups:
            group["lr"] = self.stepping.rate(self.share)
        if self.network.dropout:  # torch's dropout knows no generator but the global one
            torch.manual_seed(draw(self.source.seed, self.state.step, Draw.DROPOUT))
        loss = self._loss(self._outputs(windows), targets)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        self.state.step += 1
        self.state.batch += 1
        if self.state.batch == len(batches):
            self.state.round, self.state.batch = self.state.round + 1, 0
        return loss.detach()

    def _outputs(self, windows: Tensor) -> Tensor:
        seen = windows if self.whitening is None else self.whitening(windows)
        return self.network(seen)  # type: ignore[no-any-return]

    def _loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        if self.source.is_regression:
            return functional.mse_loss(outputs, targets)
        return functional.cross_entropy(outputs, targets)

    def _draw_round(self) -> tuple[Round, list[Tensor]]:
        """Return the round that the state is in, made anew only where it must be."""
        number = self.state.round
        if self._round is None or (number != self._drawn and not self.source.is_fixed):
            self._round = Round(self.source, number)
        if number != self._drawn:
            self._batches = self._round.batches(self.source.seed, number, self.stepping.batch)
            self._drawn = number
        return self._round, self._batches
