"""What reads the bytes of each target, and uses what it read."""

import math
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np

from fuzz import seeds
from fuzz.graphs import model_of
from photochrom.batch import lock as locks
from photochrom.batch.manifest import Entry, head, line_of, read_manifest
from photochrom.batch.messages import heard
from photochrom.batch.shard import Shard
from photochrom.color import css
from photochrom.datasets.tars import index_tar
from photochrom.errors import PhotochromError
from photochrom.imageio import containers, exif, iptc, jpegheader, statement, tiff, xmp
from photochrom.imageio.picture import Picture
from photochrom.imageio.statement import Statement
from photochrom.inference import layerfile, recorded
from photochrom.inference.colorizer import Colorizer
from photochrom.inference.fingerprint import fingerprint
from photochrom.inference.hints.hint import Hint, HintLayer
from photochrom.inference.hints.reading import read_hints
from photochrom.inference.layer import apply
from photochrom.inference.planes import Story
from photochrom.inference.recipe import Recipe
from photochrom.modelfile.file import read_model
from photochrom.modelfile.spec import ModelSpec
from photochrom.palettes import files as palette_files
from photochrom.palettes.formats.sheet import Sheet
from photochrom.palettes.palette import Palette

_FOLDER = Path(tempfile.mkdtemp(prefix="photochrom-fuzz-"))
GRAY = Picture(np.linspace(0, 255, 12 * 16).astype(np.uint8).reshape(12, 16, 1))


def _check(right: bool, words: str) -> None:
    if not right:
        raise AssertionError(words)


def palette_json(data: bytes) -> None:
    """Read an exact palette; show it, and write it again."""
    found = Palette.from_json(data)
    found.to_srgb()
    _check(Palette.from_json(found.to_json()) == found, "written and read it is another palette")


def palette(suffix: str) -> Callable[[bytes], None]:
    """Return what reads palettes of a format, shows them, and writes them in each."""

    file_format = palette_files._FORMATS[suffix]

    def read(data: bytes) -> None:
        found = file_format.read(data)
        _check(bool(np.isfinite(found.chroma).all()), "colours that are no numbers")
        names = found.names or ("",) * len(found)
        again = file_format.read(file_format.write(Sheet("title", found.to_srgb(), names)))
        _check(len(again) <= len(found), "written and read it has more colours")
        palette_json(found.to_json().encode())

    return read


def words(data: bytes) -> None:
    """Read colours and hints as users type them."""
    text = data.decode(errors="surrogateescape")
    for read in (css.parse, lambda text: Hint.parse(text).chroma()):
        try:
            found = read(text)
        except PhotochromError:
            continue
        _check(bool(np.isfinite(found).all()), "a colour that is no number")


def hints(data: bytes) -> None:
    """Read a hint file, resolve and record each hint, and read the record."""
    for hint in read_hints(data, "hints.json"):
        plain = hint.resolved(seeds.PALETTE).to_dict()
        again = (HintLayer if "layer" in plain else Hint).from_dict(plain)
        _check(again.to_dict() == plain, "recorded and read it is another hint")


def layer(data: bytes) -> None:
    """Read a layer whose description is the first line, and its code values the rest."""
    text, _, rest = data.partition(b"\n")
    try:
        said = Statement("photochrom", "m", "0", "{}", text.decode(errors="replace"))
        story = Story.from_dict(recorded.from_json(said.layer))
    except PhotochromError:
        return
    width = max(1, min(story.shelf.grid[1], len(rest) // 2))
    codes = np.frombuffer(rest[: len(rest) // (2 * width) * 2 * width], "<u2").reshape(-1, width)
    if not codes.size:
        return
    real, layerfile._seal = layerfile._seal, lambda *_: story.sha256  # what a forger would make
    try:
        found = layerfile._read(Picture(codes[..., np.newaxis].copy()), said)
    finally:
        layerfile._seal = real
    apply(replace(found, master=fingerprint(GRAY.pixels), size=(12, 16)), GRAY, threads=1)


def recipe(data: bytes) -> None:
    """Read a recipe, record it, and read the record."""
    found = Recipe.from_dict(recorded.from_json(data.decode(errors="replace")))
    text = recorded.to_json(found.to_dict())
    again = recorded.to_json(Recipe.from_dict(recorded.from_json(text)).to_dict())
    _check(text == again, "recorded and read it is another recipe")


def description(data: bytes) -> None:
    """Read the description of a model and write it again."""
    text = ModelSpec.from_json(data.decode(errors="replace")).to_json()
    _check(ModelSpec.from_json(text).to_json() == text, "written and read it is another one")


def model(data: bytes) -> None:
    """Judge a model file; onnxruntime is left out, for coverage does not see it."""
    read_model(data)


def network(data: bytes) -> None:
    """Colour a picture with a model of a small network and any description."""
    spec = ModelSpec.from_json(data.decode(errors="replace"))
    height, width = spec.working.of(12, 16)
    colors = 3 if spec.palette is None else len(spec.palette)
    if height * width > 1 << 16 or height * width * colors > 1 << 22 or spec.multiple > 128:
        return  # work that is allowed, but takes seconds, or a gigabyte
    found = Colorizer(model_of(spec), threads=1).colorize(GRAY)
    _check(found.pixels.shape == (12, 16, 3), "a result of another size")


def manifest(data: bytes) -> None:
    """Read the record of a batch, write its entries anew, and read that."""
    found = read_manifest(data)
    lines = [line_of(entry) for entry in found.entries.values()]
    again = read_manifest(head() + b"".join(lines))
    entries: dict[str, Entry] = again.entries
    _check(repr(entries) == repr(found.entries), "written and read it is another record")


def lock(data: bytes) -> None:
    """Read what another run said of itself."""
    (_FOLDER / "lock.json").write_bytes(data)
    for _, said in locks._others(str(_FOLDER), Shard()):
        _check(math.isfinite(time.time() - said["at"]), "a time that is none")


def answer(data: bytes) -> None:
    """Hear what a worker says that a picture has taken over."""
    try:
        heard(BytesIO(data))
    except MemoryError:
        raise
    except Exception:
        return  # whatever it is, `Worker` ends a child that does not answer as it should


def shard(data: bytes) -> None:
    """List the pictures of a shard."""
    for entry in index_tar(BytesIO(data), "shard"):
        _check(0 <= entry.offset <= entry.offset + entry.size <= len(data), "beyond the end")


def xmp_packet(data: bytes) -> None:
    """Read, clean, extend and empty an XMP packet."""
    statement.statement_in(data)
    written = statement.stated(xmp.clean(data), seeds.STATEMENT)
    if written is not None:
        _check(statement.statement_in(written) == seeds.STATEMENT, "written, it says another thing")
    bare = statement.retracted(written)
    _check(bare is None or statement.statement_in(bare) is None, "retracted, it is still there")


def exif_block(data: bytes) -> None:
    """Clean an EXIF block, and put it into a TIFF file."""
    found = exif.clean(data)
    if found is not None:
        _check(exif.clean(found) == found, "cleaned twice it is another block")
        tiff.finish_tiff(seeds.TIFF, found, b"", dpi_known=False)


def tiff_file(data: bytes) -> None:
    """Gather what a TIFF file says besides its pixels."""
    read_at = lambda at, size: data[at : at + size]  # noqa: E731
    tiff.iptc_of(read_at)
    found = tiff.exif_of(read_at)
    if found is not None:
        exif.clean(found)
        tiff.finish_tiff(seeds.TIFF, found, b"", dpi_known=True)


def segments(data: bytes) -> None:
    """Walk through the containers of metadata in JPEG and PNG."""
    iptc.unwrap(data)
    containers.png_states_resolution(lambda at, size: data[at : at + size])
    _check(len(jpegheader.tidy(data)) <= len(data) + 2, "tidied it is longer")
