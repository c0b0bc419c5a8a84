"""The page in Chromium, as visitors see and use it."""

import io
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from PIL import Image

from chromium import PATIENCE, in_browser, listening, open_pictures, settled
from chromium import chromium as launched
from pictures import photograph

playwright = pytest.importorskip("playwright.sync_api")
pytest.importorskip("fastapi")

from playwright.sync_api import Browser, Locator, Page, expect  # noqa: E402

__all__ = [
    "Browser", "Locator", "Page", "expect", "in_browser", "launched", "listening",
    "open_pictures", "settled",
]  # fmt: skip
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
expect.set_options(timeout=PATIENCE)


@contextmanager
def visited(browser: Browser, url: str, **options: Any) -> Iterator[Page]:
    """Open the page as a new visitor; nothing may go wrong, and no other host be asked."""
    context = browser.new_context(**({"viewport": DESKTOP, "locale": "en-GB"} | options))
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    mistakes: list[str] = []
    asked: list[str] = []
    page.on("pageerror", lambda error: mistakes.append(str(error)))
    context.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda socket: asked.append(socket.url))
    page.goto(url)
    yield page
    context.close()
    assert mistakes == []
    places = [urlsplit(url) for url in asked]
    hosts = {place.netloc for place in places if place.scheme not in ("blob", "data")}
    assert hosts == {urlsplit(url).netloc}


def result(page: Page, layer: int = 1) -> np.ndarray:
    """Return the pixels of the result on the stage."""
    return _pixels(page.locator(".picture canvas.layer").nth(layer))


def _pixels(canvas: Locator) -> np.ndarray:
    data = canvas.evaluate("canvas => canvas.toDataURL('image/png')")
    picture = Image.open(io.BytesIO(b64decode(data.partition(",")[2])))
    return np.asarray(picture.convert("RGB")).astype(int)


def pixel(page: Page, across: float, down: float) -> list[int]:
    """Return the colour of the result at a place, 0..1 each way."""
    pixels = result(page)
    height, width, _ = pixels.shape
    return pixels[int(down * height), int(across * width)].tolist()


def place(page: Page, across: float, down: float) -> tuple[float, float]:
    """Return where on the screen a place of the picture is."""
    box = page.locator(".picture").bounding_box()
    assert box is not None
    return box["x"] + across * box["width"], box["y"] + down * box["height"]


def fold_out(page: Page, title: str) -> Locator:
    """Open a section of the panel."""
    section = page.locator("details.section", has=page.locator("summary", has_text=title))
    if not section.evaluate("section => section.open"):
        section.locator("summary").click()
    return section


def gray_file(folder: Path, name: str) -> Path:
    """Write a photograph without its colours."""
    path = folder / f"{name}.png"
    level = (photograph(name) @ [0.2126, 0.7152, 0.0722]).round().astype(np.uint8)
    Image.fromarray(level).save(path)
    return path
