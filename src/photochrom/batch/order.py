"""All that is asked of a batch, in one value that travels to whatever colours its pictures."""

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property

from photochrom._types import Path
from photochrom.errors import OptionError
from photochrom.imageio.reading import DEFAULT_LIMITS, Limits
from photochrom.inference.cast import Cast
from photochrom.inference.provenance import model_name
from photochrom.inference.recipe import Recipe
from photochrom.modelfile.file import model_hash, read_model
from photochrom.storage.models import resolve

_PLAIN = Recipe()


@dataclass(frozen=True)
class Model:
    """A model file in memory, checked, and what it is called; `hash` is its SHA-256, hex."""

    data: bytes
    name: str
    hash: str

    @classmethod
    def of(cls, model: Path | bytes) -> "Model":
        """Read a model once, for all that will use it.

        Raises
        ------
        InputMissingError, ModelFileError, StorageError
            As `resolve` and `read_model` do.
        """
        data, _ = read_model(resolve(model))
        sha256 = model_hash(data)
        return cls(data, model_name(model, sha256), sha256)


@dataclass(frozen=True)
class Order:
    """What to do with every picture of a batch.

    Attributes
    ----------
    model : colours them
    device : cpu or cuda
    recipe : by which options
    limits : what a file may ask for
    even_if_colored : colour anew what is in colour already
    provenance : say in the results how they were made
    format : of the results; None for what their names say
    quality : of JPEG and WebP, 1 to 100
    alternatives : how many answers a picture gets, with a sheet to choose from; None for the one
    confidence : write beside a result how sure it is
    album : bring the colours of all pictures together that are alike
    layer : where to write the colours by themselves, too; for one picture
    """

    model: Model
    device: str = "cpu"
    recipe: Recipe = _PLAIN
    limits: Limits = DEFAULT_LIMITS
    even_if_colored: bool = False
    provenance: bool = True
    format: str | None = None
    quality: int = 95
    alternatives: int | None = None
    confidence: bool = False
    album: bool = False
    layer: str | None = None

    def __post_init__(self) -> None:
        if self.alternatives is not None and self.confidence:
            raise OptionError(
                "--confidence tells of the one result of a picture; --alternatives has several"
            )
        if self.alternatives is not None and self.layer is not None:
            raise OptionError("--layer keeps the colours of one result; --alternatives has several")
        if self.alternatives is not None and self.album:
            raise OptionError("--album brings pictures together, --alternatives apart; take one")

    @cached_property
    def hash(self) -> str:
        """SHA-256, hex, over the options that show in the results; the model has one of its own."""
        shown = {
            "recipe": self.recipe.to_dict(),
            "even_if_colored": self.even_if_colored,
            "provenance": self.provenance,
            "format": self.format,
            "quality": self.quality,
            "alternatives": self.alternatives,
            "confidence": self.confidence,
            "album": self.album,
            "layer": self.layer,
        }
        return _hash(shown)

    def hash_with(self, cast: Cast | None) -> str:
        """Return the hash for a picture in which its album changes something."""
        return self.hash if cast is None else _hash([self.hash, cast.to_dict()])


def _hash(plain: object) -> str:
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
