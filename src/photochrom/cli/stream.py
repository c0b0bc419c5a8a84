"""`colorize -`: one picture from stdin."""

import json
import sys

import click

from photochrom.cli.asked import Asked
from photochrom.cli.many import Running
from photochrom.cli.rows import IN_COLOR, LEFT_ALONE
from photochrom.cli.say import say, tell
from photochrom.cli.status import Status
from photochrom.errors import OptionError

STREAM = "-"


def colorize(inputs: tuple[str, ...], asked: Asked, how: Running, *, as_json: bool) -> Status:
    """Colour what comes from stdin; the result goes to stdout, or to a file."""
    from photochrom.batch.results import names
    from photochrom.batch.worker import Worker
    from photochrom.imageio.formats import format_of

    _check(inputs, asked, as_json=as_json)
    how.check_stream()
    target = None if _is_stdout(asked.output) else asked.output
    order = asked.order()
    file_format = order.format if target is None or order.format else format_of(target)
    asked.check_layer()
    asked.check_read([] if target is None else [target])
    _check_free([one for one in names(order, target or STREAM) if one != STREAM], force=asked.force)
    spread = how.means().spread(1)
    # One byte more than allowed, so that the reader sees that there is too much.
    content = sys.stdin.buffer.read(order.limits.max_bytes + 1)
    with Worker(
        order, threads=spread.threads, memory=spread.memory, seconds=how.max_seconds
    ) as worker:
        result = worker.color(content, format=file_format, keep=target is None)
    if result.colored:
        say(f"stdin: {LEFT_ALONE}")
    for note in result.notes:
        say(f"stdin: {note}")
    places = () if result.colored and target is not None else names(order, target or STREAM)
    for place, data in zip(places, result.files, strict=True):
        _put(place, data, force=asked.force)
    if target is not None:
        _tell(None if result.colored else target, as_json=as_json)
    return Status.DONE


def _check(inputs: tuple[str, ...], asked: Asked, *, as_json: bool) -> None:
    from photochrom.imageio.formats import format_of

    if len(inputs) > 1:
        raise OptionError("- stands for one picture from stdin; it goes with no other input")
    if asked.of_order["alternatives"] is not None:
        raise OptionError("--alternatives writes several files; give it files, not a stream (-)")
    if asked.of_order["album"]:
        raise OptionError("--album brings several pictures together; - is one")
    if asked.of_order["confidence"]:
        raise OptionError("--confidence writes files beside the result; - is a stream, name a file")
    if _is_stdout(asked.output):
        if as_json:
            raise OptionError("--json and the picture would both go to stdout; name a file with -o")
        if sys.stdout.isatty():
            raise OptionError("the picture would go to the terminal; use > FILE or -o FILE")
        return
    if asked.of_order["format"] is None:
        format_of(str(asked.output))


def _check_free(places: list[str], *, force: bool) -> None:
    """Refuse names that are taken, or meet."""
    from photochrom._files import check_free
    from photochrom.errors import OutputExistsError
    from photochrom.storage.place import files_of, key_of, shown

    if len({key_of(place) for place in places}) < len(places):
        raise OptionError(f"--layer {places[-1]} would be overwritten; name another")
    for place in places:
        near = files_of(place).near(place)
        if near is not None:
            check_free(near, overwrite=force)
        elif not force and files_of(place).state(place) is not None:
            raise OutputExistsError(f"{shown(place)} exists already; --force overwrites it")


def _put(place: str, data: bytes, *, force: bool) -> None:
    if place == STREAM:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    from photochrom.batch.perform import put

    put(place, data, overwrite=force)


def _tell(output: str | None, *, as_json: bool) -> None:
    skipped = IN_COLOR if output is None else None
    if as_json:
        click.echo(json.dumps({"input": STREAM, "output": output, "skipped": skipped}))
    elif output is not None:
        tell(output)


def _is_stdout(output: str | None) -> bool:
    return output in (None, STREAM)
