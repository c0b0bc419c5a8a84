"""What `colorize` keeps of its work besides the picture: the recipe in it, the layer beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from photochrom.cli.targets import Job
from photochrom.errors import OptionError

if TYPE_CHECKING:
    from photochrom.imageio.picture import Picture
    from photochrom.inference.colorizer import Colorizer
    from photochrom.inference.recipe import Recipe


@dataclass(frozen=True)
class Keeping:
    """File of the colour layer or None, whether it may be replaced, whether to write provenance."""

    layer: Path | None
    force: bool
    provenance: bool

    def check_jobs(self, jobs: Sequence[Job]) -> None:
        """Raise `OptionError` where there is not one picture to a layer; see `check`."""
        if self.layer is not None and len(jobs) != 1:
            raise OptionError(
                f"--layer keeps the colours of one picture, but there are {len(jobs)}"
            )
        self.check(*(path for job in jobs for path in (job.source, job.target)))

    def check(self, *taken: Path) -> None:
        """Refuse a layer's name, before any work, where it is taken or no PNG's."""
        if self.layer is None:
            return
        from photochrom._files import check_free
        from photochrom.inference.layerfile import check_name

        check_name(self.layer)
        if self.layer.resolve() in [path.resolve() for path in taken]:
            raise OptionError(f"--layer {self.layer} is the picture or its result; name another")
        check_free(self.layer, overwrite=self.force)

    def check_files(self, read: Sequence[Path], written: Sequence[Path]) -> None:
        """Refuse to write over what the options name, or two things into one file.

        Parameters
        ----------
        read : files that the options name
        written : results and what is written beside them
        """
        inputs = {path.resolve() for path in read}
        outputs = [path.resolve() for path in written]
        for path in (*outputs, *([] if self.layer is None else [self.layer.resolve()])):
            if path in inputs:
                raise OptionError(f"{path} is read and would be overwritten; change -o or --layer")
        if self.layer is not None and self.layer.resolve() in outputs:
            raise OptionError(f"--layer {self.layer} would be overwritten; name another")

    def color(self, colorizer: "Colorizer", picture: "Picture", recipe: "Recipe") -> "Picture":
        """Colour a picture, by its layer where one is kept: the network runs once for both."""
        from photochrom.inference.layerfile import save_layer

        if self.layer is None:
            return colorizer.colorize(picture, recipe, provenance=self.provenance)
        layer = colorizer.layer(picture, recipe)
        save_layer(layer, self.layer, overwrite=self.force)
        field = layer.field(picture)
        return colorizer.complete(picture, field, recipe, provenance=self.provenance)
