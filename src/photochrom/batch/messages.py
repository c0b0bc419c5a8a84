"""What parent and child say to each other over pipes.

Down go pickles, for the parent is trusted. Up come JSON and plain bytes alone: the child has read
what strangers made, and a pickle from it could make the parent run anything.
"""

import json
from typing import Any, BinaryIO

from photochrom import errors
from photochrom.errors import PhotochromError

NO_MEMORY = 77  # exit code of a child that could not even take in what it was sent
_LENGTH = 8  # bytes before each part


def send(pipe: BinaryIO, *parts: bytes) -> None:
    """Write parts, each with its length before it."""
    for part in parts:
        pipe.write(len(part).to_bytes(_LENGTH, "little"))
        pipe.write(part)
    pipe.flush()


def receive(pipe: BinaryIO) -> bytes:
    """Read one part.

    Raises
    ------
    EOFError
        If the other side is gone.
    """
    return _exactly(pipe, int.from_bytes(_exactly(pipe, _LENGTH), "little"))


def _exactly(pipe: BinaryIO, size: int) -> bytes:
    found = pipe.read(size)
    if len(found) != size:
        raise EOFError
    return found


def answer(pipe: BinaryIO, said: dict[str, Any], files: tuple[bytes, ...] = ()) -> None:
    """Say something upward, with files."""
    send(pipe, json.dumps({**said, "files": len(files)}).encode(), *files)


def heard(pipe: BinaryIO) -> tuple[dict[str, Any], tuple[bytes, ...]]:
    """Hear what `answer` said.

    Raises
    ------
    EOFError
        If the child is gone.
    PhotochromError
        What the child raised, with its words.
    """
    said = json.loads(receive(pipe))
    files = tuple(receive(pipe) for _ in range(said["files"]))
    if "error" in said:
        raise _error(said["error"], said["message"])
    return said, files


def complaint(error: Exception) -> dict[str, str]:
    """Return an error as `heard` raises it again."""
    return {"error": type(error).__name__, "message": str(error)}


def _error(name: str, message: str) -> Exception:
    kind = getattr(errors, name, None)
    if isinstance(kind, type) and issubclass(kind, PhotochromError):
        return kind(message)
    return RuntimeError(f"{name}: {message}")  # a mistake of ours; it is told as one
