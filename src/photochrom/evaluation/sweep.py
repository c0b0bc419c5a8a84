"""Train many settings, choose by held-out pictures, report once on test pictures."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

from photochrom import __version__
from photochrom._files import write_bytes
from photochrom._types import Path
from photochrom.datasets.folder import RUN_SUFFIX, find_split
from photochrom.datasets.photographs import load_photographs
from photochrom.errors import (
    MissingExtraError,
    OptionError,
    OutputExistsError,
    PhotochromError,
    TrainingError,
    WriteError,
)
from photochrom.evaluation import combinations, sweep_page
from photochrom.evaluation.album import Album
from photochrom.evaluation.combinations import Combination, Outcome
from photochrom.evaluation.evaluate import judge
from photochrom.evaluation.gather import gather
from photochrom.evaluation.result import Evaluation

if TYPE_CHECKING:  # torch comes with these, so they are imported where a sweep starts
    from photochrom.training.config import TrainConfig

PAGE, RESULT = "index.html", "result.json"
_GLANCE = 64  # px; enough to see whether there is colour

Progress = Callable[[int, int, str], None]
"""Called before each training with how many are done, how many there are, and its name."""


@dataclass(frozen=True, eq=False)
class Sweep:
    """What a sweep found.

    Attributes
    ----------
    outcomes : of every combination, in order
    chosen : the best of each preset by held-out dE00, the best of all first
    evaluation : of the chosen on `test/`; None if the folder has none
    page : the report
    """

    outcomes: tuple[Outcome, ...]
    chosen: tuple[Outcome, ...]
    evaluation: Evaluation | None
    page: FilePath

    def table(self) -> str:
        """Return the outcome as plain text."""
        return sweep_page.text(self.outcomes, self.chosen, self.evaluation)


def sweep(
    folder: Path,
    presets: Sequence[str],
    windows: Sequence[int],
    colors: Sequence[int],
    *,
    report: Path,
    config: "TrainConfig | None" = None,
    progress: Progress | None = None,
    training: Callable[[Any], None] | None = None,
) -> Sweep:
    """Train every combination of network, window and palette size, and compare them on one page.

    Each is trained in a folder of its own below `report`. A finished one is not trained again
    unless a setting, a picture or the version of photochrom has changed; so an interrupted sweep
    goes on where it was. The choice is made by the pictures held out inside the training set;
    pictures in `test/`, if there are any, only judge what was chosen.

    Parameters
    ----------
    folder : of pictures, as `train` takes it
    presets : names of networks
    windows : px; even ones are rounded down
    colors : sizes of the palette; networks without a palette are trained once a window
    report : folder for models, results and the page; made if it is not there
    config : all other training options
    progress : called before each training
    training : called during each, as `progress` of `train`

    Returns
    -------
    sweep : every outcome, and the page's path

    Raises
    ------
    OptionError
        If a preset is unknown or an option is out of range.
    DatasetError
        If the folder holds no pictures, or none that can be learned from.
    TrainingError
        If no combination could be trained.
    MissingExtraError
        If training is not installed.
    OutputExistsError
        If `report` holds a page that is not of a sweep.
    KeyboardInterrupt
        After the page of what is finished was written.
    """
    pictures = find_split(folder).train
    job = _Job(FilePath(report), pictures, config, training)
    planned = job.plan(presets, windows, colors)
    _check_page(job.report)
    # A folder of gray pictures is refused here, once, and not by every training.
    load_photographs(pictures, short_side=_GLANCE)
    outcomes: list[Outcome] = []
    try:
        for done, combination in enumerate(planned):
            if progress is not None:
                progress(done, len(planned), combination.name)
            outcomes.append(job.run(FilePath(folder), combination))
    except KeyboardInterrupt:
        if outcomes:
            _write_page(job.report, outcomes, None, None)
        raise
    return _conclude(FilePath(folder), job.report, outcomes)


class _Job:
    """What all trainings of a sweep share."""

    def __init__(
        self,
        report: FilePath,
        pictures: Sequence[FilePath],
        config: "TrainConfig | None",
        training: Callable[[Any], None] | None,
    ) -> None:
        self.report = report
        self._presets, self._train = _training_room()
        self._config = config if config is not None else _default_config()
        self._training = training
        self._pictures = combinations.hash_files(pictures)

    def plan(
        self, presets: Iterable[str], windows: Iterable[int], colors: Iterable[int]
    ) -> list[Combination]:
        """Return the combinations; every option is checked before the first training."""
        planned = combinations.combine(
            presets,
            windows,
            colors,
            rounded=self._presets.rounded,
            has_palette=lambda name: self._presets.find_preset(name).kind == "palette",
        )
        if not planned:
            raise OptionError("a sweep needs at least one network, one window and one palette size")
        for combination in planned:
            self._settings(combination)
        return planned

    def run(self, folder: FilePath, combination: Combination) -> Outcome:
        """Train one combination, or read what came of it before."""
        target = self.report / combination.name
        settings = self._settings(combination)
        key = combinations.fingerprint(settings.to_dict(), self._pictures, __version__)
        known = _read(target, key, combination)
        if known is not None:
            return known
        try:
            target.mkdir(parents=True, exist_ok=True)
            (target / RESULT).unlink(missing_ok=True)
        except OSError as error:
            raise WriteError(f"cannot make the folder {target}: {error.strerror}") from error
        outcome = self._learn(folder, target, settings, combination)
        write_bytes(outcome.to_json(key).encode(), target / RESULT, overwrite=True)
        return outcome

    def _learn(
        self, folder: FilePath, target: FilePath, settings: "TrainConfig", combination: Combination
    ) -> Outcome:
        try:
            result = self._train(
                folder,
                target / f"{combination.name}.onnx",
                settings,
                run_folder=target / f"{combination.name}{RUN_SUFFIX}",
                overwrite=True,
                progress=self._training,
            )
        except WriteError:
            raise  # the next one could not be written either
        except PhotochromError as error:
            return Outcome(combination, 0.0, {}, problem=str(error))
        summary = result.spec.training
        return Outcome(combination, result.seconds, summary.metrics, summary.held_out)

    def _settings(self, combination: Combination) -> "TrainConfig":
        return replace(
            self._config,
            preset=combination.preset,
            window=combination.window,
            colors=combination.colors,
        )


def _training_room() -> tuple[Any, Any]:
    try:
        from photochrom.training import presets  # noqa: PLC0415 - it brings torch
        from photochrom.training.train import train  # noqa: PLC0415
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("photochrom"):
            raise
        raise MissingExtraError(
            "a sweep trains models, which needs PyTorch: pip install 'photochrom[train]'"
        ) from error
    return presets, train


def _default_config() -> "TrainConfig":
    from photochrom.training.config import TrainConfig  # noqa: PLC0415 - as above

    return TrainConfig()


def _read(target: FilePath, key: str, combination: Combination) -> Outcome | None:
    """Return what came of a combination before, if it is whole and of the same settings."""
    try:
        text = (target / RESULT).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    known = Outcome.from_json(text, key)
    if known is None or known.problem is not None:
        return None  # what failed may work now
    return known if (target / f"{combination.name}.onnx").exists() else None


def _check_page(report: FilePath) -> None:
    # A training stopped half-way has no result; its run folder tells that this is a sweep's place.
    known = (f"*/{RESULT}", f"*/*{RUN_SUFFIX}")
    if (report / PAGE).exists() and not any(any(report.glob(pattern)) for pattern in known):
        raise OutputExistsError(
            f"{report / PAGE} exists already and is not of a sweep; choose another folder"
        )


def _conclude(folder: FilePath, report: FilePath, outcomes: Sequence[Outcome]) -> Sweep:
    chosen = combinations.chosen(outcomes)
    if not chosen:
        raise TrainingError(
            "none of the combinations could be trained; "
            f"{outcomes[0].combination.name}: {outcomes[0].problem}"
        )
    evaluation = album = None
    if find_split(folder).test:
        models = [report / o.combination.name / f"{o.combination.name}.onnx" for o in chosen]
        evaluation, album = judge(folder, gather(models))
    page = _write_page(report, outcomes, evaluation, album)
    return Sweep(tuple(outcomes), tuple(chosen), evaluation, page)


def _write_page(
    report: FilePath,
    outcomes: Sequence[Outcome],
    evaluation: Evaluation | None,
    album: Album | None,
) -> FilePath:
    sample = None
    leading = combinations.best(outcomes)
    if leading is not None:
        name = leading.combination.name
        sheets = sorted((report / name / f"{name}{RUN_SUFFIX}" / "samples").glob("*.png"))
        sample = sheets[-1].read_bytes() if sheets else None
    text = sweep_page.page(outcomes, evaluation, album, sample)
    write_bytes(text.encode(errors="replace"), report / PAGE, overwrite=True)
    return report / PAGE
