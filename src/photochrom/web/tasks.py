"""What a child is asked to do; plain values and files of the server's own, nothing decoded."""

from dataclasses import dataclass
from typing import Any, Literal

from photochrom.imageio.reading import Limits

Made = Literal["picture", "layer", "confidence", "alternatives", "suggestions"]


@dataclass(frozen=True)
class Known:
    """A model file of the server's, checked when it came; `hash` is its SHA-256, hex."""

    path: str
    name: str
    hash: str


@dataclass(frozen=True)
class Color:
    """Colour one picture.

    Attributes
    ----------
    made : what is wanted of it
    picture : file
    model : that colours it
    recipe : plain options of a recipe; hints as in hint files
    palette : as `Palette.from_dict` takes it; None for the model's
    palette_file : file and name, whose suffix tells the format, in place of `palette`
    hint_layer, chroma_from, references : files
    limits : what a picture may ask for
    format : of the result; None for the picture's own
    quality : of JPEG and WebP
    count : of alternatives or suggestions
    even_if_colored : colour anew what is in colour already
    provenance : say in the result how it was made
    """

    made: Made
    picture: str
    model: Known
    recipe: dict[str, Any]
    limits: Limits
    palette: dict[str, Any] | None = None
    palette_file: tuple[str, str] | None = None
    hint_layer: str | None = None
    chroma_from: str | None = None
    references: tuple[str, ...] = ()
    format: str | None = None
    quality: int = 95
    count: int = 1
    even_if_colored: bool = False
    provenance: bool = True


@dataclass(frozen=True)
class Fit:
    """Fit a palette to pictures in colour; `colors` None for the elbow's choice."""

    pictures: tuple[str, ...]
    colors: int | None
    limits: Limits


@dataclass(frozen=True)
class Read:
    """Read a palette file, of the format that the suffix of its name tells."""

    path: str
    name: str


@dataclass(frozen=True)
class Write:
    """Write a palette as the file of a format, by its suffix."""

    palette: dict[str, Any]
    suffix: str


@dataclass(frozen=True)
class Reduce:
    """Read a training picture and hand it back as a small, clean PNG."""

    picture: str
    side: int
    limits: Limits


@dataclass(frozen=True)
class Try:
    """Load a model file, and let it colour a few pixels."""

    model: Known


Task = Color | Fit | Read | Write | Reduce | Try
