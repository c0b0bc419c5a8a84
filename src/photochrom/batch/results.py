"""The files that one picture becomes: their names, and their bytes."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import PurePath

from photochrom.batch.order import Order
from photochrom.evaluation.choices import alike, choice_sheet, small
from photochrom.imageio.convert import from_array
from photochrom.imageio.formats import format_of
from photochrom.imageio.picture import Picture
from photochrom.imageio.writing import encode_image
from photochrom.inference.cast import Cast
from photochrom.inference.colorizer import Colorizer
from photochrom.inference.layerfile import encode_layer


@dataclass(frozen=True)
class Result:
    """What a picture became.

    Attributes
    ----------
    files : bytes of each file, in the order of `names`; none where it was left alone
    notes : what a user should know, a sentence each
    colored : whether it was in colour already, and so was left alone
    """

    files: tuple[bytes, ...]
    notes: tuple[str, ...] = ()
    colored: bool = False


def names(order: Order, target: str) -> tuple[str, ...]:
    """Return where the files of a result go: for one picture, the result itself first.

    With alternatives these are the answers and then their sheet; `target` itself is not written.

    Parameters
    ----------
    target : path or URL of the result
    """
    if order.alternatives is not None:
        suffix = PurePath(target).suffix
        stem = target.removesuffix(suffix)
        numbers = range(1, order.alternatives + 1)
        return (*(f"{stem}-{number}{suffix}" for number in numbers), f"{stem}-sheet.png")
    beside = confidence_names(target) if order.confidence else ()
    return (target, *beside, *(() if order.layer is None else (order.layer,)))


def confidence_names(target: str) -> tuple[str, str]:
    """Return where the map and the description of a result go."""
    stem = target.removesuffix(PurePath(target).suffix)
    return f"{stem}-confidence.png", f"{stem}-confidence.json"


def check(colorizer: Colorizer, order: Order) -> None:
    """Raise `OptionError` where `make` would for any picture."""
    recipe = order.recipe
    if order.alternatives is not None:
        recipe = replace(recipe, alternative=order.alternatives)
    if order.album:
        recipe = replace(recipe, album=Cast())
    colorizer.check(recipe, confidence=order.confidence)


def make(colorizer: Colorizer, picture: Picture, order: Order, format: str) -> Result:  # noqa: A002
    """Colour a picture and encode all that is wanted of it.

    Parameters
    ----------
    format : of the result itself; what goes beside it has its own

    Raises
    ------
    PhotochromError
        As `Colorizer.colorize` and `encode_image` do.
    """
    if order.alternatives is not None:
        return _several(colorizer, picture, order, order.alternatives, format)
    colored, layer = _colored(colorizer, picture, order)
    files = [encode_image(colored, format, quality=order.quality)]
    if order.confidence:
        files += _sureness(colorizer, picture, order)
    return Result((*files, *layer), colored.kept.notes)


def _colored(
    colorizer: Colorizer, picture: Picture, order: Order
) -> tuple[Picture, tuple[bytes, ...]]:
    """Colour a picture, by its layer where one is kept: the network runs once for both."""
    if order.layer is None:
        return colorizer.colorize(picture, order.recipe, provenance=order.provenance), ()
    layer = colorizer.layer(picture, order.recipe)
    field = layer.field(picture)
    colored = colorizer.complete(picture, field, order.recipe, provenance=order.provenance)
    return colored, (encode_layer(layer),)


def _sureness(colorizer: Colorizer, picture: Picture, order: Order) -> Iterator[bytes]:
    sure = colorizer.confidence(picture, order.recipe)
    yield encode_image(from_array(sure.draw(picture)), "png")
    yield (json.dumps(sure.to_dict(), indent=1) + "\n").encode()


def _several(
    colorizer: Colorizer,
    picture: Picture,
    order: Order,
    count: int,
    format: str,  # noqa: A002
) -> Result:
    """Encode one answer after the other, so that one at a time is in memory, then the sheet."""
    answers = colorizer.each_alternative(picture, count, order.recipe, provenance=order.provenance)
    files, cells, notes = [], [], ()
    for colored in answers:
        files.append(encode_image(colored, format, quality=order.quality))
        cells.append(small(colored))
        notes = colored.kept.notes
    sheet = Picture(choice_sheet(small(picture, gray=True), cells))
    return Result((*files, encode_image(sheet, "png")), (*notes, *_few_ways(alike(cells))))


def _few_ways(numbers: list[int]) -> tuple[str, ...]:
    if not numbers:
        return ()
    which = ", ".join(map(str, numbers))
    return (f"the model sees few ways to colour this: too like an earlier answer are {which}",)


def format_to(order: Order, target: str) -> str:
    """Return the format of a result: the one asked for, or by its name.

    Raises
    ------
    OptionError
        If the name says none.
    """
    return order.format or format_of(target)
