"""The process that touches what strangers made: decodes, colours, encodes, and may crash.

`worker.Worker` starts it as `python -m photochrom.batch.child`. It opens no place to write: files
go up the pipe, and the parent writes them.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from photochrom.batch.service import Answer, serve

if TYPE_CHECKING:
    from photochrom.batch.order import Order
    from photochrom.batch.results import Result
    from photochrom.imageio.picture import Picture
    from photochrom.inference.cast import Cast
    from photochrom.inference.colorizer import Colorizer


@dataclass(frozen=True)
class Start:
    """What a child is told first."""

    order: "Order"
    threads: int | None


@dataclass(frozen=True)
class Ask:
    """One picture to colour.

    Attributes
    ----------
    source : path, or the bytes of a file
    format : of the result; None for the picture's own
    keep : hand a picture that is in colour already back in `format`, instead of nothing
    cast : what its album changes in its colours
    look : only take notes of it, for its album
    """

    source: str | bytes
    format: str | None
    keep: bool
    cast: "Cast | None"
    look: bool


def main() -> None:
    """Serve until the parent closes the pipe, or dies."""
    serve(_begin)


def _begin(start: Start) -> Answer:
    colorizer = _open(start)
    return lambda ask: _said(colorizer, start.order, ask)


def _open(start: Start) -> "Colorizer":
    from photochrom.batch.results import check  # noqa: PLC0415 - under the limit on memory
    from photochrom.inference.colorizer import Colorizer  # noqa: PLC0415

    order = start.order
    colorizer = Colorizer(order.model.data, device=order.device, threads=start.threads)
    colorizer.name = order.model.name
    check(colorizer, order)
    return colorizer


def _said(
    colorizer: "Colorizer", order: "Order", ask: Ask
) -> tuple[dict[str, Any], tuple[bytes, ...]]:
    from photochrom.imageio.reading import load_image  # noqa: PLC0415
    from photochrom.inference.colored import is_colored  # noqa: PLC0415

    picture = load_image(ask.source, limits=order.limits)
    wanted = order.even_if_colored or not is_colored(picture)
    if ask.look:
        note = colorizer.album_note(picture, order.recipe) if wanted else None
        return {"note": None if note is None else note.to_dict()}, ()
    result = _result(colorizer, picture, order, ask, wanted=wanted)
    return {"notes": result.notes, "colored": result.colored}, result.files


def _result(
    colorizer: "Colorizer", picture: "Picture", order: "Order", ask: Ask, *, wanted: bool
) -> "Result":
    from photochrom.batch.results import Result, make  # noqa: PLC0415

    format_ = ask.format or picture.kept.format
    if not wanted:
        return Result(_kept(picture, order, ask, format_), colored=True)
    if ask.cast is not None:
        order = replace(order, recipe=replace(order.recipe, album=ask.cast))
    return make(colorizer, picture, order, format_)


def _kept(picture: "Picture", order: "Order", ask: Ask, format_: str) -> tuple[bytes, ...]:
    from photochrom.imageio.writing import encode_image  # noqa: PLC0415

    if not ask.keep:
        return ()
    if format_ == picture.kept.format and isinstance(ask.source, bytes):
        return (ask.source,)
    return (encode_image(picture, format_, quality=order.quality),)


if __name__ == "__main__":
    main()
