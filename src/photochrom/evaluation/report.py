"""One self-contained page: what people show each other."""

import contextlib
from collections.abc import Sequence
from pathlib import Path as FilePath

from photochrom._files import check_free, write_bytes
from photochrom._types import Path, UInt8
from photochrom.datasets.folder import RUN_SUFFIX
from photochrom.errors import WriteError
from photochrom.evaluation import markup, sections
from photochrom.evaluation.album import TRUTH, Album
from photochrom.evaluation.methods import GRAY
from photochrom.evaluation.result import Evaluation
from photochrom.evaluation.sheets import contact_sheet
from photochrom.imageio import Picture, encode_image

PAGE, FIGURES, SHEET = "index.html", "evaluation.json", "sheet.png"
_CURVE = "loss.svg"
Curve = tuple[str, bytes]
"""The name of a model, and the loss curve of its training as an SVG file."""

_SHEET_ROWS = 12  # pictures on the contact sheet: it stays within one screen's scroll


def check_target(folder: Path, *, overwrite: bool = False) -> None:
    """Make sure, before the work, that a report may be written to a folder.

    Raises
    ------
    OutputExistsError
        If one of the three files is there already and `overwrite` is not set.
    WriteError
        If the folder cannot be made.
    """
    target = FilePath(folder)
    for name in (PAGE, FIGURES, SHEET):
        check_free(target / name, overwrite=overwrite)
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WriteError(f"cannot make the folder {target}: {error.strerror}") from error


def write(
    evaluation: Evaluation,
    album: Album,
    folder: Path,
    *,
    curves: Sequence[Curve] = (),
    overwrite: bool = False,
) -> FilePath:
    """Write the page, the figures as JSON and a contact sheet; return the page's path.

    Parameters
    ----------
    evaluation : the figures
    album : small copies of truth and results
    folder : made if it is not there
    curves : loss curves that the page shall show
    overwrite : whether an earlier report may be replaced

    Raises
    ------
    OutputExistsError, WriteError
        As `check_target` does.
    """
    check_target(folder, overwrite=overwrite)
    target = FilePath(folder)
    files = {  # names of files need not be Unicode, and the work is done by now
        SHEET: encode_image(Picture(sheet(evaluation, album)), "png"),
        FIGURES: evaluation.to_json().encode(errors="replace"),
        PAGE: page(evaluation, album, curves=curves).encode(errors="replace"),
    }
    for name, data in files.items():
        write_bytes(data, target / name, overwrite=overwrite)
    return target / PAGE


def page(evaluation: Evaluation, album: Album, *, curves: Sequence[Curve] = ()) -> str:
    """Return the page as HTML."""
    body = [
        sections.title(evaluation),
        *sections.judged(evaluation, album),
        sections.curves(curves),
        sections.by_picture(evaluation),
        sections.method(evaluation),
    ]
    title = f"photochrom on {evaluation.folder}"
    return markup.page(title, ["<main>", *(part for part in body if part), "</main>"])


def sheet(evaluation: Evaluation, album: Album) -> UInt8:
    """Return a contact sheet of gray, each model and the truth, for a dozen of the album."""
    columns = [GRAY, *(row.name for row in evaluation.models), TRUTH]
    rows = [
        [album.pixels(picture, column) for column in columns]
        for picture in album.among(evaluation.pictures)[:_SHEET_ROWS]
    ]
    return contact_sheet(rows, columns)


def find_curves(models: Sequence[Path], names: Sequence[str]) -> list[Curve]:
    """Read the loss curves in the run folders beside model files; many models have none."""
    found = []
    for model, name in zip(models, names, strict=True):
        with contextlib.suppress(OSError):
            curve = FilePath(model).with_suffix(RUN_SUFFIX) / _CURVE
            found.append((name, curve.read_bytes()))
    return found
