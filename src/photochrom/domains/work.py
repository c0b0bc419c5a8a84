"""Train and judge one kind of picture: what runs in a process of its own, here or elsewhere."""

import hashlib
from pathlib import Path as FilePath

from photochrom._files import write_bytes
from photochrom.domains.domain import RECORD, Task
from photochrom.domains.entry import Entry, Judged
from photochrom.domains.judging import judge_model
from photochrom.modelfile.spec import ModelSpec
from photochrom.training.train import train


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


def _judged(spec: ModelSpec, pictures: int) -> Judged:
    if pictures:
        return "test"
    held_out = "nothing" if spec.training is None else spec.training.held_out
    found: dict[str, Judged] = {"pictures": "pictures", "blocks": "blocks"}
    return found.get(held_out, "nothing")
