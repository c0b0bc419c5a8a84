"""Palettes by what people name: a file, a model, or a picture in colour."""

from pathlib import Path as FilePath

import numpy as np

from photochrom._types import Path
from photochrom.color import lab
from photochrom.errors import PaletteError
from photochrom.imageio.small import load_small
from photochrom.modelfile.file import read_model
from photochrom.models.packaged import is_packaged
from photochrom.palettes import kmeans
from photochrom.palettes.files import load_palette
from photochrom.palettes.palette import Palette
from photochrom.storage.models import resolve

FIT_SIDE = 200  # px; k-means takes no more than 100,000 samples anyway
_GRAY = 3.0  # a*b* units of the 99th percentile; JPEG files of gray pictures stay below 2


def open_palette(name: Path) -> Palette:
    """Return the palette of a palette file or of a model.

    Parameters
    ----------
    name : a palette file, a model file (`.onnx`), or the name of a packaged model

    Raises
    ------
    InputMissingError
        If there is no such file.
    PaletteError
        If the file holds no palette, or the model predicts colours without one.
    ModelFileError
        If the model is not one.
    """
    ships = isinstance(name, str) and is_packaged(name)
    if not ships and FilePath(name).suffix.lower() != ".onnx":
        return load_palette(name)
    _, spec = read_model(resolve(name))
    if spec.palette is None:
        raise PaletteError(f"{FilePath(name).name} is a full-colour model: it has no palette")
    return spec.palette


def palette_of(picture: Path | bytes, colors: int | None = None) -> Palette:
    """Fit a palette without lightness to a picture in colour.

    Parameters
    ----------
    picture : path or bytes of a picture file
    colors : how many; None for the elbow's choice

    Raises
    ------
    InputMissingError, PictureError
        If it is not there or not a picture.
    PaletteError
        If the picture is gray.
    """
    rgb = load_small(picture, short_side=FIT_SIDE)
    chroma = lab.from_srgb(rgb.reshape(-1, 3).astype(np.float32) / 255)[:, 1:]
    if np.percentile(np.hypot(*chroma.T), 99) < _GRAY:
        name = "the picture" if isinstance(picture, bytes) else FilePath(picture).name
        raise PaletteError(f"{name} is gray; a palette needs a picture in colour")
    return kmeans.fit([rgb], colors)
