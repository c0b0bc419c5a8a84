"""Judge a model of one kind of picture, on `test/` where there is one, and choose samples."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path as FilePath

from photochrom._files import write_bytes
from photochrom.datasets.folder import find_split
from photochrom.domains.entry import GENERAL, OWN, PRIMARY, Cell
from photochrom.evaluation import methods as ways
from photochrom.evaluation.album import TRUTH, Album, reduce
from photochrom.evaluation.evaluate import judge
from photochrom.evaluation.methods import GRAY, TABLE, Method
from photochrom.evaluation.result import Evaluation, Row
from photochrom.imageio import Picture, encode_image, load_image
from photochrom.imageio.depth import to_eight_bits
from photochrom.inference.colorizer import Colorizer
from photochrom.metrics import bootstrap
from photochrom.metrics.scores import METRICS
from photochrom.modelfile.spec import TrainingSummary
from photochrom.models import packaged

SAMPLES = "samples"  # folder in the run folder
_RANKS = (0.25, 0.5, 0.75)  # of the pictures shown, from the best to the worst
_SHEET_SIDE = 960  # px
_QUALITY = 85
Differences = dict[str, tuple[float, float | None, float | None]]


@dataclass(frozen=True)
class Judgement:
    """How good a model is.

    Attributes
    ----------
    judged_by : pictures of `test/`; 0 where there is none
    figures, differences, samples : as `Entry` has them
    """

    judged_by: int
    figures: dict[str, dict[str, float]]
    differences: Differences
    samples: tuple[tuple[Cell, ...], ...]


def judge_model(folder: FilePath, model: FilePath, run: FilePath, preset: str) -> Judgement:
    """Judge a model beside the general one and trivial guesses; samples go into its run folder.

    Parameters
    ----------
    folder : of the pictures
    model : the model file
    run : its run folder
    preset : of the network, by which the training calls it
    """
    colorizer = Colorizer(model)
    summary = colorizer.spec.training
    if summary is None:
        raise TypeError(f"{model} was trained just now and has no summary")
    if not find_split(folder).test:
        return _by_training(summary, run, preset)
    evaluation, album = judge(folder, _methods(colorizer, summary))
    samples = _samples(evaluation, album, run)
    pictures = len(evaluation.pictures)
    return Judgement(pictures, _figures(evaluation), _differences(evaluation), samples)


def _methods(colorizer: Colorizer, summary: TrainingSummary) -> list[Method]:
    """Return what is compared; how sure the models are is not, which would double the work."""
    found = [
        ways.gray(against=TABLE),
        *ways.baselines(summary),
        ways.model(GENERAL, Colorizer(packaged.DEFAULT), TABLE),
        ways.model(OWN, colorizer, TABLE),
    ]
    return [replace(method, sure=None, cross_entropy=None) for method in found]


def _by_training(summary: TrainingSummary, run: FilePath, preset: str) -> Judgement:
    """Take the figures on pictures that were held out of the training."""
    figures = {OWN if k == preset else k: dict(v) for k, v in summary.metrics.items()}
    if OWN not in figures:  # of a single picture nothing is held out
        return Judgement(0, {}, {}, _sheet(run))
    own = figures[OWN][PRIMARY]
    differences: Differences = {
        method: (own - values[PRIMARY], None, None)
        for method, values in figures.items()
        if method != OWN
    }
    return Judgement(0, figures, differences, _sheet(run))


def _figures(evaluation: Evaluation) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for row in evaluation.rows:
        means = {metric.key: row.values(metric.key) for metric in METRICS}
        found[row.name] = {key: sum(v) / len(v) for key, v in means.items() if v}
    return found


def _differences(evaluation: Evaluation) -> Differences:
    own = evaluation.row(OWN).values(PRIMARY)
    found: Differences = {}
    for row in evaluation.rows:
        if row.name != OWN:
            one = bootstrap.paired_difference(own, row.values(PRIMARY))
            low, high = (None if math.isnan(end) else end for end in (one.low, one.high))
            found[row.name] = (one.mean, low, high)
    return found


def _samples(evaluation: Evaluation, album: Album, run: FilePath) -> tuple[tuple[Cell, ...], ...]:
    """Write small copies of pictures that went well, fairly and badly."""
    own = dict(zip(evaluation.pictures, evaluation.row(OWN).values(PRIMARY), strict=True))
    ranked = sorted(album.among(evaluation.pictures), key=own.__getitem__)
    places = dict.fromkeys(int(rank * (len(ranked) - 1) + 0.5) for rank in _RANKS)
    shown = [evaluation.row(name) for name in (GRAY, TABLE, GENERAL, OWN)]
    return tuple(_row(evaluation, album, ranked[place], shown, run) for place in places)


def _row(
    evaluation: Evaluation, album: Album, picture: str, shown: Sequence[Row], run: FilePath
) -> tuple[Cell, ...]:
    number = evaluation.pictures.index(picture)
    cells = []
    for column, row in enumerate([*shown, None]):
        name = TRUTH if row is None else row.name
        file = f"{SAMPLES}/test-{number}-{column}.jpg"
        write_bytes(album.jpeg(picture, name), run / file, overwrite=True)
        de00 = None if row is None else row.scores[number].de00
        cells.append(Cell(name, file, *album.size(picture, name), de00))
    return tuple(cells)


def _sheet(run: FilePath) -> tuple[tuple[Cell, ...], ...]:
    """Return the latest sheet of gray, ours and truth that the training left, made smaller."""
    sheets = sorted((run / SAMPLES).glob("*.png"))
    if not sheets:
        return ()
    small = reduce(to_eight_bits(load_image(sheets[-1]).pixels), _SHEET_SIDE)
    file = f"{SAMPLES}/held-out.jpg"
    data = encode_image(Picture(small), "jpeg", quality=_QUALITY)
    write_bytes(data, run / file, overwrite=True)
    height, width = small.shape[:2]
    return ((Cell("gray, own model, truth", file, width, height),),)
