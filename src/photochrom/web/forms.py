"""The forms of the API: what each field means, and what it may be."""

from typing import Annotated, Any, Literal

from pydantic import Field, Json

from photochrom.web.form import Form, Upload

Format = Literal["jpeg", "png", "tiff", "webp"]
PaletteFormat = Literal["json", "gpl", "ase", "aco", "css", "txt", "hex", "png"]
_MOST_REFERENCES = 8
MOST_PICTURES = 100

_Picture = Annotated[Upload, Field(description="JPEG, PNG, TIFF or WebP")]


class Steered(Form):
    """A picture, and the options that can change a pixel."""

    picture: _Picture
    model: Annotated[str | None, Field(description="id of a model; without it the first")] = None
    vividness: Annotated[
        float | None, Field(ge=0, le=1, description="0 dull and safe to 1 vivid and guessed")
    ] = None
    working_size: Annotated[
        int | None, Field(ge=16, le=4096, description="px of the shorter side for the network")
    ] = None
    palette: Annotated[
        Json[dict[str, Any]] | None,
        Field(description='colours to mix: {"space": "chroma" or "srgb", "colors": [[a, b], ...]}'),
    ] = None
    palette_file: Annotated[
        Upload | None, Field(description=".json, .gpl, .ase, .aco, .css, .txt, .hex or .png")
    ] = None
    exact_palette: Annotated[
        bool, Field(description="every pixel one of the palette's colours")
    ] = False
    hints: Annotated[
        Json[list[dict[str, Any]]] | None,
        Field(
            description='colours that are known: [{"x", "y", "color", "radius"}, ...], or '
            '"points" for a stroke; full-size upright pixels from 0'
        ),
    ] = None
    hint_layer: Annotated[
        Upload | None, Field(description="a picture painted where colours are known, else clear")
    ] = None
    hints_only: Annotated[bool, Field(description="leave the model out")] = False
    references: Annotated[
        list[Upload], "Several",
        Field(max_length=_MOST_REFERENCES, description="pictures whose colours are wanted"),
    ] = []  # fmt: skip  # noqa: RUF012 - pydantic copies it
    chroma_from: Annotated[
        Upload | None, Field(description="a coloured version of this very picture")
    ] = None
    alternative: Annotated[
        int | None, Field(ge=1, le=16, description="which of several different answers")
    ] = None
    seed: Annotated[int, Field(ge=0, le=2**31 - 1, description="of the alternatives")] = 0
    even_if_colored: Annotated[bool, Field(description="colour anew what is in colour already")] = (
        False
    )


class Colorizing(Steered):
    """A picture to colour."""

    format: Annotated[Format | None, Field(description="without it the picture's own")] = None
    quality: Annotated[int, Field(ge=1, le=100, description="of JPEG and WebP")] = 95
    provenance: Annotated[bool, Field(description="say in the result how it was made")] = True


class Choosing(Colorizing):
    """A picture to colour in several ways."""

    count: Annotated[int, Field(ge=1, le=16, description="how many")] = 4


class Suggesting(Steered):
    """A picture, and the hints given so far."""

    count: Annotated[int, Field(ge=1, le=16, description="how many places")] = 1


class PaletteAsked(Form):
    """A palette: one of a picture, one of a file, or one given."""

    picture: Annotated[Upload | None, Field(description="in colour; a palette is fitted")] = None
    file: Annotated[Upload | None, Field(description="a palette file")] = None
    palette: Annotated[Json[dict[str, Any]] | None, Field(description="as in colorize")] = None
    colors: Annotated[
        int | None, Field(ge=2, le=256, description="of a picture's; without it as many as matter")
    ] = None
    format: Annotated[
        PaletteFormat | None,
        Field(description="answer with a file; without it JSON that tells all"),
    ] = None


class ModelGiven(Form):
    """A model file."""

    model: Annotated[Upload, Field(description="of photochrom, .onnx")]
    name: Annotated[str | None, Field(max_length=80)] = None


class Training(Form):
    """Pictures to learn from."""

    pictures: Annotated[
        list[Upload], "Several",
        Field(min_length=5, max_length=MOST_PICTURES, description="in colour, of one kind"),
    ]  # fmt: skip
    name: Annotated[str, Field(min_length=1, max_length=80)] = "trained"
    seconds: Annotated[
        float | None, Field(ge=1, le=900, description="length; without it what suits the pictures")
    ] = None
    steps: Annotated[int | None, Field(ge=4, le=2000, description="length in place of seconds")] = (
        None
    )
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0
