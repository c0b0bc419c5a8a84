"""`colorize --confidence`: a map and a description beside each result."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from photochrom.cli import batch
from photochrom.cli.batch import Saving, Work
from photochrom.cli.keeping import Keeping
from photochrom.cli.several import Load
from photochrom.cli.targets import Job
from photochrom.errors import OptionError

if TYPE_CHECKING:
    from photochrom.imageio.picture import Picture
    from photochrom.inference.colorizer import Colorizer
    from photochrom.inference.confidence import Confidence
    from photochrom.inference.recipe import Recipe


@dataclass(frozen=True)
class Sure:
    """How results are made and kept, with their confidence."""

    recipe: "Recipe"
    keeping: Keeping
    saving: Saving

    def check_jobs(self, jobs: Sequence[Job]) -> None:
        """Raise `OptionError` where two maps, or a map and a result, would have one name."""
        taken = {job.target.resolve() for job in jobs}
        for job in jobs:
            for name in beside(job.target):
                if name.resolve() in taken:
                    raise OptionError(
                        f"{name} would be written twice; colour these pictures in two runs or "
                        "rename one"
                    )
                taken.add(name.resolve())

    def work(self, colorizer: "Colorizer", load: Load) -> Work:
        """Return what colours one input and writes its result, map and description."""
        from photochrom.inference.confidence import palette_of

        palette_of(colorizer.spec)  # refuses, before any work, a model without
        colorizer.check(self.recipe)

        def work(job: Job) -> "Picture | None":
            for name in (job.target, *beside(job.target)):
                batch.check_free(name, self.saving)
            picture = load(job.source)
            if picture is None:
                return None
            sure = colorizer.confidence(picture, self.recipe)
            result = self.keeping.color(colorizer, picture, self.recipe)
            batch.save(result, job.target, self.saving)
            self._write(sure, picture, job.target)
            return result

        return work

    def _write(self, sure: "Confidence", picture: "Picture", target: Path) -> None:
        from photochrom._files import write_bytes
        from photochrom.imageio import from_array, save_image

        drawn, told = beside(target)
        save_image(from_array(sure.draw(picture)), drawn, overwrite=self.saving.force)
        text = json.dumps(sure.to_dict(), indent=1) + "\n"
        write_bytes(text.encode(), told, overwrite=self.saving.force)


def check(*, alternatives: bool, stream: bool) -> None:
    """Raise `OptionError` where --confidence goes with another option no way."""
    if alternatives:
        raise OptionError(
            "--confidence tells of the one result of a picture; --alternatives has several"
        )
    if stream:
        raise OptionError("--confidence writes files beside the result; - is a stream, name a file")


def beside(target: Path) -> tuple[Path, Path]:
    """Return the names of the map and of the description of a result."""
    stem = target.with_suffix("")
    return stem.with_name(f"{stem.name}-confidence.png"), stem.with_name(
        f"{stem.name}-confidence.json"
    )
