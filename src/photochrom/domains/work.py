"""Train and judge one kind of picture: what runs in a process of its own, here or elsewhere."""

import hashlib
from pathlib import Path as FilePath

import numpy as np

from photochrom._files import write_bytes
from photochrom.color import gamut
from photochrom.domains.domain import RECORD, Config, Task
from photochrom.domains.entry import Entry, Judged
from photochrom.domains.judging import judge_model
from photochrom.modelfile.file import read_model
from photochrom.modelfile.spec import ModelSpec
from photochrom.models import packaged
from photochrom.training.train import train
from photochrom.training.transfer.config import TransferConfig


def work(task: Task, fingerprint: str, place: FilePath) -> Entry:
    """Leave a model, its run folder and its entry in a folder.

    Parameters
    ----------
    task : what to train
    fingerprint : of the task; goes into the entry
    place : a folder to write into

    Raises
    ------
    PhotochromError
        Whatever `train` and `evaluate` raise.
    """
    domain = task.domain
    model, run = place / domain.model, place / domain.run
    result = train(domain.folder, model, task.config, run_folder=run, overwrite=True)
    judgement = judge_model(domain.folder, model, run, result.spec.preset)
    data = model.read_bytes()
    spec, summary = result.spec, result.spec.training
    entry = Entry(
        name=domain.name,
        folder=str(domain.folder),
        preset=spec.preset,
        pictures=0 if summary is None else summary.pictures,
        judged=_judged(spec, judgement.judged_by),
        judged_by=judgement.judged_by,
        figures=judgement.figures,
        differences=judgement.differences,
        palette=None if spec.palette is None else spec.palette.to_json(),
        added=_added(spec, task.config),
        tones=_tones(spec),
        chosen=None if summary is None else summary.chosen,
        seconds=round(result.seconds, 1),
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        samples=judgement.samples,
        left_out=tuple((one.name, one.reason) for one in result.dropped),
        warnings=tuple(result.warnings),
    )
    write_bytes(entry.to_json(fingerprint).encode(errors="replace"), run / RECORD, overwrite=True)
    return entry


def _added(spec: ModelSpec, config: Config) -> int:
    """Count the colours that a transfer added behind those of the model it began with."""
    if not isinstance(config, TransferConfig) or spec.palette is None:
        return 0
    start = read_model(packaged.resolve(config.start))[1].palette
    return 0 if start is None else len(spec.palette) - len(start)


def _tones(spec: ModelSpec) -> tuple[tuple[int, int, int], ...]:
    """Return the mean colour at each lightness of the pictures learned from."""
    if spec.training is None:
        return ()
    chroma = np.array(spec.training.lightness_table, np.float32)
    lightness = (np.arange(len(chroma), dtype=np.float32) + 0.5) * 100 / len(chroma)
    codes = np.rint(gamut.to_srgb(lightness, chroma) * 255).astype(int).tolist()
    return tuple((red, green, blue) for red, green, blue in codes)


def _judged(spec: ModelSpec, pictures: int) -> Judged:
    if pictures:
        return "test"
    held_out = "nothing" if spec.training is None else spec.training.held_out
    found: dict[str, Judged] = {"pictures": "pictures", "blocks": "blocks"}
    return found.get(held_out, "nothing")
