"""The phases of a run: choose on held-out pictures, then, if asked, learn from all of them."""

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from photochrom._types import Float32, UInt8
from photochrom.errors import CheckpointError
from photochrom.metrics.baselines import fit_baselines
from photochrom.modelfile.reliability import Reliability
from photochrom.palettes.palette import Palette
from photochrom.training.checkpoint import Progressed, read_progress, restore, save_checkpoint
from photochrom.training.dense import DenseNetwork
from photochrom.training.fit import Fit
from photochrom.training.judge import (
    Learned,
    choose_temperature,
    judge,
    judge_baselines,
    judge_confidence,
    paint,
    to_chroma,
)
from photochrom.training.networks import Stack
from photochrom.training.pictures import WorkingPicture, hash_pictures
from photochrom.training.runfolder import ROWS_A_SHEET, RunFolder
from photochrom.training.task import Task, split_inner

PHASES = ("choosing", "refitting")
_CHUNK = 25  # steps between looks at the clock
_REPORTS = 6  # a phase, each half a second; an epoch each where the length is given in epochs
_MOST_REPORTS = 100
_SAVE_EVERY = 2.0  # s
_FEW = 3  # held-out pictures below which a figure says little
_SAMPLE_TEMPERATURE = 0.5  # of sheets made before the temperature is chosen


@dataclass(frozen=True)
class Progress:
    """How far a training is.

    Attributes
    ----------
    phase : in a word or a few, such as "choosing"
    step, steps : done and wanted in this phase; None where the clock decides
    loss : mean of the last steps
    held_out_loss : mean dE00 on held-out pictures at the last report
    share : of the whole, 0..1
    seconds_left : estimated
    rate : pictures a second, where that says something
    samples : paints held-out pictures as they would be coloured now and returns (ours, truth),
        each (h, w, 3) codes; None where nothing new is to be seen
    """

    phase: str
    step: int
    steps: int | None
    loss: float
    held_out_loss: float | None
    share: float
    seconds_left: float
    rate: float | None = None
    samples: Callable[[], list[tuple[UInt8, UInt8]]] | None = None


@dataclass(frozen=True, eq=False)
class Outcome:
    """What the phases end in; the fields go into the model file's description."""

    network: DenseNetwork
    palette: Palette | None
    temperature: float
    metrics: dict[str, dict[str, float]]
    held_out: str
    data_hash: str
    confidence: Reliability | None = None


class Run:
    """One training in its run folder.

    Parameters
    ----------
    task : resolved options
    pictures : all that may be learned from
    folder : of the run
    tell : is given the progress
    """

    def __init__(
        self,
        task: Task,
        pictures: list[WorkingPicture],
        folder: RunFolder,
        tell: Callable[[Progress], None],
    ) -> None:
        self.task = task
        self.pictures = pictures
        self.folder = folder
        self.warnings: list[str] = []
        self._tell = tell
        self._inner = split_inner(task, pictures)
        self._ordered_hash = hash_pictures(pictures, ordered=True)
        self._phases = 2 if task.refit else 1
        self._saved = time.perf_counter()
        held = len(self._inner.held_out.pictures)
        if self._inner.kind == "pictures" and held < _FEW:
            self.warnings.append(
                f"the figures come from {held} held-out picture{'s' if held > 1 else ''}: too few "
                "to tell a good model from a lucky one"
            )
        if self._inner.kind == "blocks":
            self.warnings.append(
                f"with only {len(pictures)} to learn from, choices are made on held-out blocks "
                "of the same picture, whose surroundings were learned from; figures on other "
                "pictures will be worse"
            )

    def finish(self, *, resume: bool) -> Outcome:
        """Run all phases to their end."""
        progressed = self._resumed() if resume else self._fresh()
        palette, fit = self._begin(progressed)  # may refuse, so before anything is written
        self.folder.create()
        if not resume:
            self.folder.clear()
        self.folder.write_config(progressed.config)
        while True:
            if palette is not None:
                self.folder.write_palette(palette)
            if progressed.state:
                restore(self.folder.path, progressed, fit)
            else:
                fit.start()
                self._save(progressed, fit)
            self._learn(progressed, fit, palette)
            stack = fit.result()
            if progressed.phase == 0:
                progressed.chosen = self._choose(self._learned(stack), palette)
            if progressed.phase == self._phases - 1:
                self._save(progressed, fit)
                return self._outcome(stack, palette, progressed)
            progressed.phase += 1
            progressed.state = {}
            palette, fit = self._begin(progressed)

    def _fresh(self) -> Progressed:
        return Progressed(self.task.to_dict(), self._ordered_hash)

    def _resumed(self) -> Progressed:
        found = read_progress(self.folder.path)
        wanted = self._fresh()
        changed = [key for key, value in wanted.config.items() if found.config.get(key) != value]
        if changed:
            raise CheckpointError(
                f"the run in {self.folder.path} was started with other options "
                f"({', '.join(sorted(changed))}); use the same ones or start anew"
            )
        if found.data_hash != wanted.data_hash:
            raise CheckpointError(
                f"the run in {self.folder.path} was started on other pictures, or in another "
                "order; start anew"
            )
        return found

    def _begin(self, progressed: Progressed) -> tuple[Palette | None, Fit]:
        """Return the palette and the fit of the phase, as they are before the first step."""
        choosing = progressed.phase == 0
        pictures = self._inner.pictures if choosing else self.pictures
        masks = self._inner.masks if choosing else None
        palette = None if self.task.regression else self.task.fit_palette(pictures, masks)
        source = self.task.source(pictures, masks, palette)
        length = self.task.length(source, self._phases)
        return palette, Fit(self.task.build(palette), source, self.task.stepping, length)

    def _learn(self, progressed: Progressed, fit: Fit, palette: Palette | None) -> None:
        reports = min(self.task.epochs or _REPORTS, _MOST_REPORTS)
        while fit.share < 1:
            reported = _reports_due(fit, reports)
            fit.advance(min(_CHUNK, _until_report(fit, reports)))
            if _reports_due(fit, reports) > reported:
                started = time.perf_counter()
                self._report(progressed, fit, palette)
                fit.state.seconds += time.perf_counter() - started
            if time.perf_counter() - self._saved > _SAVE_EVERY:
                self._save(progressed, fit)
            self._tell(self._progress(progressed, fit))

    def _save(self, progressed: Progressed, fit: Fit) -> None:
        save_checkpoint(self.folder.path, progressed, fit)
        self._saved = time.perf_counter()

    def _report(self, progressed: Progressed, fit: Fit, palette: Palette | None) -> None:
        """Judge on the held-out pictures and leave a line, a curve and a sheet."""
        learned = self._learned(fit.result())
        few = self._inner.held_out.first(ROWS_A_SHEET)
        outputs = [learned(picture) for picture in few.pictures]
        entry: dict[str, Any] = {
            "phase": PHASES[progressed.phase],
            "step": fit.state.step,
            "loss": fit.state.loss,
            "seconds": round(fit.state.seconds, 3),
        }
        if progressed.phase == 0:  # afterwards the held-out pictures are learned from too
            entry["held_out"] = judge(outputs.__getitem__, few, palette, 1.0)
        progressed.history.append(entry)
        self.folder.write_history(progressed.history)
        name = f"{PHASES[progressed.phase]}-{round(fit.share * 100):03d}"
        pairs = zip(few.pictures, outputs, strict=True)
        chromas = [(p, to_chroma(found, palette, _SAMPLE_TEMPERATURE)) for p, found in pairs]
        self.folder.write_sheet(name, [(paint(p, chroma), p.codes) for p, chroma in chromas])

    def _choose(self, learned: Learned, palette: Palette | None) -> dict[str, Any]:
        held_out = self._inner.held_out

        def outputs(index: int) -> Float32:
            return learned(held_out.pictures[index])

        temperature = 1.0
        if palette is not None:
            temperature = choose_temperature(outputs, held_out, palette)
        judged = judge_baselines(fit_baselines(self._inner.learned_lab()), held_out)
        judged[self.task.config.preset] = judge(outputs, held_out, palette, temperature)
        sure = None
        if palette is not None:
            sure = judge_confidence(outputs, held_out, palette, temperature)
        curve = None if sure is None else asdict(sure)
        return {"temperature": temperature, "metrics": judged, "confidence": curve}

    def _learned(self, stack: Stack) -> Learned:
        preset = self.task.preset
        return Learned(preset.convert(), preset.windows(self.task.window), stack)

    def _outcome(self, stack: Stack, palette: Palette | None, progressed: Progressed) -> Outcome:
        learned, curve = self._learned(stack), progressed.chosen.get("confidence")
        return Outcome(
            network=DenseNetwork(learned.convert, learned.windows, stack).eval(),
            palette=palette,
            temperature=progressed.chosen["temperature"],
            metrics=progressed.chosen["metrics"],
            held_out=self._inner.kind,
            data_hash=hash_pictures(self.pictures),
            confidence=None if curve is None else Reliability.from_plain(curve),
        )

    def _progress(self, progressed: Progressed, fit: Fit) -> Progress:
        share = (progressed.phase + fit.share) / self._phases
        held_out = [e["held_out"]["de00"] for e in progressed.history if "held_out" in e]
        a_phase = fit.state.seconds / max(fit.share, 1e-9)
        return Progress(
            phase=PHASES[progressed.phase],
            step=fit.state.step,
            steps=fit.length.steps,
            loss=fit.state.loss,
            held_out_loss=held_out[-1] if held_out else None,
            share=share,
            seconds_left=a_phase * self._phases * (1 - share),
        )


def _reports_due(fit: Fit, reports: int) -> int:
    """Return how many reports belong to what is done; 0.29 * 100 is a little below 29."""
    return int(fit.share * reports + 1e-9)


def _until_report(fit: Fit, reports: int) -> int:
    """Return the steps to the next report, so that it falls on the end of an epoch."""
    if fit.length.steps is None:
        return _CHUNK
    following = _reports_due(fit, reports) + 1
    return max(1, math.ceil(following * fit.length.steps / reports) - fit.state.step)
