"""What the API says, as types: the schemas of OpenAPI come from these."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from photochrom.palettes.palette import Palette
from photochrom.web.shelf import Model


class PaletteShown(BaseModel):
    """A palette, in all the ways that a page may need."""

    space: Literal["chroma", "srgb"]
    colors: list[list[float]] = Field(description="a* and b* of each, or code values 0..255")
    names: list[str] | None = None
    chroma: list[tuple[float, float]] = Field(description="a* and b* of each")
    hex: list[str] = Field(description="how each is shown, #rrggbb")

    @classmethod
    def of(cls, palette: Palette) -> "PaletteShown":
        """Show a palette."""
        return cls(
            space=palette.space,
            colors=palette.colors.tolist(),
            names=None if palette.names is None else list(palette.names),
            chroma=[(float(a), float(b)) for a, b in palette.chroma],
            hex=["#{:02x}{:02x}{:02x}".format(*each) for each in palette.to_srgb().tolist()],
        )


class ModelShown(BaseModel):
    """A model."""

    id: str
    name: str
    hash: str = Field(description="SHA-256 of the file, hex")
    bytes: int
    preset: str
    kind: Literal["palette", "rgb"]
    palette: PaletteShown | None
    pictures: int | None = Field(description="that it was trained on")
    metrics: dict[str, dict[str, float]] = Field(
        description="on pictures held out: method -> metric -> value, trivial guesses among them"
    )
    chosen: str | None
    licence: str | None
    fixed: bool = Field(description="whether it is the server's own and stays")
    file: str = Field(description="address of the model file")

    @classmethod
    def of(cls, model: Model) -> "ModelShown":
        """Show a model."""
        spec, summary = model.spec, model.spec.training
        return cls(
            id=model.id,
            name=model.known.name,
            hash=model.known.hash,
            bytes=model.size,
            preset=spec.preset,
            kind=spec.kind,
            palette=None if spec.palette is None else PaletteShown.of(spec.palette),
            pictures=None if summary is None else summary.pictures,
            metrics={} if summary is None else summary.metrics,
            chosen=None if summary is None else summary.chosen,
            licence=spec.licence,
            fixed=model.fixed,
            file=f"/api/v1/models/{model.id}/file",
        )


class Limits(BaseModel):
    """What a request may ask for."""

    upload: int = Field(description="bytes of a request")
    pixels: int = Field(description="of a picture")
    seconds: float = Field(description="for a request")
    pictures: int = Field(description="of a training")
    models: int = Field(description="that visitors may add")


class Info(BaseModel):
    """What the server is and can do."""

    name: Literal["photochrom"] = "photochrom"
    version: str
    api: Literal[1] = 1
    models: list[ModelShown]
    limits: Limits
    formats: list[str]
    training: bool
    training_why_not: Literal["off", "missing"] | None = None


class Models(BaseModel):
    """All models."""

    models: list[ModelShown]


class Health(BaseModel):
    """Whether the server lives, or is ready."""

    status: Literal["ok", "starting"]
    workers: int = Field(description="that are there")


class Answer(BaseModel):
    """One of several results."""

    href: str
    type: str


class Answers(BaseModel):
    """Results that are kept for some minutes."""

    answers: list[Answer]
    notes: list[str]
    kept_seconds: float


class ConfidenceShown(BaseModel):
    """How sure the colours are."""

    confidence: dict[str, Any] = Field(description="shares and regions, as the command writes them")
    map: Answer


class Place(BaseModel):
    """A place of the picture, full-size upright pixels from 0."""

    x: int
    y: int


class Suggestions(BaseModel):
    """Where a hint would help most, the best first."""

    places: list[Place]


class Verdict(BaseModel):
    """How a trained model did beside the best other guess, trivial ones among them."""

    rival: str = Field(description="the best other method, as in the model's `metrics`")
    nearer: float = Field(description="dE00 by which the model is nearer to the truth; below 0 not")


class TrainingShown(BaseModel):
    """A training: how far it is, and what came of it."""

    id: str
    name: str
    state: Literal["reading", "training", "done", "failed", "cancelled"]
    phase: str | None = Field(description="what is being done, in a word or a few")
    step: int
    share: float = Field(description="of the whole, 0..1")
    loss: float | None
    held_out: float | None = Field(description="mean dE00 on held-out pictures, once it is known")
    seconds_left: float | None
    losses: list[tuple[float, float]] = Field(description="share and loss so far, for a curve")
    pictures: int
    swatch: PaletteShown | None = Field(description="the colours of the pictures")
    left_out: list[tuple[str, str]] = Field(description="name of a picture, and why")
    warnings: list[str]
    problem: str | None = Field(description="why it failed, in words")
    model: ModelShown | None = Field(description="that was trained; its figures beside others")
    verdict: Verdict | None
    files: dict[str, str] = Field(
        description="report, samples, swatch, curve: their addresses, once it is done; before, "
        "samples alone, at an address that changes whenever there are new ones"
    )
