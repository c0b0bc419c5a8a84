"""Do once more what made a result, by the recipe that it carries."""

from collections.abc import Sequence
from os import PathLike, fspath
from typing import Any

from photochrom._types import Path
from photochrom.errors import RecipeError
from photochrom.imageio.picture import Picture
from photochrom.imageio.reading import load_xmp
from photochrom.inference.colorizer import Colorizer
from photochrom.inference.fingerprint import with_pictures
from photochrom.inference.provenance import Provenance, name_of_packaged, read


def provenance_of(result: Picture | Path | bytes) -> Provenance:
    """Return how a result was made, as its XMP says.

    Parameters
    ----------
    result : a picture that photochrom coloured; of a file no pixel is decoded

    Raises
    ------
    InputMissingError, PictureError
        If the file is not there or not a picture.
    RecipeError
        If it holds no recipe, or one that is damaged or of a newer version.
    """
    packet = result.kept.xmp if isinstance(result, Picture) else load_xmp(result)
    named = fspath(result) if isinstance(result, str | PathLike) else "the result"
    return read(packet, named)


def recolor(
    result: Picture | Path | bytes | Provenance,
    master: Any,
    *,
    model: Path | bytes | None = None,
    references: Sequence[Any] = (),
    device: str = "cpu",
    provenance: bool = True,
) -> Any:
    """Colour a picture by the recipe of a result.

    Parameters
    ----------
    result : a picture that photochrom coloured, or what `provenance_of` read from it
    master : path, bytes, `Picture`, Pillow image or array; what comes back is of the same kind
    model : the one that made the result; found by itself where it ships with this installation
    references : the pictures that the recipe knows by their pixels alone, in any order
    device : "cpu" or "cuda"
    provenance : say in the new result's XMP how it was made

    Returns
    -------
    colored : what the first colouring gave, where `master` is the same picture

    Raises
    ------
    InputMissingError, PictureError, ModelFileError
        If a file is not there, or not what it should be.
    RecipeError
        If there is no recipe, the model is not here or another one, or a reference is missing.
    OptionError
        If a reference is given that the recipe does not name.
    """
    said = result if isinstance(result, Provenance) else provenance_of(result)
    recipe = with_pictures(said.recipe, references)
    colorizer = Colorizer(_model(said) if model is None else model, device=device)
    if colorizer.hash != said.hash:
        raise RecipeError(
            f"the result was made by another model: {_named(said)}; the one given has a SHA-256 "
            f"that begins with {colorizer.hash[:12]}"
        )
    colorizer.name = said.model  # as it was called then, so that equal work gives equal bytes
    return colorizer.colorize(master, recipe, provenance=provenance)


def _model(said: Provenance) -> str:
    name = name_of_packaged(said.hash)
    if name is None:
        raise RecipeError(
            f"the model that made the result does not ship with this photochrom: {_named(said)}; "
            "name its file (--model)"
        )
    return name


def _named(said: Provenance) -> str:
    name = repr(said.model) if said.model else "one without a name"
    return f"{name}, whose SHA-256 begins with {said.hash[:12]}"
