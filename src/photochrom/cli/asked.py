"""What the options of `colorize` ask for: an order, and where its results go."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from photochrom.cli.controls import files, to_recipe
from photochrom.errors import OptionError

if TYPE_CHECKING:
    from photochrom.batch.order import Order
    from photochrom.batch.plan import Plan
    from photochrom.imageio.reading import Limits


@dataclass(frozen=True)
class Asked:
    """What was asked for, not yet looked up.

    Attributes
    ----------
    output : file, folder or URL; None for beside the input
    force : whether results may be replaced
    read : files that the options name
    model, device : what colours, and where
    max_pixels : of a picture; None for the usual limit
    of_order : what `Order` takes besides
    """

    output: str | None
    force: bool
    read: list[Path]
    model: str
    device: str
    max_pixels: int | None
    of_order: dict[str, Any]

    @property
    def layer(self) -> str | None:
        """File of the colours by themselves."""
        layer: str | None = self.of_order["layer"]
        return layer

    def order(self) -> "Order":
        """Read the model and return the order.

        Raises
        ------
        InputMissingError, ModelFileError
            As `read_model` does.
        OptionError
            If options do not go together.
        """
        from photochrom.batch.order import Model, Order

        return Order(Model.of(self.model), self.device, limits=self.limits(), **self.of_order)

    def limits(self) -> "Limits":
        """Return what a picture may ask for."""
        from photochrom.imageio.reading import Limits

        return Limits() if self.max_pixels is None else Limits(max_pixels=self.max_pixels)

    def check(self, plan: "Plan", order: "Order") -> None:
        """Refuse, before any work, results that would meet each other or what is read.

        Raises
        ------
        OptionError, OutputExistsError
            If they would, or a layer is wanted of anything but one picture.
        """
        from photochrom.batch.plan import refuse_collisions
        from photochrom.batch.results import names

        if self.layer is not None and (len(plan.items) != 1 or plan.folder is not None):
            raise OptionError(
                "--layer keeps the colours of one picture; name that file, not a folder or several"
            )
        pairs = [(item.source, name) for item in plan.items for name in names(order, item.target)]
        self.check_read([name for _, name in pairs])
        if self.layer is not None and self.layer in [name for _, name in pairs[:-1]]:
            raise OptionError(f"--layer {self.layer} would be overwritten; name another")
        refuse_collisions(pairs)
        self.check_layer()

    def check_read(self, written: Sequence[str]) -> None:
        """Refuse to write over what the options name."""
        from photochrom.storage.place import key_of, shown

        inputs = {key_of(str(path)) for path in self.read}
        for name in written if inputs else ():
            if key_of(name) in inputs:
                raise OptionError(
                    f"{shown(name)} is read and would be overwritten; change -o or --layer"
                )

    def check_layer(self) -> None:
        """Refuse a layer's name where it is taken or no PNG's."""
        if self.layer is None:
            return
        from photochrom._files import check_free
        from photochrom.inference.layerfile import check_name

        check_name(self.layer)
        check_free(Path(self.layer), overwrite=self.force)


def asked_for(options: dict[str, Any], output: str | None, *, force: bool) -> Asked:
    """Sort the options of the command line.

    Raises
    ------
    PhotochromError
        If what they name cannot be read, or does not go together.
    """
    own = {name: options.pop(name) for name in ("model", "device", "max_pixels")}
    of_order = {
        "even_if_colored": options.pop("even_if_colored"),
        "provenance": not options.pop("no_provenance"),
        "format": options.pop("file_format"),
        "quality": options.pop("quality"),
        "alternatives": options.pop("alternatives"),
        "confidence": options.pop("confidence"),
        "album": options.pop("album"),
        "layer": options.pop("layer"),
    }
    if options["seed"] is not None and of_order["alternatives"] is None:
        raise OptionError("--seed is that of the alternatives; give --alternatives N too")
    options["seed"] = options["seed"] or 0
    read = files(options)
    return Asked(output, force, read, of_order=of_order | {"recipe": to_recipe(options)}, **own)
