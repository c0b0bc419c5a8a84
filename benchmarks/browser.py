"""The page alone in a browser: sizes, seconds from drop to result, milliseconds after a stroke.

    python -m benchmarks.browser [--model general] [--megapixels 12] [--single MODEL.onnx]

Needs Chromium and Playwright. The photograph is of scikit-image, enlarged where it must be large.
"""

import argparse
import gzip
import io
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import cv2
import numpy as np
import skimage.data
from PIL import Image
from playwright.sync_api import Page
from tests.chromium import chromium, served

import photochrom
from photochrom.web.export import export_site
from photochrom.web.single import export_single

STROKES = 8
# From a wish to a preview that is newer; the page says by this attribute whether it works on one.
DONE = """() => document.querySelectorAll(".picture .layer").length >= 2
    && document.querySelector(".working").dataset.on === "false" """
WATCH = """() => {
    const working = document.querySelector(".working");
    window.told = [];
    new MutationObserver(() => window.told.push([performance.now(), working.dataset.on]))
        .observe(working, { attributes: true });
}"""


def gray(side: tuple[int, int] | None = None) -> np.ndarray:
    """Return a photograph without its colours, enlarged to (width, height)."""
    picture = (skimage.data.astronaut() @ [0.2126, 0.7152, 0.0722]).round().astype(np.uint8)
    if side is None:
        return picture
    return cv2.resize(picture, side, interpolation=cv2.INTER_CUBIC)


def sizes(site: Path) -> None:
    total = packed = 0
    print(f"{'file':48} {'bytes':>12} {'gzip':>12}")
    for path in sorted(path for path in site.rglob("*") if path.is_file()):
        data = path.read_bytes()
        small = len(gzip.compress(data, 9))
        total, packed = total + len(data), packed + small
        print(f"{path.relative_to(site)!s:48} {len(data):12,} {small:12,}")
    print(f"{'all':48} {total:12,} {packed:12,}")


@contextmanager
def visit(url: str) -> Iterator[Page]:
    with chromium() as browser:
        page = browser.new_context(
            locale="en-GB", viewport={"width": 1280, "height": 800}
        ).new_page()
        page.set_default_timeout(600_000)
        page.goto(url)
        yield page


def show(page: Page, name: str, data: bytes) -> float:
    """Drop a picture; gives the seconds until its result is shown."""
    kind = "image/png" if name.endswith("png") else "image/jpeg"
    file: Any = {"name": name, "mimeType": kind, "buffer": data}
    began = time.perf_counter()
    page.locator("input[type=file]").first.set_input_files(file)
    page.wait_for_function(DONE)
    return time.perf_counter() - began


def save(page: Page, kind: str) -> tuple[bytes, float]:
    """Save what is shown; gives the file and the seconds that it took."""
    page.get_by_label("File type").select_option(kind)
    began = time.perf_counter()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save picture").click()
    data = Path(download.value.path()).read_bytes()
    return data, time.perf_counter() - began


def encoded(picture: np.ndarray, kind: str) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, kind, quality=92)
    return buffer.getvalue()


def compare(page: Page, model: str, began: float) -> None:
    """Print seconds to the first result of a visit, and how far it is from Python's."""
    picture = gray()
    show(page, "first.png", encoded(picture, "PNG"))
    print(f"first result, from the address on: {time.perf_counter() - began:.2f} s")
    data, _ = save(page, "png")
    ours = np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)
    theirs = photochrom.Colorizer(model).colorize(picture).astype(int)
    apart = np.abs(ours - theirs)
    far = np.quantile(apart, 0.999)
    print(f"against Python: mean {apart.mean():.3f}, 99.9th percentile {far:.0f} code values")


def large(page: Page, megapixels: float) -> None:
    height = round((megapixels * 1e6 * 3 / 4) ** 0.5)
    picture = gray((round(height * 4 / 3), height))
    shown = show(page, "large.jpg", encoded(picture, "JPEG"))
    _, saved = save(page, "jpeg")
    print(
        f"{megapixels:g} MP JPEG: {shown:.2f} s from drop to result on the screen, "
        f"{saved:.2f} s from there to the file of full size"
    )


def strokes(page: Page) -> None:
    """Click colours onto the picture; print the time from each click to the preview that has it."""
    page.get_by_role("button", name="leaves").click()
    page.wait_for_timeout(1000)  # nobody is quicker from the colour to the place
    page.evaluate(WATCH)
    box = page.locator(".picture").bounding_box()
    assert box is not None
    found = []
    for i in range(STROKES):
        page.evaluate("() => { window.told.length = 0; }")
        x = box["x"] + (0.2 + 0.07 * i) * box["width"]
        y = box["y"] + (0.3 + 0.05 * (i % 3)) * box["height"]
        page.mouse.click(x, y)
        page.wait_for_function("() => window.told.some(([, on]) => on === 'false')")
        told = page.evaluate("window.told")
        found.append(told[-1][0] - told[0][0])
    first, *rest = found
    print(
        f"stroke to updated preview: {first:.0f} ms the first time, "
        f"then {median(rest):.0f} ms (median of {len(rest)}; longest {max(rest):.0f})"
    )


def measure(url: str, model: str, megapixels: float) -> None:
    began = time.perf_counter()
    with visit(url) as page:
        compare(page, model, began)
    with visit(url) as page:
        show(page, "warm.png", encoded(gray(), "PNG"))
        page.get_by_role("button", name="Close warm.png").click()
        large(page, megapixels)
        strokes(page)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="general")
    parser.add_argument("--megapixels", type=float, default=12)
    parser.add_argument("--single", help="also measure one file with this small model")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        site = export_site([asked.model], Path(folder) / "site").target
        sizes(site)
        with served(site) as url:
            measure(url, asked.model, asked.megapixels)
        if asked.single:
            made = export_single([asked.single], Path(folder) / "single.html")
            print(f"one file: {made.bytes:,} bytes")
            measure(made.target.as_uri(), asked.single, asked.megapixels)


if __name__ == "__main__":
    sys.exit(main())
