"""The run folder: what a person looks at while a network learns, and what a checkpoint needs."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from photochrom._files import write_bytes
from photochrom._types import UInt8
from photochrom.color import gray
from photochrom.errors import WriteError
from photochrom.imageio import Picture, encode_image
from photochrom.palettes.palette import Palette
from photochrom.palettes.swatch import draw

ROWS_A_SHEET = 4
_NAMES = (
    "config.json", "palette.json", "swatch.png", "metrics.jsonl", "loss.svg",
    "checkpoint.safetensors", "calibration.json",
)  # fmt: skip
_COLOURS = ("#c2410c", "#1d4ed8", "#15803d", "#7e22ce")
_GAP = 4  # px of white between pictures
_WIDTH, _HEIGHT, _MARGIN = 640, 320, 40  # px of the loss curve


@dataclass(frozen=True)
class RunFolder:
    """Writes into one folder; every file appears whole.

    Attributes
    ----------
    path : the folder
    """

    path: Path

    def create(self) -> None:
        """Make the folder; an unwritable place raises `WriteError`."""
        try:
            (self.path / "samples").mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise WriteError(f"cannot make the run folder {self.path}: {error.strerror}") from error

    def clear(self) -> None:
        """Remove what an earlier run left; other files stay."""
        for pattern in ("samples/*.png", *_NAMES):
            for old in self.path.glob(pattern):
                old.unlink()

    def write_config(self, config: dict[str, Any]) -> None:
        """Write `config.json`: every option, resolved."""
        self._write("config.json", json.dumps(config, indent=1, sort_keys=True).encode())

    def write_palette(self, palette: Palette) -> None:
        """Write `palette.json` and `swatch.png`."""
        self._write("palette.json", palette.to_json().encode())
        self._write("swatch.png", encode_image(Picture(draw(palette)), "png"))

    def write_history(self, history: list[dict[str, Any]], curve: str | None = None) -> None:
        """Write `metrics.jsonl`, a line a report, and `loss.svg`: `curve` if there is one."""
        lines = "".join(json.dumps(entry, sort_keys=True) + "\n" for entry in history)
        self._write("metrics.jsonl", lines.encode())
        self._write("loss.svg", (curve or loss_curve(history)).encode())

    def write_calibration(self, chosen: dict[str, Any], table: list[dict[str, Any]]) -> None:
        """Write `calibration.json`: the setting that was chosen, and all that were tried."""
        plain = {"chosen": chosen, "tried": table}
        self._write("calibration.json", json.dumps(plain, indent=1, sort_keys=True).encode())

    def write_sheet(self, name: str, rows: list[tuple[UInt8, UInt8]]) -> None:
        """Write `samples/NAME.png`: gray, ours and truth of (ours, truth) pictures."""
        self._write(f"samples/{name}.png", sheet(rows))

    def _write(self, name: str, data: bytes) -> None:
        write_bytes(data, self.path / name, overwrite=True)


def sheet(rows: list[tuple[UInt8, UInt8]]) -> bytes:
    """Lay out gray, ours and truth side by side, a picture a row; return a PNG file."""
    lines = []
    for ours, truth in rows:
        level = gray.from_srgb(truth.astype(np.float32) / 255)
        plain = np.repeat(np.rint(level * 255).astype(np.uint8)[..., None], 3, axis=2)
        lines.append(np.concatenate([_framed(part) for part in (plain, ours, truth)], axis=1))
    widest = max(line.shape[1] for line in lines)
    laid = np.concatenate([_widened(line, widest) for line in lines])
    return encode_image(Picture(laid), "png")


def loss_curve(history: list[dict[str, Any]]) -> str:
    """Draw training loss and held-out error over the reports of the first phase as SVG."""
    judged = [entry for entry in history if "held_out" in entry]
    return draw_curves(
        [
            ("loss", [entry["loss"] for entry in judged]),
            ("held-out dE00", [entry["held_out"]["de00"] for entry in judged]),
        ]
    )


def draw_curves(series: list[tuple[str, list[float]]]) -> str:
    """Draw up to four named series, each on its own scale, over the reports as SVG."""
    drawn = "".join(
        _line(name, _COLOURS[place], values, place=place)
        for place, (name, values) in enumerate(series)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        'font-family="sans-serif" font-size="13"><title>Loss and held-out error, each on its own '
        f"scale</title>{drawn}</svg>\n"
    )


def _line(name: str, colour: str, values: list[float], *, place: int) -> str:
    low, high = min(values), max(values)
    wide, tall = _WIDTH - 2 * _MARGIN, _HEIGHT - 2 * _MARGIN
    across = [_MARGIN + wide * i / max(len(values) - 1, 1) for i in range(len(values))]
    down = [_MARGIN + tall * (high - value) / ((high - low) or 1) for value in values]
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(across, down, strict=True))
    label = f"{name}: {values[-1]:.3f} (from {high:.3f} to {low:.3f})"
    return (
        f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{points}"/>'
        f'<text x="{_MARGIN}" y="{16 + 16 * place}" fill="{colour}">{label}</text>'
    )


def _framed(picture: UInt8) -> UInt8:
    return np.pad(picture, ((0, _GAP), (0, _GAP), (0, 0)), constant_values=255)


def _widened(line: UInt8, width: int) -> UInt8:
    return np.pad(line, ((0, 0), (0, width - line.shape[1]), (0, 0)), constant_values=255)
