"""Refusals as problem documents (RFC 9457), with a code for programs and a sentence for people."""

from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, Field
from starlette.responses import JSONResponse

from photochrom import errors
from photochrom._files import is_full
from photochrom.errors import PhotochromError

MEDIA_TYPE = "application/problem+json"
_TYPE = "urn:photochrom:problem:"


@dataclass(frozen=True)
class Kind:
    """A kind of refusal: its status, and its title in the words of a layman."""

    status: int
    title: str


KINDS = {
    "request-invalid": Kind(400, "The request is not one that this server understands."),
    "token-missing": Kind(401, "This server asks for its password first."),
    "host-refused": Kind(403, "The server does not answer to this name."),
    "origin-refused": Kind(403, "Another website may not use this server."),
    "model-fixed": Kind(403, "This model belongs to the server and cannot be removed."),
    "training-off": Kind(403, "Training is switched off on this server."),
    "not-found": Kind(404, "There is nothing at this address."),
    "model-unknown": Kind(404, "There is no such model on this server."),
    "method-refused": Kind(405, "This address does not do that."),
    "upload-slow": Kind(408, "The upload came too slowly and was given up."),
    "training-busy": Kind(409, "A model is being trained already; wait for it, or stop it."),
    "training-open": Kind(409, "The training has not ended yet."),
    "models-full": Kind(409, "The server holds as many models as it may; remove one first."),
    "upload-too-large": Kind(413, "The file is larger than this server takes."),
    "picture-too-large": Kind(413, "The picture has more pixels than this server takes."),
    "too-much-memory": Kind(413, "The picture needs more memory than there is; make it smaller."),
    "not-a-picture": Kind(415, "The file is not a picture in JPEG, PNG, TIFF or WebP."),
    "picture-unreadable": Kind(422, "The picture is damaged or cannot be read."),
    "already-in-colour": Kind(422, "The picture is in colour already."),
    "options-invalid": Kind(422, "A setting is not possible, or does not go with the others."),
    "hints-invalid": Kind(422, "A colour hint does not fit the picture."),
    "palette-invalid": Kind(422, "The palette cannot be used."),
    "model-invalid": Kind(422, "The file is not a model that photochrom can use."),
    "pictures-unfit": Kind(422, "These pictures cannot be learned from."),
    "internal": Kind(500, "Something went wrong on the server; it is a mistake of the program."),
    "training-missing": Kind(501, "This server is installed without what training needs."),
    "busy": Kind(503, "The server is busy; try again in a moment."),
    "too-slow": Kind(504, "It took longer than it may; make the picture smaller."),
    "disk-full": Kind(507, "The server's disk is full."),
}


class ProblemDocument(BaseModel):
    """What a refusal says."""

    type: str = Field(description="`urn:photochrom:problem:` and the code")
    title: str = Field(description="what happened, in words for everybody")
    status: int
    detail: str = Field(description="what was expected, what came, and what to do")
    code: str = Field(description="stays the same between versions", examples=["not-a-picture"])


@dataclass
class Problem(Exception):  # noqa: N818 - the word of RFC 9457
    """A request that is refused; `code` is one of `KINDS`."""

    code: str
    detail: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def status(self) -> int:
        """The status of the response."""
        return KINDS[self.code].status

    def document(self) -> ProblemDocument:
        """Return what the response holds."""
        kind = KINDS[self.code]
        return ProblemDocument(
            type=_TYPE + self.code,
            title=kind.title,
            status=kind.status,
            detail=self.detail or kind.title,
            code=self.code,
        )

    def response(self) -> JSONResponse:
        """Return the response."""
        plain = self.document().model_dump()
        return JSONResponse(plain, self.status, self.headers, media_type=MEDIA_TYPE)


_CODES: tuple[tuple[type[Exception], str], ...] = (
    (errors.PictureTooLargeError, "picture-too-large"),
    (errors.PictureError, "picture-unreadable"),
    (errors.HintError, "hints-invalid"),
    (errors.PaletteError, "palette-invalid"),
    (errors.ModelFileError, "model-invalid"),
    (errors.OutOfMemoryError, "too-much-memory"),
    (errors.TimeLimitError, "too-slow"),
    (errors.DiskFullError, "disk-full"),
    (errors.DatasetError, "pictures-unfit"),
    (errors.TrainingError, "pictures-unfit"),
    (errors.MissingExtraError, "training-missing"),
    (errors.OptionError, "options-invalid"),
    (errors.ShapeError, "options-invalid"),
)


def problem_of(error: Exception) -> Problem | None:
    """Return the refusal for an error of photochrom's, or of the disk; None for a mistake."""
    for kind, code in _CODES:
        if isinstance(error, kind):
            return Problem(code, str(error))
    if is_full(error):
        return Problem("disk-full")
    if isinstance(error, PhotochromError):
        return Problem("options-invalid", str(error))
    return None


def documented(*codes: str) -> dict[int | str, dict[str, Any]]:
    """Return what OpenAPI says of the refusals of an operation."""
    found: dict[int | str, dict[str, Any]] = {}
    for code in ("token-missing", "host-refused", "busy", *codes):
        kind = KINDS[code]
        entry = found.setdefault(kind.status, {"description": "", "model": ProblemDocument})
        entry["description"] = f"{entry['description']} `{code}`: {kind.title}".strip()
    return found
