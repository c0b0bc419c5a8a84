"""Forms as they come: files go to disk, nothing is trusted, and everything has a bound."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path as FilePath
from typing import IO, Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, InstanceOf, ValidationError, WithJsonSchema
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request

from photochrom.web.problem import Problem

MOST_PARTS = 256  # a hundred training pictures and all fields are fewer
MOST_TEXT = 8 << 20  # bytes of all fields that are no files; ten thousand strokes take less
_LONGEST_NAME = 200  # characters


@dataclass(frozen=True)
class Part:
    """A file of a form, on the server's disk under a name of the server's."""

    path: FilePath
    name: str
    """What the visitor called it; shown, and never opened."""
    size: int


Upload = Annotated[
    InstanceOf[Part],
    WithJsonSchema(
        {"type": "string", "format": "binary", "contentMediaType": "application/octet-stream"}
    ),
]


class Form(BaseModel):
    """The fields of a form; unknown ones are refused."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, frozen=True)


_Form = TypeVar("_Form", bound=Form)


def body_of(form: type[Form]) -> dict[str, Any]:
    """Return what OpenAPI says of a request with such a form."""
    schema = form.model_json_schema()
    schema["properties"] = {name: _not_null(one) for name, one in schema["properties"].items()}
    return {
        "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}
    }


def _not_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Leave out null, which no form can hold: what is not given is left out."""
    kinds = [each for each in schema.get("anyOf", []) if each != {"type": "null"}]
    bare = {key: value for key, value in schema.items() if key != "anyOf"}
    if bare.get("default", ...) is None:
        del bare["default"]
    return {**bare, **kinds[0]} if len(kinds) == 1 else schema


@asynccontextmanager
async def received(request: Request, form: type[_Form], scratch: FilePath) -> AsyncIterator[_Form]:
    """Receive and check a form; its files are there within the block alone.

    Parameters
    ----------
    form : what is expected
    scratch : folder for the files

    Raises
    ------
    Problem
        If it is something else, or too much.
    """
    folder = FilePath(await run_in_threadpool(tempfile.mkdtemp, dir=scratch))
    parts: list[tuple[str, str | Part]] = []
    try:
        parts = await _parts(request, folder)
        yield _checked(form, _by_name(parts, form))
    except Problem as problem:
        raise replace(problem, detail=_as_called(problem.detail, parts)) from problem
    finally:
        await run_in_threadpool(shutil.rmtree, folder, ignore_errors=True)


def _as_called(detail: str, parts: list[tuple[str, str | Part]]) -> str:
    """Put the visitor's names of files in place of the server's."""
    for _, part in parts:
        if isinstance(part, Part):
            detail = detail.replace(str(part.path), part.name or "the file")
    return detail


def _checked(form: type[_Form], fields: dict[str, Any]) -> _Form:
    try:
        return form.model_validate(fields)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(each) for each in first["loc"])
        raise Problem("options-invalid", f"{where}: {first['msg']}") from None


async def _parts(request: Request, folder: FilePath) -> list[tuple[str, str | Part]]:
    kind, options = parse_options_header(request.headers.get("content-type"))
    boundary = options.get(b"boundary")
    if kind != b"multipart/form-data" or not boundary:
        raise Problem(
            "request-invalid", "expected a form, multipart/form-data, such as browsers send"
        )
    reading = _Reading(folder)
    try:
        parser = MultipartParser(boundary, reading.callbacks())
        async for chunk in request.stream():
            parser.write(chunk)
            if reading.waiting:  # to a disk that may be slow
                await run_in_threadpool(reading.flush)
        parser.finalize()
        if not reading.complete:
            raise Problem("request-invalid", "the form ends in the middle; send it again")
    except (FormParserError, ValueError) as error:
        raise Problem("request-invalid", f"the form is damaged: {error}") from None
    except ClientDisconnect:
        raise Problem("request-invalid", "the client hung up") from None
    finally:
        await run_in_threadpool(reading.close)
    return reading.parts


def _by_name(parts: list[tuple[str, str | Part]], form: type[Form]) -> dict[str, Any]:
    """Put fields under their names; those that may come several times as lists."""
    several = {name for name, one in form.model_fields.items() if "Several" in one.metadata}
    found: dict[str, Any] = {}
    for name, value in parts:
        if name in several:
            found.setdefault(name, []).append(value)
        elif name in found:
            raise Problem("request-invalid", f"the field {name!r:.80} comes twice")
        else:
            found[name] = value
    return found


@dataclass
class _Reading:
    """What a parser has found so far."""

    folder: FilePath
    parts: list[tuple[str, str | Part]] = field(default_factory=list)
    waiting: list[tuple[IO[bytes], bytes]] = field(default_factory=list)
    complete: bool = False
    _header: list[bytes] = field(default_factory=lambda: [b"", b""])
    _disposition: bytes = b""
    _name: str = ""
    _filename: str | None = None
    _file: IO[bytes] | None = None
    _text: bytearray = field(default_factory=bytearray)
    _size: int = 0
    _all_text: int = 0

    def callbacks(self) -> Any:
        """Return what the parser calls."""
        return {
            "on_part_begin": self._begin,
            "on_part_data": self._data,
            "on_part_end": self._end,
            "on_header_field": lambda data, start, end: self._head(0, data[start:end]),
            "on_header_value": lambda data, start, end: self._head(1, data[start:end]),
            "on_header_end": self._head_end,
            "on_headers_finished": self._named,
            "on_end": self._all,
        }

    def flush(self) -> None:
        """Write what has come."""
        for file, data in self.waiting:
            file.write(data)
        self.waiting.clear()

    def close(self) -> None:
        """Close a file that has not come whole."""
        if self._file is not None:
            self._file.close()

    def _begin(self) -> None:
        if len(self.parts) >= MOST_PARTS:
            raise Problem("request-invalid", f"a form may have {MOST_PARTS} fields, not more")
        self._disposition, self._size = b"", 0
        self._text = bytearray()

    def _head(self, place: int, data: bytes) -> None:
        self._header[place] += data

    def _head_end(self) -> None:
        name, value = self._header
        if name.lower() == b"content-disposition":
            self._disposition = value
        self._header = [b"", b""]

    def _named(self) -> None:
        _, options = parse_options_header(self._disposition)
        if b"name" not in options:
            raise Problem("request-invalid", "a field of the form has no name")
        self._name = options[b"name"].decode(errors="replace")
        self._filename = None
        if b"filename" in options:
            self._filename = options[b"filename"].decode(errors="replace")[-_LONGEST_NAME:]
            self._file = (self.folder / f"{len(self.parts)}").open("xb")

    def _data(self, data: bytes, start: int, end: int) -> None:
        self._size += end - start
        if self._file is not None:
            self.waiting.append((self._file, data[start:end]))
            return
        self._all_text += end - start
        if self._all_text > MOST_TEXT:
            raise Problem(
                "upload-too-large", "the fields of the form are too long; send files as files"
            )
        self._text += data[start:end]

    def _end(self) -> None:
        if self._file is None:
            self.parts.append((self._name, self._decoded()))
            return
        self.flush()
        self._file.close()
        path, self._file = FilePath(self._file.name), None
        self.parts.append((self._name, Part(path, self._filename or "", self._size)))

    def _decoded(self) -> str:
        try:
            return self._text.decode()
        except UnicodeDecodeError:
            raise Problem(
                "request-invalid",
                f"the field {self._name!r:.80} is no text; send a file with a file name",
            ) from None

    def _all(self) -> None:
        self.complete = True
