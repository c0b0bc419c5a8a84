"""How a result was made, written into it and read out of it again."""

from dataclasses import dataclass, replace
from os import PathLike, fspath
from pathlib import PurePath

from photochrom import __version__
from photochrom._types import Path
from photochrom.errors import ModelFileError, RecipeError
from photochrom.imageio import statement
from photochrom.imageio.picture import Picture
from photochrom.imageio.statement import Statement
from photochrom.inference import recorded
from photochrom.inference.recipe import Recipe
from photochrom.models.packaged import packaged
from photochrom.storage.place import shown

SOFTWARE = f"photochrom {__version__}"
_BROKEN = "the XMP packet is damaged and was left out; a new one says how the colours were made"


@dataclass(frozen=True)
class Provenance:
    """What made the colours of a picture.

    Attributes
    ----------
    recipe : the options
    model : the model's name: of a packaged one, or the file's, without its folder; "" if unknown
    hash : SHA-256 of the model file, hex
    software : what wrote it
    """

    recipe: Recipe
    model: str
    hash: str
    software: str = SOFTWARE

    def statement(self, layer: str = "") -> Statement:
        """Return it as text; `layer` is the JSON of a colour layer."""
        recipe = recorded.to_json(self.recipe.to_dict())
        return Statement(SOFTWARE, self.model, self.hash, recipe, layer)

    @classmethod
    def of(cls, said: Statement) -> "Provenance":
        """Read what `statement` gave.

        Raises
        ------
        RecipeError
            If the recipe is damaged or of a newer version.
        """
        recipe = Recipe.from_dict(recorded.from_json(said.recipe))
        return cls(recipe, said.model, said.hash, said.software)


def stamped(picture: Picture, provenance: Provenance | None) -> Picture:
    """Write into a result's XMP how it was made; all else in it stays.

    Without `provenance` nothing is written. What an earlier colouring said goes in either case, for
    the pixels are others now.
    """
    kept = picture.kept
    if provenance is None:
        return replace(picture, kept=replace(kept, xmp=statement.retracted(kept.xmp)))
    said, notes = provenance.statement(), kept.notes
    packet = statement.stated(kept.xmp, said)
    if packet is None:
        packet, notes = statement.stated(None, said), (*notes, _BROKEN)
    return replace(picture, kept=replace(kept, xmp=packet, notes=notes))


def read(packet: bytes | None, name: str) -> Provenance:
    """Return how a picture was made, by its XMP packet; `name` is what errors call it.

    Raises
    ------
    RecipeError
        If it does not say so, is damaged, or is of a newer version.
    """
    said = statement.statement_in(packet)
    if said is None:
        raise RecipeError(
            f"{name} holds no recipe of photochrom: it was not coloured by it, or with "
            "--no-provenance, or another program took the XMP out"
        )
    try:
        return Provenance.of(said)
    except RecipeError as error:
        raise RecipeError(f"{name}: {error}") from error


def model_name(model: Path | bytes, sha256: str) -> str:
    """Name a model without saying where it lies: as it is packaged, else as its file is called."""
    known = name_of_packaged(sha256)
    if known is not None:
        return known
    return PurePath(shown(fspath(model))).name if isinstance(model, str | PathLike) else ""


def name_of_packaged(sha256: str) -> str | None:
    """Return the name of the packaged model of this hash; None if there is none, or no list."""
    try:
        return next((model.name for model in packaged() if model.sha256 == sha256), None)
    except ModelFileError:
        return None
