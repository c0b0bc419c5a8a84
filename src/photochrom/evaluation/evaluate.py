"""Colour pictures whose colours are known, and measure how near the result comes."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path as FilePath

import numpy as np

from photochrom._types import Path, UInt8
from photochrom.datasets.folder import TEST, find_split
from photochrom.datasets.photographs import Dropped
from photochrom.datasets.similarity import thumbnail
from photochrom.datasets.usable import near_gray
from photochrom.errors import DatasetError, InputMissingError, PictureError
from photochrom.evaluation import methods as ways
from photochrom.evaluation import report as page
from photochrom.evaluation.album import TRUTH, Album
from photochrom.evaluation.gather import gather, unique_names
from photochrom.evaluation.methods import Method
from photochrom.evaluation.result import FEW, Evaluation, Row
from photochrom.imageio import Limits, load_image
from photochrom.imageio.depth import to_eight_bits
from photochrom.metrics import colorfulness, reliability
from photochrom.metrics.nearness import Seen
from photochrom.metrics.scores import Scores, compare
from photochrom.modelfile.spec import Decode

_LIMITS = Limits()

Progress = Callable[[int, int, str], None]
"""Called before each picture with how many are done, how many there are, and its name."""


def evaluate(
    folder: Path,
    models: Sequence[Path],
    *,
    report: Path | None = None,
    overwrite: bool = False,
    decode: Decode | None = None,
    vividness: float | None = None,
    device: str = "cpu",
    limits: Limits = _LIMITS,
    progress: Progress | None = None,
) -> Evaluation:
    """Measure models on the colour pictures of a folder, beside gray and two trivial guesses.

    A folder that holds `train/` and `test/` is judged on `test/` alone. Each picture is turned to
    gray by luminance, coloured at its native size, and compared with itself as 8-bit sRGB. One
    picture is in memory at a time.

    Parameters
    ----------
    folder : of pictures
    models : one or more model files
    report : folder to write a page (`index.html`), the figures (`evaluation.json`) and a sheet to;
        the page shows the loss curve of a model whose run folder lies beside it
    overwrite : whether an earlier report there may be replaced
    decode, vividness : of all models, as `Colorizer.colorize` takes them
    device : "cpu" or "cuda"
    limits : what a picture file may ask for
    progress : called before each picture

    Returns
    -------
    evaluation : figures by picture and method, with `table()` and `to_json()`

    Raises
    ------
    DatasetError
        If the folder holds no picture that can be judged.
    OutputExistsError
        If a file of the report is there already and `overwrite` is not set.
    OptionError
        If there is no model, or a model cannot be decoded in the way asked for.
    ModelFileError, InputMissingError
        If a model cannot be read.
    """
    if report is not None:
        page.check_target(report, overwrite=overwrite)
    methods = gather(models, decode=decode, vividness=vividness, device=device)
    evaluation, album = judge(
        folder,
        methods,
        without=report,
        limits=limits,
        keep_pictures=report is not None,
        progress=progress,
    )
    if report is not None:
        curves = page.find_curves(models, unique_names(models))
        page.write(evaluation, album, report, curves=curves, overwrite=overwrite)
    return evaluation


def judge(
    folder: Path,
    methods: Sequence[Method],
    *,
    without: Path | None = None,
    limits: Limits = _LIMITS,
    keep_pictures: bool = True,
    progress: Progress | None = None,
) -> tuple[Evaluation, Album]:
    """Measure methods on a folder, as `evaluate` does, and keep small copies of the results.

    What an earlier report left in the folder `without` is not judged.
    """
    split = find_split(folder)
    root = FilePath(os.fspath(folder)) / (TEST if split.test else "")
    judging = _Judge(methods, limits, keep_pictures)
    paths = _outside(split.test or split.train, root.resolve(), without)
    for done, path in enumerate(paths):
        name = _printable(path.relative_to(root).as_posix())
        if progress is not None:
            progress(done, len(paths), name)
        judging.add(name, path)
    return judging.outcome(root.resolve(), bool(split.test)), judging.album


class _Judge:
    """Collects the figures, picture by picture."""

    def __init__(self, methods: Sequence[Method], limits: Limits, keep_pictures: bool) -> None:
        self.album = Album()
        self._methods = methods
        self._limits = limits
        self._keep_pictures = keep_pictures
        self._names: list[str] = []
        self._scores: dict[str, list[Scores]] = {method.name: [] for method in methods}
        self._seen: dict[str, list[Seen]] = {method.name: [] for method in methods}
        self._truth: list[float] = []
        self._left_out: list[Dropped] = []

    def add(self, name: str, path: FilePath) -> None:
        """Judge one picture, or note why not."""
        try:
            truth = _read(path, self._limits)
        except (PictureError, InputMissingError) as error:
            self._left_out.append(Dropped(name, _printable(f"unreadable: {error}")))
            return
        gray = near_gray(thumbnail(truth))  # as in training sets
        if gray is not None:
            self._left_out.append(Dropped(name, gray))
            return
        self._compare(name, truth)

    def _compare(self, name: str, truth: UInt8) -> None:
        codes = ways.to_gray(truth)
        self._names.append(name)
        self._truth.append(colorfulness.measure(truth))
        self._keep(name, TRUTH, truth)
        for method in self._methods:
            result = method.colorize(codes)
            entropy = method.cross_entropy and method.cross_entropy(codes, truth)
            self._scores[method.name].append(compare(result, truth, cross_entropy=entropy))
            if method.sure is not None:
                self._seen[method.name].append(method.sure(codes, result, truth))
            self._keep(name, method.name, result)

    def _keep(self, name: str, label: str, rgb: UInt8) -> None:
        if self._keep_pictures:
            self.album.add(name, label, rgb)

    def outcome(self, root: FilePath, held_out: bool) -> Evaluation:
        """Put everything together."""
        if not self._names:
            reasons = "; ".join(f"{one.name}: {one.reason}" for one in self._left_out)
            raise DatasetError(
                f"expected colour pictures to judge by in {root}, none is left ({reasons})"
            )
        rows = tuple(
            _row(method, self._scores[method.name], self._seen[method.name])
            for method in self._methods
        )
        folder = _printable(root.parent.name if held_out else root.name)
        return Evaluation(
            folder,
            tuple(self._names),
            held_out,
            rows,
            tuple(self._truth),
            tuple(self._left_out),
            tuple(_warnings(rows, len(self._names), folder, held_out)),
        )


def _outside(paths: Sequence[FilePath], root: FilePath, report: Path | None) -> Sequence[FilePath]:
    """Leave out what lies in the report's folder; of one that holds all pictures, its sheet."""
    if report is None:
        return paths
    own = FilePath(report).resolve()
    if root not in own.parents:
        own /= page.SHEET
    return [path for path in paths if not (path.parent.resolve() / path.name).is_relative_to(own)]


def _printable(text: str) -> str:
    """Names of files may hold bytes outside Unicode, which no terminal and no JSON reader takes."""
    return text.encode(errors="backslashreplace").decode()


def _row(method: Method, scores: Sequence[Scores], seen: Sequence[Seen]) -> Row:
    return Row(
        method.name,
        method.kind,
        tuple(scores),
        method.against,
        method.palette,
        method.details,
        reliability.bins(seen) if seen else [],
    )


def _read(path: FilePath, limits: Limits) -> UInt8:
    """Return the picture as (h, w, 3), 8 bits; alpha is looked through."""
    codes = load_image(path, limits=limits).pixels
    eight = to_eight_bits(codes)
    return np.repeat(eight, 3, axis=2) if eight.shape[2] == 1 else eight


def _warnings(rows: Sequence[Row], pictures: int, folder: str, held_out: bool) -> list[str]:
    found = []
    if not held_out:
        found.append(
            f"{folder} has no train/ and test/, so all its pictures are judged; "
            "the figures mean nothing for pictures that a model was trained on"
        )
    if pictures == 1:
        found.append("one picture alone is judged, so there are no intervals")
    elif pictures < FEW:
        found.append(
            f"{pictures} pictures are few: with fewer than {FEW} the intervals are too narrow"
        )
    palettes = {row.palette for row in rows if row.palette is not None}
    if len(palettes) > 1:
        found.append("the models have different palettes, so their x-entropy cannot be compared")
    if any(row.kind == "model" and row.against is None for row in rows):
        found.append("a model without training summary brings no baselines to compare it with")
    return found
