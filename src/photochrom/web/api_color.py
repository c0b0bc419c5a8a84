"""The API of pictures: colour, alternatives, layer, confidence, suggestions, palettes."""

import json
from collections.abc import Awaitable, Callable
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse

from photochrom.errors import PictureError
from photochrom.imageio.formats import HEAD_BYTES, identify
from photochrom.palettes.palette import Palette
from photochrom.web.desk import Said, unless_gone
from photochrom.web.form import Part, body_of, received
from photochrom.web.forms import Choosing, Colorizing, PaletteAsked, Steered, Suggesting
from photochrom.web.house import House, house_of
from photochrom.web.problem import Problem, documented
from photochrom.web.results import KEPT
from photochrom.web.shown import (
    Answer,
    Answers,
    ConfidenceShown,
    PaletteShown,
    Place,
    Suggestions,
)
from photochrom.web.tasks import Color, Fit, Made, Read, Task, Write

router = APIRouter(prefix="/api/v1", tags=["pictures"])
_SUFFIXES = {"jpeg": ".jpg", "png": ".png", "tiff": ".tif", "webp": ".webp"}
_PLAIN = ("vividness", "working_size", "exact_palette", "hints_only", "alternative", "seed")
_MOST_NOTES = 4000  # bytes of a header
_REFUSALS = documented(
    "request-invalid", "model-unknown", "upload-slow", "upload-too-large", "not-a-picture",
    "picture-too-large", "too-much-memory", "picture-unreadable", "already-in-colour",
    "options-invalid", "hints-invalid", "palette-invalid", "too-slow", "disk-full",
)  # fmt: skip
_PICTURES = {f"image/{each}": {"schema": {"type": "string", "format": "binary"}}
             for each in _SUFFIXES}  # fmt: skip


def _file_response(**content: Any) -> dict[int | str, dict[str, Any]]:
    return {
        200: {
            "description": "The file; the header `photochrom-notes` has what a user should know, "
            "a JSON list of sentences.",
            "content": content,
        }
    }


@router.post(
    "/colorize",
    response_class=Response,
    responses={**_file_response(**_PICTURES), **_REFUSALS},
    openapi_extra=body_of(Colorizing),
)
async def colorize(request: Request) -> Response:
    """Colour a picture at full size, with all of its metadata kept."""
    house = house_of(request)
    async with received(request, Colorizing, house.scratch) as form:
        said, (file,) = await _asked(request, house, form, "picture")
    return _answer(file, said, form.picture.name, "-color")


@router.post(
    "/layer",
    response_class=Response,
    responses={
        **_file_response(**{"image/png": {"schema": {"type": "string", "format": "binary"}}}),
        **_REFUSALS,
    },
    openapi_extra=body_of(Steered),
)
async def layer(request: Request) -> Response:
    """Return the colours by themselves; `photochrom apply` puts them on the master."""
    house = house_of(request)
    async with received(request, Steered, house.scratch) as form:
        said, (file,) = await _asked(request, house, form, "layer")
    return _answer(file, said, form.picture.name, "-layer")


@router.post("/confidence", responses=_REFUSALS, openapi_extra=body_of(Steered))
async def confidence(request: Request) -> ConfidenceShown:
    """Say how sure the colours are; the map is kept for some minutes."""
    house = house_of(request)
    async with received(request, Steered, house.scratch) as form:
        said, files = await _asked(request, house, form, "confidence")
    (drawn,) = _keep(house, said, files)
    return ConfidenceShown(confidence=said["confidence"], map=drawn)


@router.post("/alternatives", responses=_REFUSALS, openapi_extra=body_of(Choosing))
async def alternatives(request: Request) -> Answers:
    """Colour a picture in several different ways; they are kept for some minutes."""
    house = house_of(request)
    async with received(request, Choosing, house.scratch) as form:
        said, files = await _asked(request, house, form, "alternatives", form.count)
    return Answers(answers=_keep(house, said, files), notes=list(said["notes"]), kept_seconds=KEPT)


@router.post("/suggest", responses=_REFUSALS, openapi_extra=body_of(Suggesting))
async def suggest(request: Request) -> Suggestions:
    """Say where a hint would help most, given those that are there."""
    house = house_of(request)
    async with received(request, Suggesting, house.scratch) as form:
        said, _ = await _asked(request, house, form, "suggestions", form.count)
    return Suggestions(places=[Place(x=x, y=y) for x, y in said["places"]])


@router.post(
    "/palette",
    responses={
        **documented(
            "request-invalid", "upload-slow", "upload-too-large", "not-a-picture",
            "picture-too-large", "too-much-memory", "picture-unreadable", "options-invalid",
            "palette-invalid", "too-slow", "disk-full",
        ),
        200: {"content": {"application/octet-stream": {}}, "description": "JSON, or a file."},
    },
    response_model=PaletteShown,
    openapi_extra=body_of(PaletteAsked),
)  # fmt: skip
async def palette(request: Request) -> Any:
    """Fit a palette to a picture, read a palette file, or write one."""
    house = house_of(request)
    async with received(request, PaletteAsked, house.scratch) as form:
        given = [form.picture, form.file, form.palette]
        if sum(each is not None for each in given) != 1:
            raise Problem("options-invalid", "give one of picture, file and palette")
        plain = await _palette_of(request, house, form)
        if form.format is None:
            return PaletteShown.of(plain)
        task = Write(plain.to_dict(), f".{form.format}")
        _, (file,) = await unless_gone(request, lambda: house.desk.ask(task))
    disposition = f'attachment; filename="palette.{form.format}"'
    return Response(
        file, media_type="application/octet-stream", headers={"content-disposition": disposition}
    )


@router.get(
    "/results/{word}/{number}",
    response_class=FileResponse,
    responses={**_file_response(**_PICTURES), **documented("not-found")},
)
async def result(request: Request, word: str, number: int) -> FileResponse:
    """Return a result that was kept."""
    path, media_type = house_of(request).results.find(word, number)
    return FileResponse(path, media_type=media_type)


@router.delete("/results/{word}", status_code=204, responses=documented())
async def forget(request: Request, word: str) -> None:
    """Remove results that are no longer wanted."""
    house_of(request).results.remove(word)


async def _palette_of(request: Request, house: House, form: PaletteAsked) -> Palette:
    if form.palette is not None:
        return Palette.from_dict(form.palette)
    task: Task
    if form.picture is not None:
        check_pictures([form.picture])
        task = Fit((str(form.picture.path),), form.colors, house.limits)
    else:
        file = form.file
        if file is None:
            raise Problem("options-invalid", "there is no palette file")
        task = Read(str(file.path), file.name)
    said, _ = await unless_gone(request, lambda: house.desk.ask(task))
    return Palette.from_dict(said["palette"])


async def _asked(request: Request, house: House, form: Steered, made: Made, count: int = 1) -> Said:
    files = [form.picture, *form.references, *filter(None, (form.hint_layer, form.chroma_from))]
    check_pictures(files)
    task = _task(house, form, made, count)
    work: Callable[[], Awaitable[Said]] = lambda: house.desk.ask(task)  # noqa: E731
    said, made_files = await unless_gone(request, work)
    if said.get("colored"):
        raise Problem("already-in-colour", "to colour it anew all the same, say even_if_colored")
    return said, made_files


def _task(house: House, form: Steered, made: Made, count: int) -> Color:
    """Return what a child is asked; with the names of files that are the server's."""
    recipe = {
        name: getattr(form, name)
        for name in _PLAIN
        if getattr(form, name) != type(form).model_fields[name].default
    }
    if form.hints:
        recipe["hints"] = form.hints
    if form.palette is not None and form.palette_file is not None:
        raise Problem("options-invalid", "give palette or palette_file, not both")
    own = {
        name: getattr(form, name)
        for name in ("format", "quality", "provenance")
        if name in type(form).model_fields
    }
    file = form.palette_file
    return Color(
        made=made,
        picture=str(form.picture.path),
        model=house.shelf.find(form.model).known,
        recipe=recipe,
        limits=house.limits,
        palette=form.palette,
        palette_file=None if file is None else (str(file.path), file.name),
        hint_layer=None if form.hint_layer is None else str(form.hint_layer.path),
        chroma_from=None if form.chroma_from is None else str(form.chroma_from.path),
        references=tuple(str(each.path) for each in form.references),
        count=count,
        even_if_colored=form.even_if_colored,
        **own,
    )


def check_pictures(parts: list[Part]) -> None:
    """Refuse what is no picture by its first bytes, whatever it is called.

    Raises
    ------
    Problem
        If one is none.
    """
    for part in parts:
        with part.path.open("rb") as file:
            head = file.read(HEAD_BYTES)
        try:
            identify(head, part.name or "the file")
        except PictureError as error:
            raise Problem("not-a-picture", str(error)) from None


def _answer(file: bytes, said: dict[str, Any], name: str, added: str) -> Response:
    """Return a file under the name that the visitor's had, and what should be known of it."""
    stem = PurePath(name.replace("\\", "/")).stem or "picture"
    named = f"{stem}{added}{_SUFFIXES[said['format']]}"
    plain = "".join(each if each.isascii() and each.isalnum() else "_" for each in stem)
    ascii_ = f"{plain}{added}{_SUFFIXES[said['format']]}"
    headers = {
        "content-disposition": f"attachment; filename=\"{ascii_}\"; filename*=UTF-8''"
        + quote(named.encode(errors="replace"), safe=""),
        "photochrom-notes": _notes(list(said["notes"])),
    }
    return Response(file, media_type=f"image/{said['format']}", headers=headers)


def _notes(notes: list[str]) -> str:
    """Return notes as JSON in ASCII; the last go where there are too many for a header."""
    while len(text := json.dumps(notes)) > _MOST_NOTES:
        notes.pop()
    return text


def _keep(house: House, said: dict[str, Any], files: tuple[bytes, ...]) -> list[Answer]:
    media_type = f"image/{said['format']}"
    word = house.results.keep(files, [media_type] * len(files))
    return [
        Answer(href=f"/api/v1/results/{word}/{number}", type=media_type)
        for number in range(len(files))
    ]
