"""Photographs that Python packages carry, and small files made for one test each."""

import io
from typing import Any

import numpy as np
import pytest
import skimage.data
from PIL import Image, ImageCms

from photochrom._types import UInt8

FORMATS = ("jpeg", "png", "tiff", "webp")


def chelsea(step: int = 1) -> UInt8:
    """A cat, 300 x 451; every `step`-th pixel. CC0, Stefan van der Walt."""
    return np.ascontiguousarray(skimage.data.chelsea()[::step, ::step])


def photograph(name: str) -> UInt8:
    """chelsea, astronaut, coffee or rocket (scikit-image), china or flower (scikit-learn)."""
    if name in ("china", "flower"):
        from sklearn.datasets import load_sample_image

        return np.array(load_sample_image(f"{name}.jpg"))
    return np.array(getattr(skimage.data, name)())


def encode(array: UInt8 | Image.Image, file_format: str, **options: Any) -> bytes:
    """Bytes of a file that Pillow wrote."""
    image = array if isinstance(array, Image.Image) else Image.fromarray(array)
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def opened(data: bytes) -> Image.Image:
    """A file as Pillow sees it, decoded."""
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def gray_ramp(bits: int) -> np.ndarray:
    """A gray ramp of 64 x 64 that uses the whole range of 8 or 16 bits."""
    top = 2**bits - 1
    ramp = np.linspace(0, top, 64 * 64).round().astype(np.uint8 if bits == 8 else np.uint16)
    return ramp.reshape(64, 64)


def wide_profile() -> bytes:
    """Display P3 without a dependency on files: the one libvips carries, 480 bytes."""
    pyvips = pytest.importorskip("pyvips")
    return bytes(pyvips.Image.profile_load("p3"))


def pillow_srgb_profile() -> bytes:
    """The sRGB profile of Little CMS, another than the one that photochrom embeds."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def profile_in(data: bytes) -> bytes | None:
    """The ICC profile of a file, as Pillow finds it."""
    return opened(data).info.get("icc_profile")
