"""The page's own files, known when the server starts: no address is ever looked up on the disk."""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from threading import Lock

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

INDEX = "index.html"
_GZIP = ".gz"
_NO_CACHE = "no-cache"  # asked for each time; an ETag saves the bytes
_FOREVER = "public, max-age=31536000, immutable"
_HASHED = "assets/"  # Vite puts a hash of the content into these names
_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".wasm": "application/wasm",
    ".onnx": "application/octet-stream",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".txt": "text/plain; charset=utf-8",
}
_MISSING = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>photochrom</title></head>
<body><main><h1>photochrom</h1>
<p>The server runs, but the page is not built into this installation.
In a checkout, <code>make web</code> builds it.</p>
<p>The API is described at <a href="/openapi.json">/openapi.json</a>.</p></main></body></html>
"""


@dataclass(frozen=True)
class File:
    """A file of the page; `zipped` where it lies there compressed."""

    where: Traversable
    zipped: bool
    media_type: str
    etag: str
    forever: bool


class Site:
    """Answers with the files of a folder, which are read once and shared by all readers.

    Parameters
    ----------
    folder : of the built page; None for that of the package
    """

    def __init__(self, folder: Traversable | None = None) -> None:
        root = files("photochrom.web").joinpath("site") if folder is None else folder
        self._files = dict(_found(root, "")) if root.is_dir() else {}
        self._bodies: dict[tuple[Traversable, bool], bytes] = {}  # some 18 MB, were all asked for
        self._lock = Lock()

    @property
    def paths(self) -> list[str]:
        """The addresses of all files, and of the page itself."""
        return ["/", *(f"/{name}" for name in self._files)]

    async def answer(self, request: Request) -> Response:
        """Return a file of the page; one of `paths` is asked for."""
        file = self._files.get(request.url.path.removeprefix("/") or INDEX)
        if file is None:  # nothing is built
            return Response(_MISSING, media_type=_TYPES[".html"])
        headers = {
            "etag": file.etag,
            "cache-control": _FOREVER if file.forever else _NO_CACHE,
            "vary": "accept-encoding",
        }
        if request.headers.get("if-none-match") == file.etag:
            return Response(status_code=304, headers=headers)
        unpack = file.zipped
        if unpack and "gzip" in request.headers.get("accept-encoding", ""):
            headers["content-encoding"], unpack = "gzip", False
        body = self._bodies.get((file.where, unpack))
        if body is None:
            body = await run_in_threadpool(self._read, file, unpack)
        return Response(body, media_type=file.media_type, headers=headers)

    def _read(self, file: File, unpack: bool) -> bytes:
        with self._lock:
            body = self._bodies.get((file.where, unpack))
            if body is None:
                body = file.where.read_bytes()
                body = self._bodies[file.where, unpack] = gzip.decompress(body) if unpack else body
            return body


def _found(folder: Traversable, before: str) -> "list[tuple[str, File]]":
    found = []
    for each in folder.iterdir():
        name = before + each.name
        if each.is_dir():
            found += _found(each, f"{name}/")
        else:
            zipped = name.endswith(_GZIP)
            shown = name.removesuffix(_GZIP)
            digest = hashlib.sha256(each.read_bytes()).hexdigest()[:20]
            file = File(each, zipped, _media_type(shown), f'"{digest}"', name.startswith(_HASHED))
            found.append((shown, file))
    return found


@lru_cache
def _media_type(name: str) -> str:
    dot = name.rfind(".")
    suffix = name[dot:] if dot >= 0 else ""
    return _TYPES.get(suffix) or mimetypes.types_map.get(suffix) or "application/octet-stream"
