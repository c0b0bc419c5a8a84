"""`colorize --alternatives`: several answers for each picture, and a sheet to choose from."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import click

from photochrom.cli import batch
from photochrom.cli.batch import Done, Saving
from photochrom.cli.targets import Job, refuse_collisions
from photochrom.errors import OptionError

if TYPE_CHECKING:
    from photochrom.imageio.picture import Picture
    from photochrom.inference.colorizer import Colorizer
    from photochrom.inference.recipe import Recipe

Command = TypeVar("Command", bound=Callable[..., object])
Load: TypeAlias = "Callable[[Path | bytes], Picture | None]"
"""From a file to its picture; None for one that is in colour already."""

MOST = 16  # as inference.alternatives.MOST, loaded later


def options(command: Command) -> Command:
    """Add --alternatives and --seed."""
    command = click.option(
        "--seed",
        type=click.IntRange(min=0),
        metavar="S",
        help="Another seed, other alternatives; the same one, the same. Without it: 0.",
    )(command)
    return click.option(
        "--alternatives",
        type=click.IntRange(1, MOST),
        metavar="N",
        help="Write N different colourings, NAME-color-1.EXT to NAME-color-N.EXT, and a sheet to "
        "choose from, NAME-color-sheet.png.",
    )(command)


@dataclass(frozen=True)
class Several:
    """How many answers a picture gets, by what recipe, and whether they say how they were made."""

    count: int
    recipe: "Recipe"
    provenance: bool

    def check_jobs(self, jobs: Sequence[Job]) -> None:
        """Refuse, before any work, names of results that would meet."""
        refuse_collisions(
            [Job(job.source, file) for job in jobs for file in self._files(job.target)]
        )

    def work(
        self, colorizer: "Colorizer", load: "Load", saving: Saving
    ) -> "Callable[[Job], Picture | None]":
        """Return what colours one picture several times over.

        Raises
        ------
        OptionError
            If the model or another option allows no alternatives.
        """
        colorizer.check(replace(self.recipe, alternative=self.count))

        def one(job: Job) -> "Picture | None":
            for file in self._files(job.target):
                batch.check_free(file, saving)
            picture = load(job.source)
            return None if picture is None else self._write(colorizer, picture, job, saving)

        return one

    def told(self, done: Done) -> Done:
        """Name the files that were written in place of the one that would have been."""
        if done.output is None:
            return done
        *files, sheet = map(str, self._files(Path(done.output)))
        return replace(done, output=sheet, alternatives=tuple(files))

    def _write(
        self, colorizer: "Colorizer", picture: "Picture", job: Job, saving: Saving
    ) -> "Picture":
        """Write one answer after the other, then the sheet; return the last answer, with notes."""
        from photochrom.evaluation.choices import alike, choice_sheet, small
        from photochrom.imageio.picture import Picture, with_notes

        *files, sheet = self._files(job.target)
        answers = colorizer.each_alternative(
            picture, self.count, self.recipe, provenance=self.provenance
        )
        cells = []
        for file, colored in zip(files, answers, strict=True):
            batch.save(colored, file, saving)
            cells.append(small(colored))
        drawn = Picture(choice_sheet(small(picture, gray=True), cells))
        batch.save(drawn, sheet, replace(saving, file_format=None))
        return with_notes(colored, _note(alike(cells)))

    def _files(self, target: Path) -> list[Path]:
        """Return the files of the answers and, last, that of the sheet."""
        numbers = range(1, self.count + 1)
        answers = [target.with_name(f"{target.stem}-{n}{target.suffix}") for n in numbers]
        return [*answers, target.with_name(f"{target.stem}-sheet.png")]


def check_options(count: int | None, seed: int | None, *, layer: bool, stream: bool) -> None:
    """Refuse what does not go together, before any work."""
    if count is None:
        if seed is not None:
            raise OptionError("--seed is that of the alternatives; give --alternatives N too")
        return
    if stream:
        raise OptionError("--alternatives writes several files; give it files, not a stream (-)")
    if layer:
        raise OptionError("--layer keeps the colours of one result; --alternatives has several")


def _note(numbers: Sequence[int]) -> tuple[str, ...]:
    if not numbers:
        return ()
    which = ", ".join(map(str, numbers))
    return (f"the model sees few ways to colour this: too like an earlier answer are {which}",)
