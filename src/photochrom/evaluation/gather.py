"""From model files to the methods of an evaluation, each with the baselines it must beat."""

from collections.abc import Sequence
from pathlib import Path as FilePath

import numpy as np

from photochrom._types import Path
from photochrom.errors import OptionError
from photochrom.evaluation import methods as ways
from photochrom.evaluation.methods import TABLE, Method
from photochrom.inference.colorizer import Colorizer
from photochrom.modelfile.spec import Decode, TrainingSummary

# Units of a*b*, root mean square over the table. Presets see the pictures at different sizes,
# squeezed or not: that moved the tables of three domains by 0.4 to 1.1 and dE00 by 0.07 at most.
_SAME_SET = 2.0


def gather(
    models: Sequence[Path],
    *,
    decode: Decode | None = None,
    vividness: float | None = None,
    device: str = "cpu",
) -> list[Method]:
    """Open the models and put the baselines of their training sets before them.

    Models with one training set share its baselines; else each baseline bears its model's name.

    Parameters
    ----------
    models : model files
    decode, vividness : of all models, as `Colorizer.colorize` takes them
    device : "cpu" or "cuda"

    Raises
    ------
    OptionError
        If there is no model.
    """
    if not models:
        raise OptionError("expected at least one model to judge, got none; name one with --model")
    colorizers = [Colorizer(path, device=device) for path in models]
    names = unique_names(models)
    sets = _training_sets([colorizer.spec.training for colorizer in colorizers], names)
    found = [ways.gray(against=TABLE + sets[0][0] if sets else None)]
    for suffix, summary in sets:
        found += ways.baselines(summary, suffix)
    for name, colorizer in zip(names, colorizers, strict=True):
        same = [suffix for suffix, known in sets if _same_set(known, colorizer.spec.training)]
        against = TABLE + same[0] if same else None
        found.append(ways.model(name, colorizer, against, decode=decode, vividness=vividness))
    return found


def unique_names(models: Sequence[Path]) -> list[str]:
    """Name models by their files, then by folder and file, then by number where that is needed."""
    paths = [FilePath(model) for model in models]
    names = [path.stem for path in paths]
    if len(set(names)) < len(names):
        names = [f"{path.parent.name}/{path.stem}" for path in paths]
    if len(set(names)) < len(names):
        names = [f"{name} ({number})" for number, name in enumerate(names, start=1)]
    return names


def _training_sets(
    summaries: Sequence[TrainingSummary | None], names: Sequence[str]
) -> list[tuple[str, TrainingSummary]]:
    """Return each distinct training set with what to add to the names of its baselines."""
    distinct: list[tuple[str, TrainingSummary]] = []
    for name, summary in zip(names, summaries, strict=True):
        if summary is not None and not any(_same_set(known, summary) for _, known in distinct):
            distinct.append((f" ({name})", summary))
    return [("", distinct[0][1])] if len(distinct) == 1 else distinct


def _same_set(one: TrainingSummary, other: TrainingSummary | None) -> bool:
    """Whether two models were trained on the same pictures, as far as their baselines tell."""
    if other is None or one.pictures != other.pictures:
        return False
    apart = np.subtract(one.lightness_table, other.lightness_table)
    return bool(np.sqrt(np.mean(apart**2)) < _SAME_SET)
