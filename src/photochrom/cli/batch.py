"""Many pictures one after another: a failed one is named and the others go on."""

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from photochrom.cli.progress import Counter
from photochrom.cli.targets import Job
from photochrom.errors import OutputExistsError, PhotochromError, WriteError

if TYPE_CHECKING:
    from photochrom.imageio.picture import Picture

Color: TypeAlias = "Callable[[Path | bytes], Picture]"
"""From a file or its bytes to the coloured picture."""


@dataclass(frozen=True)
class Saving:
    """How results are written: format (None: as the name or the input says), quality, force."""

    file_format: str | None
    quality: int
    force: bool


@dataclass(frozen=True)
class Done:
    """What became of one input, as `--json` prints it."""

    input: str
    output: str | None
    error: str | None
    seconds: float
    notes: tuple[str, ...] = ()


def run(jobs: Sequence[Job], color: Color, saving: Saving) -> list[Done]:
    """Colour every input into its output; failures are told at once, on stderr."""
    results = []
    with Counter("colouring", len(jobs)) as counter:
        for job in jobs:
            counter.start(job.source.name)
            done = _one(job, color, saving)
            if done.error is not None:
                counter.note(f"photochrom: {_named(done)}")
            for note in done.notes:
                counter.note(f"{done.input}: {note}")
            results.append(done)
            counter.finish()
    return results


def save(picture: "Picture", target: Path, saving: Saving) -> None:
    """Write one result, making its folder if needed."""
    from photochrom.imageio.writing import save_image

    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WriteError(f"{target.parent} cannot be made: {error.strerror}") from error
    save_image(
        picture,
        target,
        format=saving.file_format,
        quality=saving.quality,
        overwrite=saving.force,
    )


def stream_out(picture: "Picture", saving: Saving) -> None:
    """Write one result to stdout."""
    from photochrom.imageio.writing import encode_image

    file_format = saving.file_format or picture.kept.format
    sys.stdout.buffer.write(encode_image(picture, file_format, quality=saving.quality))
    sys.stdout.buffer.flush()


def _one(job: Job, color: Color, saving: Saving) -> Done:
    start = time.perf_counter()
    error = None
    notes: tuple[str, ...] = ()
    try:
        if job.target.exists() and not saving.force:  # before the work; the writer asks again
            raise OutputExistsError(f"{job.target} exists already; --force overwrites it")
        picture = color(job.source)
        notes = picture.kept.notes
        save(picture, job.target, saving)
    except PhotochromError as failure:
        error = str(failure)
    seconds = round(time.perf_counter() - start, 3)
    return Done(str(job.source), None if error else str(job.target), error, seconds, notes)


def _named(done: Done) -> str:
    error = done.error or ""
    return error if done.input in error else f"{done.input}: {error}"
