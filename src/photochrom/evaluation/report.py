"""One self-contained page: what people show each other."""

from collections.abc import Sequence
from pathlib import Path as FilePath

from photochrom._files import write_bytes
from photochrom._types import Path, UInt8
from photochrom.errors import InputMissingError, OutputExistsError, WriteError
from photochrom.evaluation import markup, sections
from photochrom.evaluation.album import TRUTH, Album
from photochrom.evaluation.methods import GRAY
from photochrom.evaluation.result import Evaluation
from photochrom.evaluation.sheets import contact_sheet
from photochrom.imageio import Picture, encode_image

PAGE, FIGURES, SHEET = "index.html", "evaluation.json", "sheet.png"
_CURVE = "loss.svg"
Curve = tuple[str, bytes]
"""The name of a run, and its loss curve as an SVG file."""

_SHEET_ROWS = 12  # pictures on the contact sheet: it stays within one screen's scroll


def check_target(folder: Path, *, overwrite: bool = False) -> None:
    """Make sure, before the work, that a report may be written to a folder.

    Raises
    ------
    OutputExistsError
        If there is a report already and `overwrite` is not set.
    WriteError
        If the folder cannot be made.
    """
    page = FilePath(folder) / PAGE
    if page.exists() and not overwrite:
        raise OutputExistsError(
            f"there is a report at {page} already; choose another folder or ask for overwriting"
        )
    try:
        page.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WriteError(f"cannot make the folder {page.parent}: {error.strerror}") from error


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
    album : small copies of truth and results of every judged picture
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
    text = page(evaluation, album, curves=curves)
    drawn = encode_image(Picture(sheet(evaluation, album)), "png")
    write_bytes(drawn, target / SHEET, overwrite=overwrite)
    write_bytes(evaluation.to_json().encode(), target / FIGURES, overwrite=overwrite)
    write_bytes(text.encode(), target / PAGE, overwrite=overwrite)
    return target / PAGE


def page(evaluation: Evaluation, album: Album, *, curves: Sequence[Curve] = ()) -> str:
    """Return the page as HTML."""
    body = [
        sections.title(evaluation),
        sections.verdict(evaluation),
        sections.typical(evaluation, album),
        sections.figures_table(evaluation),
        sections.differences(evaluation),
        sections.best_and_worst(evaluation, album),
        sections.palettes(evaluation),
        sections.curves(curves),
        sections.by_picture(evaluation),
        sections.method(evaluation),
    ]
    title = f"photochrom on {evaluation.folder}"
    return markup.page(title, ["<main>", *(part for part in body if part), "</main>"])


def sheet(evaluation: Evaluation, album: Album) -> UInt8:
    """Return a contact sheet of gray, each model and the truth, for the first dozen pictures."""
    columns = [GRAY, *(row.name for row in evaluation.models), TRUTH]
    rows = [
        [album.pixels(picture, column) for column in columns]
        for picture in evaluation.pictures[:_SHEET_ROWS]
    ]
    return contact_sheet(rows, columns)


def read_curve(run: Path) -> Curve:
    """Read the loss curve of a run folder; raise `InputMissingError` if it has none."""
    path = FilePath(run) / _CURVE
    try:
        return FilePath(run).name, path.read_bytes()
    except OSError as error:
        raise InputMissingError(
            f"expected a run folder with {_CURVE}, but {path} cannot be read: {error.strerror}"
        ) from error
