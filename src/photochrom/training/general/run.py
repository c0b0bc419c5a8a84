"""One general training in its run folder: learns, reports, saves, resumes."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from photochrom._interrupts import late_interrupt
from photochrom.datasets.stream import Bad, Stream
from photochrom.palettes.palette import Palette
from photochrom.training.draws import Draw, draw
from photochrom.training.general import checkpoint
from photochrom.training.general.checkpoint import Saved
from photochrom.training.general.config import GeneralConfig
from photochrom.training.general.encoder import load_backbone
from photochrom.training.general.fit import GeneralFit
from photochrom.training.general.folding import unfolded
from photochrom.training.general.network import GeneralNetwork
from photochrom.training.general.pictures import Pictures
from photochrom.training.general.processes import Processes
from photochrom.training.general.reports import Reports, curve
from photochrom.training.general.stored import load_stored
from photochrom.training.general.targets import Targets, fit_flattened
from photochrom.training.phases import Progress
from photochrom.training.runfolder import RunFolder

_CHUNK = 10  # steps between looks at the clock
SAVE_EVERY = 60.0  # s; a checkpoint is four times the network


def never() -> bool:
    """Whether somebody asked to stop: nobody can."""
    return False


@dataclass(frozen=True, eq=False)
class Learned:
    """What a training ends in.

    Attributes
    ----------
    network : the average of the weights, on the CPU
    palette : of its logits
    bad : members of the source that were no pictures, each once, by name; of several processes
        each knows its own
    steps : done
    """

    network: GeneralNetwork
    palette: Palette
    bad: list[Bad]
    steps: int


class GeneralRun:
    """One training, in one of its processes.

    Parameters
    ----------
    pictures : to learn from and to judge by
    folder : of the run; the first process writes into it
    config : how, and how long
    device : to compute on
    processes : this one among all
    tell : is given the progress in the first process
    asked : whether to stop after the step at hand, as by Ctrl-C; one process that knows is enough
    save_every : s between checkpoints
    """

    def __init__(
        self,
        pictures: Pictures,
        folder: RunFolder,
        config: GeneralConfig,
        *,
        device: torch.device,
        processes: Processes,
        tell: Callable[[Progress], None],
        asked: Callable[[], bool] = never,
        save_every: float = SAVE_EVERY,
    ) -> None:
        self.pictures, self.folder, self.config = pictures, folder, config
        self.device, self.processes = device, processes
        self._tell, self._asked, self._save_every = tell, asked, save_every
        self._last_save = time.perf_counter()

    def finish(self, *, resume: bool) -> Learned:
        """Train to the end, from the start or from the checkpoint.

        Raises
        ------
        CheckpointError
            If there is nothing to resume, or it was made with other options or pictures.
        KeyboardInterrupt
            After the step at hand and a checkpoint.
        """
        saved = self._resumed() if resume else self._fresh()
        palette = Palette.from_json(saved.palette)
        network = start(self.config, palette)  # may refuse, so before anything is written
        targets = Targets.of(palette, self.pictures.samples, self.config.rebalancing)
        with self.pictures.stream(self.config, self.processes) as stream:
            fit = self._fit(network, targets, stream)
            try:
                self._begin(saved, fit, palette, resume=resume)
                self._learn(saved, fit, palette)
            finally:
                fit.close()
            bad = [Bad(*each) for each in sorted(self._bad(saved, fit).items())]
        return Learned(fit.average.cpu(), palette, bad, fit.state.step)

    def _fit(self, network: GeneralNetwork, targets: Targets, stream: Stream) -> GeneralFit:
        return GeneralFit(
            network, targets, stream, self.config, device=self.device, processes=self.processes
        )

    def _fresh(self) -> Saved:
        config = self.config
        if config.start is not None:
            palette = load_stored(config.start)[1]
        else:
            palette = fit_flattened(self.pictures.samples, config.colors, config.seed)
        return Saved(config.to_dict(), self._shards(), palette.to_json())

    def _resumed(self) -> Saved:
        return checkpoint.read(self.folder.path, Saved(self.config.to_dict(), self._shards()))

    def _shards(self) -> list[Any]:
        source = self.pictures.source
        return [list(source.names), list(source.sizes), self.pictures.fingerprint()]

    def _bad(self, saved: Saved, fit: GeneralFit) -> dict[str, str]:
        """Return the bad members met so far, by this run and by those it goes on from."""
        return saved.bad | {each.name: each.reason for each in (*self.pictures.bad, *fit.bad)}

    def _begin(self, saved: Saved, fit: GeneralFit, palette: Palette, *, resume: bool) -> None:
        if resume:
            checkpoint.restore(self.folder.path, saved, fit)
        if not self.processes.first:
            return
        self.folder.create()
        if not resume:
            self.folder.clear()
        self.folder.write_config(saved.config)
        self.folder.write_palette(palette)
        if saved.history:
            self.folder.write_history(saved.history, curve(saved.history))

    def _learn(self, saved: Saved, fit: GeneralFit, palette: Palette) -> None:
        reports = Reports(self.pictures, palette, self.folder, saved.history)
        with late_interrupt() as pressed:
            stop = False
            while fit.share < 1 and not stop:
                fit.advance(_CHUNK)
                stop = self.processes.any_of(pressed() or self._asked(), self.device)
                if self.processes.first:
                    self._look(saved, fit, reports, stop=stop)
                # A report counts too, and all must end at the same step.
                fit.state.seconds = self.processes.agree(fit.state.seconds, self.device)
            # During the last report, too.
            if self.processes.any_of(pressed() or self._asked(), self.device):
                raise KeyboardInterrupt

    def _look(self, saved: Saved, fit: GeneralFit, reports: Reports, *, stop: bool) -> None:
        self._tell(_progress(fit, saved))
        if not stop and reports.is_due(fit):
            started = time.perf_counter()
            reports.make(fit)
            fit.state.seconds += time.perf_counter() - started
        if stop or fit.share >= 1 or time.perf_counter() - self._last_save > self._save_every:
            saved.bad = self._bad(saved, fit)
            checkpoint.write(self.folder.path, saved, fit)
            self._last_save = time.perf_counter()


def start(config: GeneralConfig, palette: Palette) -> GeneralNetwork:
    """Return the network with its first weights.

    Raises
    ------
    ModelFileError
        If the pretrained encoder or the model to start from cannot be read, or is another network.
    """
    with torch.random.fork_rng(devices=[]):  # modules draw weights as they are made
        torch.manual_seed(draw(config.seed, 0, Draw.WEIGHTS))
        network = GeneralNetwork(len(palette), skipped=config.skipped, dropout=config.dropout)
    if config.start is not None:
        network.load_state_dict(unfolded(load_stored(config.start)[0]).state_dict())
    if config.encoder is not None:
        load_backbone(network.encoder, config.encoder)
    return network


def _progress(fit: GeneralFit, saved: Saved) -> Progress:
    last = saved.history[-1]["held_out"]["1.0"]["de00"] if saved.history else None
    share = fit.share
    return Progress(
        phase="training",
        step=fit.state.step,
        steps=None if fit.config.seconds is not None else fit.steps,
        loss=fit.state.loss,
        held_out_loss=last,
        share=share,
        seconds_left=fit.state.seconds / max(share, 1e-9) * (1 - share),
        rate=fit.state.rate,
    )
