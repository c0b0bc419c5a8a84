"""Inputs to begin with, made by code: what each reader takes, in some variety."""

import io
import json
import struct
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from fuzz.graphs import model_of
from photochrom._types import Float32
from photochrom.batch.manifest import Entry, head, line_of, planned
from photochrom.batch.messages import answer, complaint
from photochrom.errors import PictureError
from photochrom.imageio import encode_image, exif, iptc
from photochrom.imageio.picture import Kept, Picture
from photochrom.imageio.statement import Statement, stated
from photochrom.inference.hints.hint import HintLayer
from photochrom.inference.planes import Story, encode
from photochrom.modelfile.reliability import Reliability
from photochrom.modelfile.spec import ModelSpec, TrainingSummary, WorkingSize
from photochrom.palettes.files import save_palette
from photochrom.palettes.palette import Palette
from photochrom.storage.files import State

PALETTE = Palette(
    np.array([[0, 0], [40, 30], [-35, 25], [10, -45.5]]), names=("gray", "b", "", "d")
)
FULL = Palette(np.array([[0, 0, 0], [250, 240, 230.0], [200, 60, 30]]), "srgb")
STATEMENT = Statement("photochrom 1", "general", "ab" * 32, '{"vividness":0.5}')
SPEC = ModelSpec("palette", "fuzz", "0", WorkingSize(16), PALETTE, reach=0)
"""The description of a model that is small and quick."""


_Entry = tuple[int, int, int, int | bytes]
"""Tag, type, count, and the value or where it is."""


def _block(order: str = "<") -> bytes:
    """An EXIF block: description, orientation 6, EXIF with sides, a thumbnail."""
    short = struct.pack(order + "HH", 6, 0)
    first: list[_Entry] = [(0x010E, 2, 4, b"abc\0"), (0x0112, 3, 1, short), (0x8769, 4, 1, 50)]
    sides = [(0xA002, 4, 1, 40), (0xA003, 4, 1, 30)]
    thumbnail = [(0x0201, 4, 1, 110), (0x0202, 4, 1, 11)]
    start = {"<": b"II*\0", ">": b"MM\0*"}[order] + struct.pack(order + "I", 8)
    parts = [
        start + _directory(first, order, 80),
        _directory(sides, order),
        _directory(thumbnail, order),
    ]
    return parts[0].ljust(50, b"\0") + parts[1] + parts[2] + b"\xff\xd8thumbnail"


def _directory(entries: Sequence[_Entry], order: str, behind: int = 0) -> bytes:
    """A directory of a TIFF file, with the place of the next."""
    table = struct.pack(order + "H", len(entries))
    for tag, kind, count, value in entries:
        packed = value if isinstance(value, bytes) else struct.pack(order + "I", value)
        table += struct.pack(order + "HHI", tag, kind, count) + packed
    return table + struct.pack(order + "I", behind)


def kept(file_format: str) -> Kept:
    """Metadata of every kind."""
    records = b"\x1c\x02\x05\x00\x05title"
    packet = stated(None, STATEMENT)
    return Kept(file_format, _block(), packet, records, dpi=(300, 200), texts=())


RAMP = np.linspace(0, 255, 24 * 32).astype(np.uint8).reshape(24, 32, 1)
GRAY = Picture(RAMP)
TIFF = encode_image(GRAY, "tiff")


def palettes(*suffixes: str) -> Callable[[], Iterator[bytes]]:
    """Return what makes palette files of some formats."""

    def make() -> Iterator[bytes]:
        with tempfile.TemporaryDirectory() as folder:
            for suffix in suffixes:
                for palette in (PALETTE, FULL):
                    save_palette(palette, Path(folder, "p" + suffix), overwrite=True)
                    yield Path(folder, "p" + suffix).read_bytes()

    return make


def words() -> Iterator[bytes]:
    """Colours and hints as users type them."""
    yield from (b"#aa2211", b"#a21", b"rebeccapurple", b"rgb(10, 20%, 30)", b"hsl(120deg 50% 50%)")
    yield from (b"120,80=#aa2211", b"1.5,2,3=red", b"0,0=ab(12.5 -40)", b"3,4=17")


def hints() -> Iterator[bytes]:
    """Hint files: points, strokes, a painted layer."""
    rgba = np.zeros((4, 5, 4), np.uint8)
    rgba[1, 2] = 255, 30, 20, 255
    listed = [
        {"x": 3, "y": 4, "color": "#aa2211", "radius": 5},
        {"points": [[1, 2], [3.5, 4]], "color": "ab(1 2)"},
        {"x": 1, "y": 1, "color": "3"},
    ]
    yield json.dumps(listed).encode()
    yield json.dumps({"hints": [HintLayer.of(rgba).to_dict()]}).encode()


def layers() -> Iterator[bytes]:
    """Descriptions of colour layers, a line each, with the code values behind it."""
    quarters: Float32 = np.arange(24, dtype=np.float32).reshape(3, 4, 2) / np.float32(4)
    thirds: Float32 = quarters / np.float32(3)
    rough = {"chroma": thirds, "lightness": thirds[..., 0]}
    given: list[dict[str, Float32]] = [{"chroma": quarters}, rough]
    for planes in given:
        codes, shelf = encode(planes)
        story = Story(shelf, (3.0, 4.0), 4, "m", (12, 16), "s")
        yield json.dumps(story.to_dict()).encode() + b"\n" + codes.tobytes()


def recipes() -> Iterator[bytes]:
    """Recipes with every option."""
    hint = {"points": [[1, 2]], "color": "red", "radius": 2}
    yield json.dumps({"vividness": 0.7, "working_size": 64, "hints": [hint]}).encode()
    yield json.dumps({"palette": PALETTE.to_dict(), "exact_palette": True, "seed": 3}).encode()
    yield json.dumps({"references": [{"sha256": "ab"}], "alternative": 2}).encode()
    yield json.dumps({"chroma_from": {"sha256": "ab"}, "decode": "argmax"}).encode()


def specs() -> Iterator[ModelSpec]:
    """Descriptions of every kind of model."""
    summary = TrainingSummary(
        3, "ab", "pictures", (1.5, -2.5), ((0.0, 1.0),) * 20, {"gray": {"psnr": 20.0}}
    )
    curve = Reliability((0.1, 0.9), (0.2, 0.8), tuple(i / 20 for i in range(21)), 40)
    yield replace(SPEC, training=summary, confidence=curve, temperature=0.38, gain=1.2)
    yield replace(SPEC, stride=4, multiple=8, reach=None)
    square = WorkingSize(20, "square")
    yield replace(SPEC, palette=FULL, decode="argmax-rgb", working=square)
    yield ModelSpec("rgb", "fuzz", "0", WorkingSize(16, "native"), decode="rgb", licence="CC0-1.0")


def descriptions() -> Iterator[bytes]:
    """The same as JSON."""
    return (spec.to_json().encode() for spec in specs())


def models() -> Iterator[bytes]:
    """Model files of those descriptions."""
    return map(model_of, specs())


def manifests() -> Iterator[bytes]:
    """The record of a batch."""
    done = Entry("a.png", "done", "/in/a.png", State(9, "1"), "ab", "cd", "ef", at=2.0)
    failed = replace(done, key="b.png", status="failed", error="cut short", notes=("a", "b"))
    yield b"".join([head(), *planned(["a.png", "b.png"], 1.5), line_of(done), line_of(failed)])


def locks() -> Iterator[bytes]:
    """What a run says of itself."""
    yield json.dumps({"id": "a", "who": "b", "pid": 99, "host": "c", "at": 9e9}).encode()


def answers() -> Iterator[bytes]:
    """What a worker says: a result, and an error."""
    for said, files in (
        ({"notes": [], "colored": False}, (b"file", b"other")),
        (complaint(PictureError("damaged")), ()),
    ):
        pipe = io.BytesIO()
        answer(pipe, said, files)
        yield pipe.getvalue()


def shards() -> Iterator[bytes]:
    """Tar files of two pictures, in three dialects."""
    for form in (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        file = io.BytesIO()
        with tarfile.open(fileobj=file, mode="w", format=form) as tar:
            for name in ("1.jpg", "2.seg.png", "x" * 80 + "/" + "y" * 80 + ".webp"):
                info = tarfile.TarInfo(name)
                info.size = 3
                tar.addfile(info, io.BytesIO(b"abc"))
        yield file.getvalue()


def packets() -> Iterator[bytes]:
    """XMP packets: ours, and one of another program."""
    yield stated(None, STATEMENT) or b""
    yield (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf'
        b'-syntax-ns#"><rdf:Description rdf:about="" xmlns:tiff="http://ns.adobe.com/tiff/1.0/" '
        b'tiff:Orientation="6"><xmp:Thumbnails xmlns:xmp="http://ns.adobe.com/xap/1.0/"><rdf:Alt/>'
        b"</xmp:Thumbnails></rdf:Description></rdf:RDF></x:xmpmeta>"
    )


def blocks() -> Iterator[bytes]:
    """EXIF blocks of both byte orders, with and without the prefix of JPEG."""
    for order in "<>":
        yield _block(order)
        yield exif.PREFIX + _block(order)


def tiffs() -> Iterator[bytes]:
    """TIFF files with and without metadata."""
    yield TIFF
    yield encode_image(replace(GRAY, kept=kept("tiff")), "tiff")
    yield from blocks()


def segments() -> Iterator[bytes]:
    """Small files with metadata, and a Photoshop block."""
    yield iptc.wrap(b"\x1c\x02\x05\x00\x05title")
    for file_format in ("jpeg", "png"):
        yield encode_image(replace(GRAY, kept=kept(file_format)), file_format)
