"""From streamed photographs to the general colorizer in one file."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

import torch

from photochrom._memory import memory_for
from photochrom._types import Path
from photochrom.datasets.locations import open_source
from photochrom.metrics.nearness import Seen
from photochrom.modelfile.reliability import Reliability
from photochrom.modelfile.spec import ModelSpec
from photochrom.training.export import export
from photochrom.training.general.calibrate import JUDGED, calibrate, figures, take_back
from photochrom.training.general.config import GeneralConfig
from photochrom.training.general.describe import describe
from photochrom.training.general.folding import folded
from photochrom.training.general.judge import run
from photochrom.training.general.network import MULTIPLE
from photochrom.training.general.pictures import Pictures, gather
from photochrom.training.general.processes import find_device, joined
from photochrom.training.general.run import SAVE_EVERY, GeneralRun, Learned, never
from photochrom.training.general.sureness import noted
from photochrom.training.general.targets import class_weights
from photochrom.training.made import Made
from photochrom.training.phases import Progress
from photochrom.training.runfolder import RunFolder
from photochrom.training.storage import halve

_ADVICE = "use a smaller --batch or --crop, or a smaller --cache-gb where it is not the GPU's"
_NAMED = 20  # bad members that are named; the others are only counted


class Learner(Protocol):
    """`train_general`, or what does the same elsewhere."""

    def __call__(
        self,
        where: Path | Sequence[Path],
        runs: RunFolder,
        config: GeneralConfig,
        *,
        resume: bool,
        progress: Callable[[Progress], None],
    ) -> Made:
        """As `train_general`."""


def train_general(
    where: Path | Sequence[Path],
    runs: RunFolder,
    config: GeneralConfig,
    *,
    resume: bool,
    progress: Callable[[Progress], None],
    asked: Callable[[], bool] = never,
    save_every: float = SAVE_EVERY,
) -> Made:
    """Train, calibrate and export; of several processes the first does the latter two.

    Parameters
    ----------
    where : what `open_source` takes
    runs : the run folder; the first process writes into it
    config : what to train and how
    resume : go on with the run in the run folder
    progress : is told how far the training is, in the first process
    asked : whether to stop with a checkpoint, as after Ctrl-C
    save_every : s between checkpoints

    Raises
    ------
    DatasetError, OptionError, CheckpointError, ModelFileError, TrainingError, OutOfMemoryError
        As the parts raise them.
    """
    device = find_device(config.device)
    with memory_for("to train", _ADVICE), joined(device) as processes:
        pictures = gather(open_source(where), config)
        training = GeneralRun(
            pictures, runs, config, device=device, processes=processes, tell=progress,
            asked=asked, save_every=save_every,
        )  # fmt: skip
        learned = training.finish(resume=resume)
        graph, own = _finished(learned, pictures, config, runs) if processes.first else (None, "")
        spec = ModelSpec.from_json(processes.agree_on(own))
    return Made(graph, spec, warnings=_warnings(learned))


def _finished(
    learned: Learned, pictures: Pictures, config: GeneralConfig, runs: RunFolder
) -> tuple[bytes, str]:
    """Calibrate on the held-out pictures, and return graph and description as JSON.

    The logits of a picture take a megabyte, so no more are kept than the calibration reads.
    """
    cpu = torch.device("cpu")
    palette, network = learned.palette, folded(learned.network)
    weights = class_weights(palette, pictures.samples, config.rebalancing)
    calibration = calibrate(list(run(network, pictures.held[:JUDGED], cpu)), palette, weights)
    chosen = calibration.chosen
    take_back(network, weights, chosen.beta)
    runs.write_calibration(chosen.to_dict(), [each.to_dict() for each in calibration.table])
    as_is = replace(chosen, beta=0.0)  # the network has taken it back by now
    seen: list[Seen] = []
    judged = run(network, pictures.held, cpu)
    judged = noted(judged, palette, chosen.temperature, chosen.gain, seen)
    found = figures(judged, palette, weights, as_is)
    spec = describe(config, pictures, learned, chosen, found)
    spec = replace(spec, confidence=Reliability.fit(seen))
    return halve(export(network, "palette", multiple=MULTIPLE)), spec.to_json()


def _warnings(learned: Learned) -> list[str]:
    if not learned.bad:
        return []
    named = "; ".join(f"{each.name}: {each.reason}" for each in learned.bad[:_NAMED])
    more = f"; and {len(learned.bad) - _NAMED} more" if len(learned.bad) > _NAMED else ""
    count = "1 picture was" if len(learned.bad) == 1 else f"{len(learned.bad)} pictures were"
    return [f"{count} not learned from ({named}{more})"]
