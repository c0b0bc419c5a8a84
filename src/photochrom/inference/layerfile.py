"""Colour layers as files: 16-bit gray PNG, planes below each other, and their story in the XMP."""

from os import fspath

import numpy as np

from photochrom._files import check_free, write_bytes
from photochrom._types import Path
from photochrom.errors import LayerError, OptionError, PictureError, RecipeError
from photochrom.imageio import statement
from photochrom.imageio.formats import format_of
from photochrom.imageio.picture import Kept, Picture
from photochrom.imageio.reading import Limits, load_image
from photochrom.imageio.statement import Statement
from photochrom.imageio.writing import encode_image
from photochrom.inference import planes, recorded
from photochrom.inference.layer import Layer
from photochrom.inference.planes import Story
from photochrom.inference.provenance import Provenance

LIMITS = Limits(max_pixels=1 << 27, max_bytes=1 << 29)  # some planes of the largest working size


def save_layer(layer: Layer, target: Path, *, overwrite: bool = False) -> None:
    """Write a layer as a PNG file.

    Raises
    ------
    OptionError
        If the file's name does not end in .png.
    OutputExistsError
        If the file exists and `overwrite` is false.
    WriteError
        If it cannot be written.
    """
    check_name(target)
    check_free(target, overwrite=overwrite)
    write_bytes(encode_layer(layer), target, overwrite=overwrite)


def check_name(target: Path) -> None:
    """Raise `OptionError` where a layer's file is not called PNG."""
    if format_of(target) != "png":
        raise OptionError(
            f"a colour layer is a PNG file; end its name in .png, got {fspath(target)}"
        )


def encode_layer(layer: Layer) -> bytes:
    """Return a layer as the bytes of a file."""
    codes, shelf = planes.encode(layer.planes)
    story = Story(shelf, layer.span, layer.stride, layer.master, layer.size, planes.sha256(codes))
    said = layer.provenance.statement(recorded.to_json(story.to_dict()))
    kept = Kept(xmp=statement.stated(None, said))
    return encode_image(Picture(codes[..., np.newaxis], kept=kept), "png")


def load_layer(source: Path | bytes) -> Layer:
    """Read what `save_layer` wrote.

    Parameters
    ----------
    source : path, or the bytes of a file

    Raises
    ------
    InputMissingError
        If there is no such file.
    LayerError
        If it is no layer, is damaged, or is of a newer version.
    """
    name = "the layer" if isinstance(source, bytes) else fspath(source)
    try:
        picture = load_image(source, limits=LIMITS)
    except PictureError as error:
        raise LayerError(f"expected a colour layer, a PNG of photochrom: {error}") from error
    said = statement.statement_in(picture.kept.xmp)
    if said is None or not said.layer:
        raise LayerError(
            f"{name} is no colour layer: it lacks the description that photochrom writes into one"
        )
    try:
        return _read(picture, said)
    except (LayerError, RecipeError) as error:
        raise LayerError(f"{name} cannot be used as a colour layer: {error}") from error


def _read(picture: Picture, said: Statement) -> Layer:
    story = Story.from_dict(recorded.from_json(said.layer))
    if not picture.is_gray or planes.sha256(picture.pixels[..., 0]) != story.sha256:
        raise LayerError("its pixels are not those that were written; it is damaged or was edited")
    arrays = planes.decode(picture.pixels[..., 0], story.shelf)
    provenance = Provenance.of(said)
    return Layer(arrays, story.span, story.stride, story.master, story.size, provenance)
