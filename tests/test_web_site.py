"""The page's files: right types, zipped where they lie zipped, fetched again only when changed."""

import asyncio
import gzip
import threading
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from photochrom.web.static import Site

WASM = bytes(range(256)) * 64


class Client:
    """Asks a site."""

    def __init__(self, site: Site) -> None:
        routes = [Route(path, site.answer) for path in site.paths]
        self._transport = httpx.ASGITransport(Starlette(routes=routes))

    def get(self, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
        async def ask() -> httpx.Response:
            async with httpx.AsyncClient(transport=self._transport, base_url="http://a") as one:
                return await one.get(path, headers=headers)

        return asyncio.run(ask())


@pytest.fixture
def client(tmp_path: Path) -> Client:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html>", encoding="utf-8")
    (tmp_path / "assets" / "main-1a2b.js").write_text("1", encoding="utf-8")
    (tmp_path / "ort.wasm.gz").write_bytes(gzip.compress(WASM))
    (tmp_path / "manifest.webmanifest").write_text("{}", encoding="utf-8")
    return Client(Site(tmp_path))


def test_files_have_the_types_that_browsers_insist_on(client: Client) -> None:
    for path, media_type in {
        "/": "text/html; charset=utf-8",
        "/index.html": "text/html; charset=utf-8",
        "/assets/main-1a2b.js": "text/javascript; charset=utf-8",
        "/ort.wasm": "application/wasm",
        "/manifest.webmanifest": "application/manifest+json",
    }.items():
        assert client.get(path).headers["content-type"] == media_type
    for path in ("/ort.wasm.gz", "/assets", "/assets/", "/%2e%2e/static.py"):
        assert client.get(path).status_code == 404


def test_what_lies_there_zipped_is_sent_zipped_or_unpacked(client: Client) -> None:
    zipped = client.get("/ort.wasm", headers={"accept-encoding": "gzip, br"})
    assert zipped.headers["content-encoding"] == "gzip"
    assert int(zipped.headers["content-length"]) < len(WASM) / 4
    plain = client.get("/ort.wasm", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert zipped.content == plain.content == WASM
    assert zipped.headers["vary"] == "accept-encoding"


def test_what_lies_there_zipped_is_unpacked_once_and_never_where_requests_are_taken(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    unpack, threads = gzip.decompress, []

    def noted(data: bytes) -> bytes:
        threads.append(threading.current_thread())
        return unpack(data)

    monkeypatch.setattr(gzip, "decompress", noted)
    for _ in range(3):
        assert client.get("/ort.wasm", headers={"accept-encoding": "identity"}).content == WASM
    assert len(threads) == 1
    assert threads[0] is not threading.current_thread()


def test_files_are_fetched_again_only_when_they_changed(client: Client) -> None:
    first = client.get("/")
    again = client.get("/", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert first.headers["cache-control"] == "no-cache"
    assert "immutable" in client.get("/assets/main-1a2b.js").headers["cache-control"]


def test_without_a_built_page_it_says_how_to_build_one(tmp_path: Path) -> None:
    site = Site(tmp_path / "none")
    assert site.paths == ["/"]
    assert "make web" in Client(site).get("/").text
