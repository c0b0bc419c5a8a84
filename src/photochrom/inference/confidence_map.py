"""A confidence map that a person can read: the gray picture, tinted where its colours are guessed.

One hue alone, the stronger the less sure, so that it can be read with any colour vision and in its
order; hatched where a colour is more likely wrong than right, so that it survives a black-and-white
print. What the user said is yellow.
"""

import cv2
import numpy as np

from photochrom._types import Codes, Float32, Mask, UInt8
from photochrom.color import gamut
from photochrom.filters.guided import GuidedEnlargement
from photochrom.inference import working

DOUBTFUL = 0.5
"""Probability of being about right, below which a colour is more likely wrong."""
LONGEST, SHORTEST = 1024, 480  # px of the longer side: larger pictures are reduced, others enlarged
_NARROWEST = 400  # px; the legend needs them
_UNSURE = (66.0, -30.0)  # a*, b*: magenta; orange was taken for sepia
_TOLD = (-6.0, 70.0)  # yellow, which no kind of colour vision takes for magenta
_SURE, _LOST = 0.8, 0.3  # probabilities of no tint and of all of it: what pictures really have
_LEAST_TOLD, _MOST_TOLD = 0.4, 0.7  # the same of what was told, either side of where it begins
_DARKEST, _LIGHTEST = 28.0, 88.0  # L* that black and white become: a tint needs some light
_HATCH, _LINE, _DARKER = 9, 2, 16.0  # px from line to line, width of one, L*
_SWATCH = 62.0  # L* of the legend's samples, before it becomes lighter
_PAPER, _INK = 255, (30, 30, 30)
_FONT, _SCALE = cv2.FONT_HERSHEY_SIMPLEX, 0.42
_PADDING, _BAR, _ROW = 10, 14, 18  # px


def draw(
    pixels: Codes, planes: Float32, guide: Float32, span: tuple[float, float], said: str
) -> UInt8:
    """Draw the map with its legend.

    Parameters
    ----------
    pixels : (h, w, 1 or 3), of the picture
    planes : (h', w', 2): probability of being about right, and how much was told, 0..1
    guide : (h', w'), L* of the picture
    span : how many cells (down, across) the picture covers
    said : a line of figures to stand below

    Returns
    -------
    drawn : (h'', w'', 3), code values
    """
    lightness = working.reduce_codes(pixels, _size(*pixels.shape[:2]))
    whole = GuidedEnlargement.of(100 * planes, guide, *lightness.shape, span=span)
    rows, columns = (slice(0, length) for length in lightness.shape)
    sure, told = np.clip(whole.block(rows, columns, lightness) / 100, 0, 1)
    return _above(_tinted(lightness, sure, told), _legend(said, told=bool(planes[..., 1].any())))


def _size(height: int, width: int) -> tuple[int, int]:
    longest = max(height, width)
    scale = min(max(1.0, SHORTEST / longest), LONGEST / longest)
    return max(1, round(height * scale)), max(1, round(width * scale))


def _tinted(lightness: Float32, sure: Float32, told: Float32) -> UInt8:
    """Return a picture (h, w, 3) in the map's colours."""
    shown = np.clip((told - _LEAST_TOLD) / (_MOST_TOLD - _LEAST_TOLD), 0, 1)
    unsure = np.clip((_SURE - sure) / (_SURE - _LOST), 0, 1) * (1 - shown)
    chroma = unsure[..., None] * np.array(_UNSURE) + shown[..., None] * np.array(_TOLD)
    level = _DARKEST + lightness * ((_LIGHTEST - _DARKEST) / 100)
    level = level - np.float32(_DARKER) * (_lines(lightness.shape) & (sure < DOUBTFUL))
    rgb = gamut.to_srgb(level.astype(np.float32), chroma.astype(np.float32))
    return np.rint(rgb * 255).astype(np.uint8)


def _lines(shape: tuple[int, ...]) -> Mask:
    rows, columns = np.indices(shape)
    lines: Mask = (rows + columns) % _HATCH < _LINE
    return lines


def _legend(said: str, *, told: bool) -> UInt8:
    """Return what the colours mean, (h, w, 3), `_NARROWEST` wide."""
    width, rows = _NARROWEST, 4 if told else 3
    paper = np.full((rows * _ROW + _BAR + 2 * _PADDING, width, 3), _PAPER, dtype=np.uint8)
    _write(paper, "Chance that the colour is about right (dE00 < 10)", _PADDING, 0)
    across = np.linspace(0, 1, width - 2 * _PADDING, dtype=np.float32)
    sure = np.repeat(across[None], _BAR, axis=0)
    bar = _tinted(np.full_like(sure, _SWATCH), sure, np.zeros_like(sure))
    top = _PADDING + _ROW
    paper[top : top + _BAR, _PADDING : width - _PADDING] = bar
    for text, at in (("0 %: guessed", 0.0), ("50 % (hatched below)", 0.5), ("100 %: sure", 1.0)):
        room = cv2.getTextSize(text, _FONT, _SCALE, 1)[0][0]
        place = _PADDING + round(at * (width - 2 * _PADDING)) - round(at * room)
        _write(paper, text, place, top + _BAR - _PADDING)
    _write(paper, said, _PADDING, top + _BAR - _PADDING + _ROW)
    if told:
        _told_row(paper, top + _BAR + 2 * _ROW)
    return paper


def _told_row(paper: UInt8, top: int) -> None:
    plain = np.full((_BAR, 2 * _BAR), _SWATCH, dtype=np.float32)
    one = np.ones_like(plain)
    paper[top : top + _BAR, _PADDING : _PADDING + 2 * _BAR] = _tinted(plain, one, one)
    _write(paper, "told by you", 2 * _PADDING + 2 * _BAR, top - _PADDING - 3)


def _write(paper: UInt8, text: str, left: int, top: int) -> None:
    """Write letters of ASCII, `_ROW` px high, below the padding and `top`."""
    place = left, top + _PADDING + _ROW - 5
    cv2.putText(paper, text, place, _FONT, _SCALE, _INK, 1, cv2.LINE_AA)


def _above(picture: UInt8, legend: UInt8) -> UInt8:
    """Put a picture over its legend, on paper as wide as the wider of them."""
    width = max(picture.shape[1], legend.shape[1])
    parts = [
        np.pad(
            part,
            ((0, 0), (0, width - part.shape[1]), (0, 0)),
            constant_values=_PAPER,
        )
        for part in (picture, legend)
    ]
    return np.concatenate(parts, axis=0)
