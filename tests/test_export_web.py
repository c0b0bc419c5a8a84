"""Exported sites: what is written, what is refused, and that they colour with the network cut."""

import gzip
import io
import json
import os
import re
import struct
import time
from base64 import b64decode
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
import skimage.data
from PIL import Image
from tests.chromium import PATIENCE, in_browser, open_pictures, save, served
from tests.models import conv_model, model_bytes, onnx, palette_spec
from tests.test_imageio_writing import exif_block

import photochrom
from photochrom.cli.main import main
from photochrom.errors import DiskFullError, OutputExistsError
from photochrom.imageio.reading import load_image
from photochrom.inference import provenance
from photochrom.inference.recipe import Recipe
from photochrom.modelfile.file import model_hash
from photochrom.web.export import export_site
from photochrom.web.single import OPERATORS, export_single

MEAN, FAR = 0.5, 3  # code values: mean and 99.9th percentile of differences from Python


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a model file of some kilobytes."""
    path = tmp_path_factory.mktemp("models") / "My cats.onnx"
    path.write_bytes(model_bytes(conv_model(), palette_spec()))
    return path


def read(site: Path) -> Any:
    return json.loads((site / "site.json").read_bytes())


def kept(site: Path) -> Any:
    """Return what the service worker is told to keep."""
    line = (site / "sw.js").read_text().splitlines()[0]
    return json.loads(re.fullmatch(r"self\.SITE = (\{.*\});", line)[1])  # type: ignore[index]


def test_a_site_has_the_page_its_models_and_a_list_of_all(small: Path, tmp_path: Path) -> None:
    made = export_site(["general", small, small], tmp_path / "site")
    site = made.target
    assert made.models == ("general", "My cats")
    said = read(site)
    assert (said["server"], said["offline"]) == (None, True)
    assert [(each["id"], each["name"]) for each in said["models"]] == [
        ("general", "general"),
        ("my-cats", "My cats"),
    ]
    assert (site / said["models"][1]["file"]).read_bytes() == small.read_bytes()
    assert (site / "ort/ort-wasm-simd-threaded.wasm").read_bytes()[:4] == b"\0asm"
    there = {str(path.relative_to(site)) for path in site.rglob("*") if path.is_file()}
    assert set(made.files) == there
    assert {name or "index.html" for name in kept(site)["files"]} == there - {"sw.js"}
    assert made.bytes == sum((site / name).stat().st_size for name in there)


def test_equal_exports_are_equal_and_another_model_is_another_version(
    small: Path, tmp_path: Path
) -> None:
    first, second = (export_site([small], tmp_path / name).target for name in ("1", "2"))
    for path in first.rglob("*"):
        if path.is_file():
            assert (second / path.relative_to(first)).read_bytes() == path.read_bytes()
    other = export_site([small, "general"], tmp_path / "3").target
    assert kept(other)["version"] != kept(first)["version"]


def test_models_of_one_name_are_told_apart(small: Path, tmp_path: Path) -> None:
    twin = tmp_path / "my-cats.onnx"
    twin.write_bytes(model_bytes(conv_model(seed=2), palette_spec()))
    found = read(export_site([small, twin], tmp_path / "site").target)["models"]
    assert [each["id"] for each in found] == ["my-cats", "my-cats-2"]
    assert found[0]["file"] != found[1]["file"]


def test_only_an_earlier_export_is_replaced_and_only_when_asked_for(
    small: Path, tmp_path: Path
) -> None:
    site = export_site([small], tmp_path / "site").target
    before = kept(site)
    with pytest.raises(OutputExistsError, match="--force"):
        export_site([small, "general"], site)
    assert kept(site) == before
    export_site([small, "general"], site, overwrite=True)
    assert kept(site) != before

    home = tmp_path / "home"
    home.mkdir()
    (home / "diary.txt").write_text("dear diary")
    for overwrite in (False, True):
        with pytest.raises(OutputExistsError, match="empty or not there yet"):
            export_site([small], home, overwrite=overwrite)
    assert [path.name for path in home.iterdir()] == ["diary.txt"]
    with pytest.raises(OutputExistsError, match="is no folder"):
        export_site([small], home / "diary.txt", overwrite=True)


@pytest.mark.parametrize("name", ["CNAME", ".git/HEAD", "photos/g.jpg", "assets/mine.js"])
def test_an_export_to_which_somebody_added_a_file_is_not_replaced(
    name: str, small: Path, tmp_path: Path
) -> None:
    site = export_site([small], tmp_path / "site").target
    own = site / name
    own.parent.mkdir(exist_ok=True)
    own.write_text("not of the export")
    with pytest.raises(OutputExistsError, match="holds other files"):
        export_site([small], site, overwrite=True)
    assert own.read_text() == "not of the export"


def test_an_empty_folder_is_filled_and_stays_itself(small: Path, tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    number = (tmp_path / "site").stat().st_ino
    export_site([small], tmp_path / "site")
    assert (tmp_path / "site").stat().st_ino == number
    assert [path.name for path in tmp_path.iterdir()] == ["site"]
    assert (tmp_path / "site/index.html").is_file()


def test_a_full_disk_leaves_nothing_behind_and_the_old_site_stays(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = export_site([small], tmp_path / "site").target
    before = kept(site)
    write = Path.write_bytes

    def full(path: Path, data: bytes) -> int:
        if path.suffix == ".onnx":
            raise OSError(28, "No space left on device")
        return write(path, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(DiskFullError, match="No space left"):
        export_site([small, "general"], site, overwrite=True)
    assert kept(site) == before
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


@pytest.mark.parametrize(
    ("given", "code", "words"),
    [
        (["nosuch", "-o", "site"], 1, "nosuch"),
        (["broken.onnx", "-o", "site"], 1, "cannot be used as a model file"),
        (["-o", "no/such/folder/site"], 1, "No such file or directory"),
        (["-o", "s3://bucket/site"], 2, "is a URL"),
        ([], 2, "Missing option '-o'"),
    ],
)
def test_what_cannot_be_exported_is_said_and_nothing_is_written(  # noqa: PLR0917
    given: list[str],
    code: int,
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("broken.onnx").write_bytes(b"no model")
    assert main(["export-web", *given]) == code
    assert words in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["broken.onnx"]


def test_the_command_says_where_the_site_is(
    small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export-web", str(small), "-o", str(tmp_path / "site"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["models"] == ["My cats"] and told["files"]["index.html"] > 500
    assert main(["export-web", str(small), "-o", str(tmp_path / "other")]) == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / "other")


@pytest.fixture(scope="module")
def cat(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pictures") / "cat.png"
    gray = (skimage.data.chelsea() @ [0.2126, 0.7152, 0.0722]).round().astype(np.uint8)
    Image.fromarray(gray).save(path)
    return path


def visit(browser: Any, url: str) -> tuple[Any, list[str], list[str]]:
    """Open a page; gives it, the addresses that it and its workers ask for, and its mistakes."""
    context = browser.new_context(locale="en-GB")
    context.set_default_timeout(PATIENCE)
    asked: list[str] = []
    mistakes: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    page = context.new_page()
    page.on("pageerror", lambda error: mistakes.append(str(error)))
    page.on("console", lambda said: said.type == "error" and mistakes.append(said.text))
    page.goto(url)
    return page, asked, mistakes


def until(page: Any, expression: str) -> None:
    """Wait for what a promise says; `wait_for_function` takes the promise itself for true."""
    from playwright.sync_api import Error

    for _ in range(200):
        with suppress(Error):  # the page may be loading anew
            if page.evaluate(expression):
                return
        page.wait_for_timeout(100)
    raise AssertionError(f"never came to be: {expression}")


def assert_as_python(saved: Path, picture: Path, model: str | Path, far: float = FAR) -> None:
    expected = photochrom.Colorizer(str(model)).colorize(np.asarray(Image.open(picture)))
    apart = np.abs(np.asarray(Image.open(saved).convert("RGB")).astype(int) - expected.astype(int))
    assert apart.mean() <= MEAN
    assert np.quantile(apart, 0.999) <= far


def hosts(asked: list[str]) -> set[str]:
    return {urlsplit(url).netloc for url in asked if urlsplit(url).scheme in ("http", "https")}


@in_browser
def test_a_site_visited_once_colours_without_its_server(
    browser: Any, cat: Path, tmp_path: Path
) -> None:
    (tmp_path / "deep").mkdir()
    export_site(["general"], tmp_path / "deep/site")
    with served(tmp_path) as origin:
        page, asked, mistakes = visit(browser, f"{origin}deep/site/")
        page.evaluate("navigator.serviceWorker.ready")
    for _ in range(2):  # as the first visit leaves it, and as a visit without a network does
        page.reload()
        open_pictures(page, cat)
    assert save(page, tmp_path / "cat-color.png", "png") == "cat-color.png"
    page.context.close()
    assert_as_python(tmp_path / "cat-color.png", cat, "general")
    assert hosts(asked) == {urlsplit(origin).netloc}
    assert mistakes == []


@in_browser
def test_a_new_site_comes_when_the_old_one_is_shut(
    browser: Any, small: Path, tmp_path: Path
) -> None:
    export_site([small], tmp_path / "site")
    with served(tmp_path) as origin:
        page, *_ = visit(browser, f"{origin}site/")
        page.evaluate("navigator.serviceWorker.ready")
        export_site([small, "general"], tmp_path / "site", overwrite=True)
        for path in (tmp_path / "site").rglob("*"):
            os.utime(path, (time.time() + 5,) * 2)  # servers tell times in whole seconds
        page.evaluate("navigator.serviceWorker.ready.then(one => one.update())")
        until(page, "navigator.serviceWorker.ready.then(one => one.waiting !== null)")
        for _ in range(50):  # the browser takes a moment to see that the old page is shut
            page.goto("about:blank")
            page.wait_for_timeout(100)
            page.goto(f"{origin}site/")
            said = page.evaluate("fetch('./site.json').then(answer => answer.json())")
            if len(said["models"]) == 2:
                break
        assert len(said["models"]) == 2
        until(page, "caches.keys().then(names => names.length === 1)")
        page.context.close()


@in_browser
def test_a_page_of_the_server_takes_an_exported_site_away(
    browser: Any, small: Path, tmp_path: Path
) -> None:
    site = export_site([small], tmp_path / "site").target
    with served(site) as origin:
        page, *_ = visit(browser, origin)
        page.evaluate("navigator.serviceWorker.ready")
        worker = (site / "sw.js").read_text().split("\n", 1)[1]
        (site / "sw.js").write_text(worker)  # as the package has it
        later = (site / "sw.js").stat().st_mtime + 10  # the server tells changes by whole seconds
        os.utime(site / "sw.js", (later, later))
        (site / "site.json").write_text('{"server": null, "offline": false, "models": []}')
        page.reload()
        until(page, "navigator.serviceWorker.getRegistrations().then(all => all.length === 0)")
        until(page, "caches.keys().then(names => names.length === 0)")
        page.context.close()


SMALL = Path(__file__).parents[1] / "web/test/small"


@pytest.mark.parametrize("name", ["window", "classifier", "regression"])
@in_browser
def test_one_file_colours_from_the_disk(browser: Any, cat: Path, tmp_path: Path, name: str) -> None:
    model = SMALL / f"{name}.onnx"
    page_file = export_single([model], tmp_path / "colours.html").target
    assert page_file.stat().st_size < 250_000
    page, asked, mistakes = visit(browser, page_file.as_uri())
    assert page.title() == f"photochrom: {name}"
    open_pictures(page, cat)
    save(page, tmp_path / "cat-color.png", "png")
    page.context.close()
    # One colour everywhere is far out of gamut in the dark, where Python looks up between nodes.
    far = 5 if name == "regression" else FAR
    assert_as_python(tmp_path / "cat-color.png", cat, model, far)
    assert hosts(asked) == set() and mistakes == []
    assert {url for url in asked if url.startswith("file:")} == {page_file.as_uri()}


def test_one_file_holds_several_models_and_equal_work_is_equal(tmp_path: Path) -> None:
    models = [SMALL / "window.onnx", SMALL / "classifier.onnx"]
    first, second = (export_single(models, tmp_path / f"{name}.html").target for name in "ab")
    page = first.read_text()
    assert page == second.read_text()
    site = json.loads(re.search(r'id="site">(.*?)</script>', page)[1])  # type: ignore[index]
    assert [each["name"] for each in site["models"]] == ["window", "classifier"]
    for each, model in zip(site["models"], models, strict=True):
        text = re.search(rf'id="{each["file"][1:]}">(.*?)</script>', page)[1]  # type: ignore[index]
        assert b64decode(text)[4:8] == bytes(4)  # no clock
        assert each["hash"] == model_hash(model.read_bytes())
        small, whole = onnx.load_from_string(gzip.decompress(b64decode(text))), onnx.load(model)
        assert small.graph.node == whole.graph.node
        assert small.metadata_props == whole.metadata_props
        for one, other in zip(small.graph.initializer, whole.graph.initializer, strict=True):
            assert one.name == other.name and one.dims == other.dims
            half = onnx.numpy_helper.to_array(one)
            assert half.dtype == np.float16 or half.size < 16
            assert np.allclose(half, onnx.numpy_helper.to_array(other), rtol=1e-3, atol=1e-6)
    assert page.count("</script>") == 4


def test_what_the_evaluator_knows_is_the_same_list_in_both_languages() -> None:
    source = SMALL.parents[1] / "src/engine/onnx/operators.ts"
    assert set(re.findall(r"^  ([A-Z]\w+):", source.read_text(), re.MULTILINE)) == OPERATORS


def test_other_models_do_not_go_into_one_file_and_the_reason_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "colours.html"
    assert main(["export-web", "--single", "-o", str(target)]) == 2
    said = capsys.readouterr().err
    assert "general cannot be put into one file" in said and "Resize" in said
    assert "--preset window" in said
    steps = tmp_path / "steps.onnx"
    steps.write_bytes(model_bytes(conv_model(stride=4), palette_spec(stride=4, multiple=4)))
    assert main(["export-web", str(steps), "--single", "-o", str(target)]) == 2
    assert "steps of 4 pixels" in capsys.readouterr().err
    assert not target.exists()


def test_a_single_file_is_written_over_only_when_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target, model = tmp_path / "colours.html", str(SMALL / "window.onnx")
    assert main(["export-web", model, "--single", "-o", str(target)]) == 0
    assert main(["export-web", model, "--single", "-o", str(target)]) == 1
    assert "--force" in capsys.readouterr().err
    assert main(["export-web", model, "--single", "-o", str(target), "--force"]) == 0
    assert main(["export-web", model, "--single", "-o", str(tmp_path), "--force"]) == 1
    assert "is a folder" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["colours.html"]


XMP = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
    'rdf:about="urn:x" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:tiff="http://ns.adobe.com/tiff/1.0/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" '
    'xmlns:p="urn:x-photochrom:1#" tiff:Orientation="6" p:Model="another">'
    "<dc:title>Katze &amp; Kater</dc:title><xmp:Thumbnails>stale</xmp:Thumbnails><!-- a note -->"
    '</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
).encode()
RECORDS = bytes([0x1C, 2, 80, 0, 4]) + b"Anna"  # IPTC: by-line


@pytest.fixture(scope="module")
def noted(cat: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a JPEG that lies on its side, with EXIF, XMP and IPTC and stale thumbnails."""
    photoshop = b"Photoshop 3.0\0" + b"8BIM\x04\x0c\0\0" + struct.pack(">I", 6) + b"thumb\0"
    photoshop += b"8BIM\x04\x04\0\0" + struct.pack(">I", len(RECORDS)) + RECORDS + b"\0"
    buffer = io.BytesIO()
    turned = Image.open(cat).transpose(Image.Transpose.ROTATE_90)
    turned.save(buffer, "JPEG", quality=95, exif=exif_block(6, thumbnail=True), xmp=XMP)
    data = buffer.getvalue()
    path = tmp_path_factory.mktemp("noted") / "noted.jpg"
    path.write_bytes(data[:2] + b"\xff\xed" + struct.pack(">H", 2 + len(photoshop)) + photoshop)
    with path.open("ab") as file:
        file.write(data[2:])
    return path


@pytest.mark.parametrize("kind", ["jpeg", "png"])
@in_browser
def test_what_a_file_says_is_kept_and_how_it_was_coloured_is_added(
    browser: Any, noted: Path, tmp_path: Path, kind: str
) -> None:
    model = SMALL / "window.onnx"
    page_file = export_single([model], tmp_path / "colours.html").target
    page, _, mistakes = visit(browser, page_file.as_uri())
    open_pictures(page, noted)
    page.get_by_label("Vividness").fill("0.7")
    save(page, tmp_path / f"saved.{kind}", kind)
    page.context.close()
    assert mistakes == []

    before, after = load_image(noted), load_image(tmp_path / f"saved.{kind}")
    assert after.pixels.shape[:2] == before.pixels.shape[:2] == (300, 451)
    assert after.kept.exif == before.kept.exif  # orientation 1, no thumbnail, as Python has it
    if kind == "jpeg":
        assert after.kept.iptc == RECORDS
    packet = after.kept.xmp
    assert packet is not None
    assert b"Katze &amp; Kater" in packet and b"<!-- a note -->" in packet
    raw = (tmp_path / f"saved.{kind}").read_bytes()  # as readers see it that correct nothing
    assert b"stale" not in raw and b'Orientation="1"' in raw and b"another" not in raw
    assert Image.open(io.BytesIO(raw)).getexif()[0x0112] == 1
    said = provenance.read(packet, "saved")
    assert (said.model, said.software) == ("window", f"photochrom {photochrom.__version__}")
    assert said.hash == model_hash(model.read_bytes())
    assert said.recipe == Recipe(vividness=0.7)
    assert packet.count(b"compositeWithTrainedAlgorithmicMedia") == 1
