"""Pictures for batches: photographs that Python packages carry, in every format and many sizes.

Some are broken, each in another way. The same count and seed give the same files.
"""

import io
import os
import random
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import skimage.data
from PIL import Image
from sklearn.datasets import load_sample_images

SIZES = (100, 800)  # px, the longer side
_FOLDERS = ("", "1950", "1950/summer at the sea", "Fotos/Größe & Maß", "a.jpg", "写真/夏")
_NAMES = ("scan", "IMG_", "-dash ", "50% grey ", "quote's \"", "Ünï ", "tab\t", "two.dots.", "🙂")
_RAW = b"not utf-8 \xff.jpg"  # as disks of other systems hold them


def make(folder: Path, count: int, *, broken: int = 20, seed: int = 0) -> set[str]:
    """Fill a folder with `count` pictures; return the names in it of those that are broken."""
    rng, photographs = random.Random(seed), _photographs()
    writers = list(_WRITERS.items())
    for number in range(count - broken):
        suffix, writer = writers[number % len(writers)]
        gray = _cut(photographs[number % len(photographs)], rng)
        path = folder / rng.choice(_FOLDERS) / f"{rng.choice(_NAMES)}{number:03}{suffix[1:]}"
        if number == 1 and os.name != "nt":
            path = folder / os.fsdecode(_RAW)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(writer(gray))
    return set(_break(folder, photographs[0], broken, rng))


def make_equal(folder: Path, count: int, megapixels: float) -> None:
    """Fill a folder with gray JPEGs of one size, each of another part of a photograph."""
    rng, photographs = random.Random(0), _photographs()
    height, width = round((megapixels * 1e6 * 2 / 3) ** 0.5), round((megapixels * 1e6 * 1.5) ** 0.5)
    folder.mkdir(parents=True)
    for number in range(count):
        piece = _cut(photographs[number % len(photographs)], rng)
        gray = cv2.resize(piece, (width, height), interpolation=cv2.INTER_CUBIC)
        (folder / f"{number:03}.jpg").write_bytes(_saved(gray, "jpeg", quality=90))


def _photographs() -> list[np.ndarray]:
    names = ("chelsea", "astronaut", "coffee", "rocket")
    return [getattr(skimage.data, name)() for name in names] + list(load_sample_images().images)


def _cut(photograph: np.ndarray, rng: random.Random) -> np.ndarray:
    """Return a gray piece of another size and shape each time."""
    height, width = photograph.shape[:2]
    rows, columns = (round(side * rng.uniform(0.4, 1.0)) for side in (height, width))
    top, left = rng.randint(0, height - rows), rng.randint(0, width - columns)
    piece = cv2.cvtColor(photograph[top : top + rows, left : left + columns], cv2.COLOR_RGB2GRAY)
    scale = rng.randint(*SIZES) / max(rows, columns)
    return cv2.resize(piece, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


def _saved(image: np.ndarray | Image.Image, file_format: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    opened = image if isinstance(image, Image.Image) else Image.fromarray(image)
    opened.save(buffer, file_format, **options)
    return buffer.getvalue()


def _three(gray: np.ndarray) -> np.ndarray:
    return gray[..., None].repeat(3, axis=2)


def _deep(gray: np.ndarray) -> np.ndarray:
    return gray.astype(np.uint16) * 257


def _cv(suffix: str, image: np.ndarray) -> bytes:
    """Pillow has no 16-bit RGB."""
    return bytes(cv2.imencode(suffix, image)[1])


def _with_exif(gray: np.ndarray) -> bytes:
    exif = Image.Exif()
    exif[0x0112], exif[0x010E], exif[0x0132] = 6, "a scan", "1953:07:01 12:00:00"
    return _saved(gray, "jpeg", exif=exif, dpi=(600, 600))


def _with_alpha(gray: np.ndarray) -> bytes:
    alpha = np.full_like(gray, 255)
    alpha[: gray.shape[0] // 4] = 0
    return _saved(np.dstack([_three(gray), alpha]), "png")


def _in_color(gray: np.ndarray) -> bytes:
    return _saved(cv2.applyColorMap(gray, cv2.COLORMAP_JET), "jpeg")


def _sepia(gray: np.ndarray) -> bytes:
    return _saved((_three(gray) * [1.0, 0.86, 0.7]).astype(np.uint8), "jpeg", quality=90)


_WRITERS: dict[str, Callable[[np.ndarray], bytes]] = {  # a digit keeps equal suffixes apart
    "0.jpg": lambda gray: _saved(gray, "jpeg", quality=90),
    "1.JPG": lambda gray: _saved(_three(gray), "jpeg", progressive=True),
    "0.png": lambda gray: _saved(gray, "png"),
    "1.png": lambda gray: _saved(_deep(gray), "png"),
    "2.png": lambda gray: _cv(".png", _three(_deep(gray))),
    "3.png": lambda gray: _saved(Image.fromarray(gray).quantize(32), "png"),
    "0.tif": lambda gray: _saved(gray, "tiff", compression="tiff_lzw"),
    "1.tiff": lambda gray: _cv(".tiff", _deep(gray)),
    "2.jpg": _with_exif,
    "4.png": _with_alpha,
    "0.webp": lambda gray: _saved(_three(gray), "webp", quality=90),
    "1.webp": lambda gray: _saved(_three(gray), "webp", lossless=True),
    "3.jpg": _sepia,
    "4.jpg": lambda gray: _saved(gray, "png"),  # a PNG by another name
    "5.jpg": _in_color,
}


def _break(folder: Path, photograph: np.ndarray, count: int, rng: random.Random) -> Iterator[str]:
    """Write broken files among the others; yield their names."""
    gray = cv2.resize(cv2.cvtColor(photograph, cv2.COLOR_RGB2GRAY), (300, 200))
    for name, content in list(_broken(gray).items())[:count]:
        inside = f"{rng.choice(_FOLDERS)}/{name}".lstrip("/")
        path = folder / inside
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, str):
            path.symlink_to(content)
        else:
            path.write_bytes(content)
        yield inside


def _broken(gray: np.ndarray) -> dict[str, bytes | str]:
    """Return contents of files; a text is where a link points to."""
    jpeg, png = _saved(gray, "jpeg"), _saved(gray, "png")
    tiff, webp = _saved(gray, "tiff"), _saved(_three(gray), "webp")
    return {
        "empty.jpg": b"",
        "cut in half.jpg": jpeg[: len(jpeg) // 2],
        "a checksum that is wrong.png": _flipped(png, [len(png) // 2]),
        "a text.jpg": b"This is no picture at all.\n" * 50,
        "a link to itself.jpg": "a link to itself.jpg",
        "a header that promises much.png": _png_header(60_000, 60_000) + png[33:],
        "cut in half.tif": tiff[: len(tiff) // 2],
        "a zip.jpg": b"PK\x03\x04" + bytes(100),
        "drawn.png": b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
        "a link to nothing.png": "nothing.png",
        "sixteen bands.tif": _banded_tiff(gray, samples=16),
        "floating point.tif": _cv(".tiff", gray.astype(np.float32) / 255),
        "cut in half.png": png[: len(png) // 2],
        "cut in half.webp": webp[: len(webp) // 2],
        "flipped bits.jpg": _flipped(jpeg, range(20, 600, 7)),
        "a header that is wrong.png": _flipped(png, [20]),
        "an animation.png": _saved(gray, "gif"),
        "a page.webp": b"<!doctype html><title>404</title>",
        "a document.tif": b"%PDF-1.7\n" + bytes(200),
        "noise.jpg": bytes(random.Random(1).randbytes(5000)),
    }


def _flipped(content: bytes, places: Iterable[int]) -> bytes:
    changed = bytearray(content)
    for place in places:
        changed[place] ^= 0x10
    return bytes(changed)


def _png_header(width: int, height: int) -> bytes:
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"\0\0\0\r" + body + struct.pack(">I", zlib.crc32(body))


def _banded_tiff(gray: np.ndarray, *, samples: int) -> bytes:
    """Write a plain TIFF of so many samples a pixel, which Pillow does not."""
    height, width = gray.shape
    pixels = gray[..., None].repeat(samples, axis=2).tobytes()
    bits = struct.pack(f"<{samples}H", *[8] * samples)
    tags = [
        (256, 3, 1, width), (257, 3, 1, height), (258, 3, samples, 8), (259, 3, 1, 1),
        (262, 3, 1, 1), (273, 4, 1, 8 + len(bits)), (277, 3, 1, samples), (278, 3, 1, height),
        (279, 4, 1, len(pixels)),
    ]  # fmt: skip
    entries = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    directory = struct.pack("<H", len(tags)) + entries + bytes(4)
    return struct.pack("<2sHI", b"II", 42, 8 + len(bits) + len(pixels)) + bits + pixels + directory
