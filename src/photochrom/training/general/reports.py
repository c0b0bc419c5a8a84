"""What a person sees of a general training on its way: figures, a curve and a sheet."""

import time
from typing import Any

from photochrom.metrics.scores import compare
from photochrom.palettes.palette import Palette
from photochrom.training.general.fit import GeneralFit
from photochrom.training.general.judge import Judged, means, run
from photochrom.training.general.pictures import Pictures
from photochrom.training.runfolder import RunFolder, draw_curves

TEMPERATURES = (1.0, 0.5, 0.3)
_JUDGED = 100  # held-out pictures; a report takes seconds
_ROWS = 12  # of a sheet
_SHOWN = 0.5  # temperature of the sheets
_REPORTS = 10  # a run, by share of it
_LONGEST = 600.0  # s between two reports
_WORTH = 20.0  # times what the last report took must pass before the next by share


class Reports:
    """Judges the averaged network from time to time and writes into the run folder.

    Parameters
    ----------
    pictures, palette : of the run
    folder : to write into
    history : one entry a report; grows
    """

    def __init__(
        self, pictures: Pictures, palette: Palette, folder: RunFolder, history: list[dict[str, Any]]
    ) -> None:
        self._held = pictures.held[:_JUDGED]
        self._palette, self._folder, self._history = palette, folder, history
        self._last = time.perf_counter()
        self._took = 0.0
        self._parts: int | None = None

    def is_due(self, fit: GeneralFit) -> bool:
        """Say whether the run has come far enough, or waited long enough, for the next one."""
        parts = int(fit.share * _REPORTS)
        if self._parts is None:  # of this or of a resumed run
            self._parts = parts
        waited = time.perf_counter() - self._last
        by_share = parts > self._parts and waited > _WORTH * self._took
        return fit.share >= 1 or waited > _LONGEST or by_share

    def make(self, fit: GeneralFit) -> None:
        """Write `metrics.jsonl`, `loss.svg` and a sheet."""
        started = time.perf_counter()
        judged = list(run(fit.average, self._held, fit.device))
        self._history.append(self._entry(fit, judged))
        self._folder.write_history(self._history, curve(self._history))
        pairs = [(each.paint(self._palette, _SHOWN), each.truth) for each in judged[:_ROWS]]
        self._folder.write_sheet(f"step-{fit.state.step:06d}", pairs)
        self._last = time.perf_counter()
        self._took = self._last - started
        self._parts = int(fit.share * _REPORTS)

    def _entry(self, fit: GeneralFit, judged: list[Judged]) -> dict[str, Any]:
        return {
            "step": fit.state.step,
            "loss": fit.state.loss,
            "seconds": round(fit.state.seconds, 1),
            "rate": round(fit.state.rate, 1),
            "held_out": {
                str(temperature): self._figures(judged, temperature) for temperature in TEMPERATURES
            },
        }

    def _figures(self, judged: list[Judged], temperature: float) -> dict[str, float]:
        painted = [(each.paint(self._palette, temperature), each.truth) for each in judged]
        found = means([(compare(ours, truth), truth) for ours, truth in painted])
        return {name: round(value, 3) for name, value in found.items()}


def curve(history: list[dict[str, Any]]) -> str:
    """Draw training loss and held-out figures over the reports as SVG."""
    mean, sharp = (str(TEMPERATURES[place]) for place in (0, 1))
    return draw_curves(
        [
            ("loss", [entry["loss"] for entry in history]),
            (f"dE00 at temperature {mean}", _column(history, mean, "de00")),
            (f"PSNR at {mean}", _column(history, mean, "psnr")),
            (f"colourfulness at {sharp}", _column(history, sharp, "colorfulness")),
        ]
    )


def _column(history: list[dict[str, Any]], temperature: str, name: str) -> list[float]:
    return [entry["held_out"][temperature][name] for entry in history]
