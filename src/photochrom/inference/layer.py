"""A colour layer: the colours of one picture in a small file, to be put on its master at any time.

What a layer holds is a `Field` without the lightness, which the master itself gives, bit by bit.
"""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from photochrom._memory import memory_for
from photochrom._types import Codes, Float32
from photochrom.errors import LayerError
from photochrom.imageio.picture import Picture, with_pixels
from photochrom.inference import working
from photochrom.inference.field import Field
from photochrom.inference.fingerprint import fingerprint
from photochrom.inference.finish import finish
from photochrom.inference.kinds import as_picture, like
from photochrom.inference.provenance import Provenance, stamped

GUIDE = "lightness"  # the plane of a field that its picture gives


@dataclass(frozen=True, eq=False)
class Layer:
    """The colours of one picture.

    Attributes
    ----------
    planes : the arrays of its `Field` by name, (h', w') or (h', w', c); `lightness` among them only
        where the master cannot give it
    span : how many cells (down, across) the picture covers
    stride : px of the working picture to a cell
    master : fingerprint of the picture's pixels
    size : (height, width) of the picture
    provenance : what made the colours
    """

    planes: dict[str, Float32]
    span: tuple[float, float]
    stride: int
    master: str
    size: tuple[int, int]
    provenance: Provenance

    @classmethod
    def of(cls, field: Field, picture: Picture, stride: int, provenance: Provenance) -> "Layer":
        """Take the field of a picture.

        Parameters
        ----------
        field : as `Colorizer.field` gives it
        picture : the master
        stride : of the network, px of the working picture to a cell
        provenance : what made the field
        """
        named = {each.name: getattr(field, each.name) for each in fields(field)}
        planes = {name: value for name, value in named.items() if isinstance(value, np.ndarray)}
        # Something between network and field may have brought the grid to the working size.
        for each in (stride, 1):
            guide = _guide(picture.pixels, field.span, each)
            if guide.shape == field.lightness.shape and np.array_equal(guide, field.lightness):
                del planes[GUIDE]
                break
        size = picture.height, picture.width
        return cls(planes, field.span, each, fingerprint(picture.pixels), size, provenance)

    def field(self, picture: Picture) -> Field:
        """Return the field for its master.

        Raises
        ------
        LayerError
            If `picture` is another one.
        """
        self._check_master(picture)
        planes: dict[str, Any] = dict(self.planes)
        if GUIDE not in planes:
            planes[GUIDE] = _guide(picture.pixels, self.span, self.stride)
        if planes[GUIDE].shape != planes["chroma"].shape[:2]:
            raise LayerError("the layer is damaged: its planes have another size than it says")
        try:
            return Field(**planes, span=self.span)
        except TypeError as error:  # a plane is missing that fields have by now
            raise LayerError(f"the layer is of another version: {error}") from error

    def _check_master(self, picture: Picture) -> None:
        size = picture.height, picture.width
        if size != self.size:
            raise LayerError(
                f"the layer is for a picture of {self.size[1]} x {self.size[0]} px, this one has "
                f"{size[1]} x {size[0]}; give the very file that the layer was made from"
            )
        if fingerprint(picture.pixels) != self.master:
            raise LayerError(
                "the layer is for another picture: size and pixels must be exactly those that it "
                "was made from; an edited, resized or recompressed copy will not do"
            )


def apply(
    layer: Layer, picture: Any, *, provenance: bool = True, threads: int | None = None
) -> Any:
    """Put a layer on its master: what the colorizer gave, to the last bit, without the model.

    Parameters
    ----------
    layer : from `Colorizer.layer` or `load_layer`
    picture : the master: path, bytes, `Picture`, Pillow image or array
    provenance : say in the result's XMP how it was made
    threads : of the CPU; None for all cores

    Returns
    -------
    colored : the same kind as given, as `Colorizer.colorize` does

    Raises
    ------
    LayerError
        If the picture is not the layer's master.
    InputMissingError, PictureError
        If a file is not there or not a picture.
    OutOfMemoryError
        If there is not enough memory.
    """
    master = as_picture(picture)
    what = f"to colour a picture of {master.width} x {master.height} px"
    with memory_for(what, "close other programs first"):
        field = layer.field(master)
        pixels = finish(master.pixels, field, layer.provenance.recipe, threads=threads)
    colored = with_pixels(master, pixels)
    return like(picture, stamped(colored, layer.provenance if provenance else None))


def _guide(pixels: Codes, span: tuple[float, float], stride: int) -> Float32:
    """Return L* of a picture on the grid, as the colorizer made it."""
    size = max(1, round(span[0] * stride)), max(1, round(span[1] * stride))
    return working.to_grid(working.reduce_codes(pixels, size), stride)
