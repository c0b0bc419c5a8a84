"""Colour layers as files: 16-bit gray PNG, planes below each other, and their story in the XMP."""

import hashlib
from dataclasses import replace
from os import fspath

import numpy as np

from photochrom._files import check_free, write_bytes
from photochrom._types import Codes, Path
from photochrom.errors import LayerError, OptionError, PictureError, RecipeError
from photochrom.imageio import statement
from photochrom.imageio.formats import format_of
from photochrom.imageio.packet import holdable
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
    story = Story(shelf, layer.span, layer.stride, layer.master, layer.size)
    said = layer.provenance.statement()
    sealed = replace(story, sha256=_seal(codes, story, said)).to_dict()
    kept = Kept(xmp=statement.stated(None, replace(said, layer=recorded.to_json(sealed))))
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
    codes = picture.pixels[..., 0]
    if not picture.is_gray or _seal(codes, story, said) != story.sha256:
        raise LayerError("it does not hold what was written into it; it is damaged or was edited")
    arrays = planes.decode(codes, story.shelf)
    provenance = Provenance.of(said)
    return Layer(arrays, story.span, story.stride, story.master, story.size, provenance)


def _seal(codes: Codes, story: Story, said: Statement) -> str:
    """Return the SHA-256, hex, over all that counts.

    PNG has checksums of its own, but libvips goes on where that of a text is wrong.
    """
    digest = hashlib.sha256(np.ascontiguousarray(codes, dtype="<u2").data)
    bare = recorded.to_json(replace(story, sha256="").to_dict())
    for text in (bare, said.recipe, holdable(said.model), said.hash):
        digest.update(text.encode() + b"\n")
    return digest.hexdigest()
