"""The process that touches what visitors sent; `python -m photochrom.web.child`."""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path as FilePath
from shutil import copyfile
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias

import numpy as np

from photochrom.batch.service import serve
from photochrom.errors import ModelFileError, OptionError, PhotochromError
from photochrom.imageio.convert import from_array
from photochrom.imageio.picture import Picture
from photochrom.imageio.reading import load_image, load_xmp
from photochrom.imageio.small import load_small
from photochrom.imageio.writing import encode_image
from photochrom.inference.colored import is_colored
from photochrom.inference.colorizer import Colorizer
from photochrom.inference.hints.session import Session
from photochrom.inference.layerfile import encode_layer
from photochrom.inference.palettes import FIT_SIDE, palette_of
from photochrom.inference.recipe import Recipe
from photochrom.palettes import kmeans
from photochrom.palettes.files import load_palette, save_palette
from photochrom.palettes.palette import Palette
from photochrom.web.tasks import Color, Fit, Known, Read, Reduce, Task, Try, Write

Said: TypeAlias = tuple[dict[str, Any], tuple[bytes, ...]]
_KEPT = 3  # models, those used last; one takes some 100 MB when it has run
_ODD = (TypeError, ValueError, KeyError, AttributeError, OverflowError, RecursionError)


class Studio:
    """Models that are ready, and what is done with them.

    Parameters
    ----------
    threads : of the CPU; None for all cores
    """

    def __init__(self, threads: int | None) -> None:
        self._threads = threads
        self._ready: OrderedDict[str, Colorizer] = OrderedDict()

    def __call__(self, task: Task) -> Said:
        """Do a task."""
        if isinstance(task, Color):
            return self._color(task)
        if isinstance(task, Try):
            return self._try(task.model)
        return _DOERS[type(task)](task)

    def _colorizer(self, model: Known) -> Colorizer:
        found = self._ready.pop(model.hash, None)
        if found is None:
            while len(self._ready) >= _KEPT:
                self._ready.popitem(last=False)
            found = Colorizer(FilePath(model.path), threads=self._threads)
            found.name = model.name
        self._ready[model.hash] = found
        return found

    def _color(self, task: Color) -> Said:
        colorizer = self._colorizer(task.model)
        recipe = _recipe(task)
        colorizer.check(recipe)
        picture = load_image(task.picture, limits=task.limits)
        if not task.even_if_colored and is_colored(picture):
            return {"colored": True}, ()
        return _MAKERS[task.made](colorizer, picture, recipe, task)

    def _try(self, model: Known) -> Said:
        """Let it run once: what only onnxruntime refuses is told now, and not to the next one."""
        try:
            self._colorizer(model).colorize(np.full((8, 8), 128, np.uint8))
        except Exception as error:
            self._ready.pop(model.hash, None)
            if isinstance(error, PhotochromError):
                raise
            raise ModelFileError(f"the model cannot be run: {error}") from error
        return {}, ()


def _recipe(task: Color) -> Recipe:
    """Build the recipe here, where pictures that are part of it may do no harm."""
    with _as_options("the options"):
        options = dict(task.recipe)
        hints = tuple(options.pop("hints", ()))
        if task.hint_layer is not None:
            hints = (load_image(task.hint_layer, limits=task.limits), *hints)
        references = [load_image(each, limits=task.limits) for each in task.references]
        version = task.chroma_from
        return Recipe(
            **options,
            hints=hints,
            palette=_palette(task),
            references=tuple(references),
            chroma_from=None if version is None else load_image(version, limits=task.limits),
        )


def _palette(task: Color) -> Palette | None:
    if task.palette_file is not None:
        return _read_palette(*task.palette_file)
    return None if task.palette is None else Palette.from_dict(task.palette)


@contextmanager
def _as_options(what: str) -> Iterator[None]:
    """Tell values of a wrong kind, deep inside, as what they are."""
    try:
        yield
    except PhotochromError:
        raise
    except _ODD as error:
        raise OptionError(f"{what} cannot be read: {error}") from error


def _picture(colorizer: Colorizer, picture: Picture, recipe: Recipe, task: Color) -> Said:
    colored = colorizer.colorize(picture, recipe, provenance=task.provenance)
    kind = task.format or picture.kept.format
    file = encode_image(colored, kind, quality=task.quality)
    return {"notes": colored.kept.notes, "format": kind}, (file,)


def _layer(colorizer: Colorizer, picture: Picture, recipe: Recipe, task: Color) -> Said:
    del task
    return {"notes": (), "format": "png"}, (encode_layer(colorizer.layer(picture, recipe)),)


def _confidence(colorizer: Colorizer, picture: Picture, recipe: Recipe, task: Color) -> Said:
    del task
    sure = colorizer.confidence(picture, recipe)
    drawn = encode_image(from_array(sure.draw(picture)), "png")
    return {"notes": (), "format": "png", "confidence": sure.to_dict()}, (drawn,)


def _alternatives(colorizer: Colorizer, picture: Picture, recipe: Recipe, task: Color) -> Said:
    kind = task.format or picture.kept.format
    notes: tuple[str, ...] = ()
    files = []
    for each in colorizer.each_alternative(picture, task.count, recipe, provenance=task.provenance):
        files.append(encode_image(each, kind, quality=task.quality))
        notes = each.kept.notes
    return {"notes": notes, "format": kind}, tuple(files)


def _suggestions(colorizer: Colorizer, picture: Picture, recipe: Recipe, task: Color) -> Said:
    places = Session(colorizer, picture, recipe).suggest(task.count)
    return {"notes": (), "places": places}, ()


_MAKERS: dict[str, Callable[[Colorizer, Picture, Recipe, Color], Said]] = {
    "picture": _picture,
    "layer": _layer,
    "confidence": _confidence,
    "alternatives": _alternatives,
    "suggestions": _suggestions,
}


def _fit(task: Fit) -> Said:
    if len(task.pictures) == 1:
        load_xmp(task.pictures[0], limits=task.limits)  # the header: `palette_of` has other limits
        return {"palette": palette_of(task.pictures[0], task.colors).to_dict()}, ()
    small = [load_small(each, short_side=FIT_SIDE, limits=task.limits) for each in task.pictures]
    return {"palette": kmeans.fit(small, task.colors).to_dict()}, ()


def _read(task: Read) -> Said:
    return {"palette": _read_palette(task.path, task.name).to_dict()}, ()


def _read_palette(path: str, name: str) -> Palette:
    """Read an upload: its name tells the format, but never where anything is written."""
    with TemporaryDirectory() as folder:
        copy = FilePath(folder, "palette" + FilePath(name).suffix[:8].lower())
        copyfile(path, copy)
        return load_palette(copy)


def _write(task: Write) -> Said:
    with _as_options("the palette"):
        palette = Palette.from_dict(task.palette)
    with TemporaryDirectory() as folder:
        target = FilePath(folder, f"palette{task.suffix}")
        save_palette(palette, target)
        return {}, (target.read_bytes(),)


def _reduce(task: Reduce) -> Said:
    rgb = load_small(task.picture, short_side=task.side, limits=task.limits)
    return {}, (encode_image(from_array(rgb), "png"),)


_DOERS: dict[type, Callable[[Any], Said]] = {
    Fit: _fit, Read: _read, Write: _write, Reduce: _reduce,
}  # fmt: skip


def _begin(threads: int | None) -> Studio:
    return Studio(threads)


if __name__ == "__main__":
    serve(_begin)
