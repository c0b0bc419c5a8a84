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

Color: TypeAlias = "Callable[[Path | bytes], Picture | None]"
"""From a file or its bytes to the coloured picture; None for one that is in colour already."""

Work: TypeAlias = "Callable[[Job], Picture | None]"
"""From a job to what was written for it; None for a picture that is in colour already."""

IN_COLOR = "already in colour"
LEFT_ALONE = f"{IN_COLOR}, left alone; --even-if-colored colours it anew"


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
    skipped: str | None = None
    alternatives: tuple[str, ...] = ()


def run(jobs: Sequence[Job], color: Color, saving: Saving) -> list[Done]:
    """Colour every input into its output; failures are told at once, on stderr."""
    return each(jobs, lambda job: _into(job, color, saving))


def each(jobs: Sequence[Job], work: Work) -> list[Done]:
    """Do any work on every input, and tell failures at once, on stderr."""
    results = []
    with Counter("colouring", len(jobs)) as counter:
        for job in jobs:
            counter.start(job.source.name)
            done = _one(job, work)
            if done.error is not None:
                counter.note(f"photochrom: {_named(done)}")
            if done.skipped is not None:
                counter.note(f"{done.input}: {LEFT_ALONE}")
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


def _one(job: Job, work: Work) -> Done:
    start = time.perf_counter()
    target, error, skipped = None, None, None
    notes: tuple[str, ...] = ()
    try:
        picture = work(job)
        if picture is None:
            skipped = IN_COLOR
        else:
            target, notes = str(job.target), picture.kept.notes
    except PhotochromError as failure:
        error = str(failure)
    except MemoryError:  # of reading or writing; the next picture may be smaller
        error = f"not enough memory to read or write {job.source}; close other programs"
    seconds = round(time.perf_counter() - start, 3)
    return Done(str(job.source), target, error, seconds, notes, skipped)


def _into(job: Job, color: Color, saving: Saving) -> "Picture | None":
    check_free(job.target, saving)
    picture = color(job.source)
    if picture is not None:
        save(picture, job.target, saving)
    return picture


def check_free(target: Path, saving: Saving) -> None:
    """Refuse a name that is taken before the work; the writer asks again."""
    if target.exists() and not saving.force:
        raise OutputExistsError(f"{target} exists already; --force overwrites it")


def _named(done: Done) -> str:
    error = done.error or ""
    return error if done.input in error else f"{done.input}: {error}"
