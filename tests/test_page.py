"""The page in a real browser, on a real server.

They are asked for by PHOTOCHROM_BROWSER=1 and need Chromium, until they have been seen to pass in
one run on a machine that does nothing else.
"""

import json
import os
import shutil
import struct
import zlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import numpy as np
import pytest
import skimage.data
from PIL import Image

playwright = pytest.importorskip("playwright.sync_api")
pytest.importorskip("fastapi")

from playwright.sync_api import Browser, Page, Route, expect, sync_playwright  # noqa: E402
from tests.web_server import Running, running  # noqa: E402

WEB = Path(__file__).parents[1] / "web"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
FLAGS = (
    "--no-sandbox",  # which root cannot have, in containers
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE = 60_000  # ms; the first result takes a second on a machine that does nothing else
expect.set_options(timeout=PATIENCE)
WANTED = CHROMIUM is not None and os.environ.get("PHOTOCHROM_BROWSER") == "1"
in_browser = pytest.mark.skipif(not WANTED, reason="PHOTOCHROM_BROWSER=1 asks for a browser")


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with running() as server:
        yield server


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(server: Running, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB")
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    mistakes: list[str] = []
    asked: list[str] = []
    page.on("pageerror", lambda error: mistakes.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(server.url)
    yield page
    context.close()
    hosts = {urlsplit(url).netloc for url in asked if urlsplit(url).scheme in ("http", "https")}
    assert hosts == {urlsplit(server.url).netloc}
    assert mistakes == []


@pytest.fixture(scope="module")
def cat(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pictures") / "cat.png"
    color = skimage.data.chelsea()
    Image.fromarray((color @ [0.2126, 0.7152, 0.0722]).round().astype(np.uint8)).save(path)
    return path


def show(page: Page, *paths: Path) -> None:
    page.locator("input[type=file]").first.set_input_files(list(paths))
    settled(page)


def settled(page: Page) -> None:
    """Wait until the page shows the result of what was asked last."""
    page.wait_for_function(
        """() => document.querySelectorAll(".picture .layer").length >= 2
        && document.querySelector(".working").dataset.on === "false" """
    )


def pixel(page: Page, across: float, down: float) -> list[int]:
    """Return the colour that the page shows at a place of the result, 0..1 each way."""
    return page.evaluate(
        """([across, down]) => {
            const canvas = document.querySelectorAll(".picture canvas.layer")[1];
            const at = [Math.floor(across * canvas.width), Math.floor(down * canvas.height)];
            return [...canvas.getContext("2d").getImageData(...at, 1, 1).data.slice(0, 3)];
        }""",
        [across, down],
    )


@in_browser
def test_a_picture_is_coloured_compared_and_saved(page: Page, cat: Path, tmp_path: Path) -> None:
    show(page, cat)
    red, _, blue = pixel(page, 0.5, 0.4)
    assert red > blue + 5  # fur

    box = page.locator(".picture").bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 4, middle, steps=3)
    page.mouse.up()
    assert page.get_by_label("Border between gray and colour").input_value() in ("25", "25.0")

    page.get_by_label("Made by").select_option("here")
    page.get_by_label("File type").select_option("png")
    with page.expect_download() as download:
        page.get_by_role("button", name="Save picture").click()
    assert download.value.suggested_filename == "cat-color.png"
    download.value.save_as(tmp_path / "cat-color.png")
    saved = np.asarray(Image.open(tmp_path / "cat-color.png").convert("RGB"))
    gray = np.asarray(Image.open(cat))
    assert saved.shape == (*gray.shape, 3)
    linear = np.where(saved <= 10, saved / 255 / 12.92, ((saved / 255 + 0.055) / 1.055) ** 2.4)
    level = linear @ [0.2126, 0.7152, 0.0722]
    back = np.where(level <= 0.0031308, 12.92 * level, 1.055 * level ** (1 / 2.4) - 0.055)
    assert np.abs(back * 255 - gray).max() < 1  # the photograph comes back when colour is removed


@in_browser
def test_the_server_keeps_sixteen_bits_that_the_browser_cannot_read(
    page: Page, tmp_path: Path
) -> None:
    pyvips = pytest.importorskip("pyvips")
    ramp = np.tile(np.linspace(0, 65535, 96).astype(np.uint16), (64, 1))
    deep = pyvips.Image.new_from_array(ramp).copy(interpretation="grey16")
    deep.tiffsave(tmp_path / "deep.tif")
    show(page, tmp_path / "deep.tif")
    page.get_by_label("File type").select_option("same")
    with page.expect_download() as download:
        page.get_by_role("button", name="Save picture").click()
    assert download.value.suggested_filename == "deep-color.tif"
    download.value.save_as(tmp_path / "deep-color.tif")
    assert pyvips.Image.new_from_file(str(tmp_path / "deep-color.tif")).format == "ushort"


@in_browser
def test_vividness_changes_the_picture_and_is_one_step_back(page: Page, cat: Path) -> None:
    show(page, cat)
    plain = pixel(page, 0.5, 0.4)
    slider = page.get_by_label("Vividness")
    slider.focus()
    for _ in range(3):
        page.keyboard.press("PageUp")
    page.keyboard.press("End")
    settled(page)
    vivid = pixel(page, 0.5, 0.4)
    assert max(vivid) - min(vivid) > max(plain) - min(plain)
    while page.get_by_role("button", name="Undo").is_enabled():
        page.get_by_role("button", name="Undo").click()
    settled(page)
    assert pixel(page, 0.5, 0.4) == plain


@in_browser
def test_a_colour_that_is_said_by_pointer_or_keyboard_is_there(page: Page, cat: Path) -> None:
    show(page, cat)
    page.get_by_role("button", name="leaves").click()
    box = page.locator(".picture").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 0.5 * box["width"], box["y"] + 0.4 * box["height"])
    settled(page)
    red, green, blue = pixel(page, 0.5, 0.4)
    assert green > red and green > blue
    page.locator(".cursor").focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    expect(page.locator(".said li")).to_have_count(2)
    page.keyboard.press("Control+z")
    expect(page.locator(".said li")).to_have_count(1)
    page.get_by_role("button", name="Suggest the next place").click()
    expect(page.get_by_text("At the marked place")).to_be_visible()


@in_browser
def test_a_palette_is_made_edited_and_saved(page: Page, cat: Path, tmp_path: Path) -> None:
    show(page, cat)
    page.locator("summary", has_text="Palette").click()
    page.get_by_role("button", name="Colours of your own").click()
    page.get_by_label("Colour 1 of the palette").fill("#2060c0")
    page.get_by_label("No mixing").check()
    settled(page)
    page.get_by_label("File format").select_option("hex")
    with page.expect_download() as download:
        page.get_by_role("button", name="Save", exact=True).click()
    download.value.save_as(tmp_path / "mine.hex")
    saved = (tmp_path / "mine.hex").read_text().split()
    assert saved[0] == "2060c0" and len(saved) == 4
    page.get_by_role("button", name="All colours again").click()
    (tmp_path / "blue.hex").write_text("2040ff\n3050e0\n")
    page.locator(".section", has_text="Palette").locator("input[type=file]").first.set_input_files(
        tmp_path / "blue.hex"
    )
    expect(page.locator(".palette li")).to_have_count(2)
    settled(page)
    red, _, blue = pixel(page, 0.5, 0.4)
    assert blue > red  # the cat is blue now


def bomb(width: int, height: int) -> bytes:
    """Return the head of a PNG that claims a size."""
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head))


@in_browser
@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("page.png", b"<!doctype html><p>no", "This is not a picture"),
        ("drawing.png", b'<svg xmlns="http://www.w3.org/2000/svg"/>', "This is not a picture"),
        ("wall.png", bomb(20_000, 15_000), "This picture is too large"),
        ("mine.onnx", b"no model at all", "The model file is damaged"),
    ],
)
def test_what_cannot_be_used_is_told_in_words(
    page: Page, tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    (tmp_path / name).write_bytes(content)
    page.locator("input[type=file]").first.set_input_files(tmp_path / name)
    expect(page.get_by_role("alert")).to_contain_text(f"{name}: {words}")


@in_browser
def test_a_visitor_with_a_german_browser_is_spoken_to_in_german(
    server: Running, browser: Browser
) -> None:
    context = browser.new_context(locale="de-AT", color_scheme="dark")
    page = context.new_page()
    page.goto(server.url)
    expect(page.get_by_role("button", name="wähle Bilder")).to_be_visible()
    assert page.locator("html").get_attribute("lang") == "de"
    page.get_by_label("Sprache").select_option("en")
    expect(page.get_by_role("button", name="choose pictures")).to_be_visible()
    page.reload()
    expect(page.get_by_role("button", name="choose pictures")).to_be_visible()
    context.close()


@in_browser
def test_no_view_has_anything_that_axe_calls_serious(page: Page, cat: Path) -> None:
    axe = WEB / "node_modules/axe-core/axe.min.js"
    if not axe.is_file():
        pytest.skip("axe-core is not installed: npm ci in web/")

    def serious() -> list[str]:
        page.evaluate(axe.read_text())
        found = page.evaluate("axe.run()")["violations"]
        return [each["id"] for each in found if each["impact"] in ("serious", "critical")]

    assert serious() == []
    show(page, cat)
    page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
    page.get_by_role("button", name="Colours of your own").click()
    assert serious() == []
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_role("button", name="Train").click()
    assert serious() == []


@in_browser
def test_a_foreign_website_cannot_use_the_server(server: Running, browser: Browser) -> None:
    with elsewhere() as foreign:
        context = browser.new_context()
        page = context.new_page()
        page.goto(foreign)
        page.evaluate(
            """async url => {
                const form = new FormData();
                form.set("picture", new Blob(["x"]), "x.png");
                await fetch(url, { method: "POST", mode: "no-cors", body: form }).catch(() => {});
            }""",
            f"{server.url.rstrip('/')}/api/v1/colorize",
        )
        context.close()
    refused = [line for line in server.client.get("/metrics").text.splitlines() if "403" in line]
    assert len(refused) == 1 and refused[0].endswith(" 1")


class elsewhere:  # noqa: N801 - reads as what it is
    """Another website."""

    class _Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>elsewhere</title>")

        def log_message(self, *args: object) -> None:
            pass

    def __enter__(self) -> str:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._Page)
        self._thread = Thread(target=self._server.serve_forever)
        self._thread.start()
        return f"http://127.0.0.1:{self._server.server_port}/"

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


TRAINED = {
    "id": "abc",
    "name": "garden",
    "state": "training",
    "phase": "choosing",
    "step": 4,
    "share": 0.5,
    "loss": 3.5,
    "held_out": None,
    "seconds_left": 30.0,
    "losses": [[0.1, 5.0], [0.5, 3.5]],
    "pictures": 5,
    "swatch": {"hex": ["#aa5533", "#33aa55"]},
    "left_out": [["odd.jpg", "it is gray"]],
    "warnings": [],
    "problem": None,
    "model": None,
    "verdict": None,
    "files": {},
}


@in_browser
def test_a_training_is_begun_watched_and_told_honestly(page: Page, cat: Path) -> None:
    model = json.loads(page.request.get(f"{page.url}api/v1/info").text())["models"][0]
    model |= {"id": "garden", "name": "garden", "preset": "transfer"}
    model["metrics"] = {"transfer": {"de00": 9.5, "psnr": 22.0}, "gray": {"de00": 8.0, "psnr": 23}}
    verdict = {"rival": "gray", "nearer": -1.5}
    done = TRAINED | {"state": "done", "share": 1.0, "model": model, "verdict": verdict}

    def answer(route: Route) -> None:
        if route.request.url.endswith("/events"):
            events = [("progress", TRAINED), ("end", done)]
            body = "".join(f"event: {name}\ndata: {json.dumps(data)}\n\n" for name, data in events)
            route.fulfill(content_type="text/event-stream", body=body)
        elif route.request.method == "POST":
            route.fulfill(status=202, json=TRAINED)
        else:
            route.fulfill(json=done if "abc" in route.request.url else [])

    page.route("**/api/v1/trainings**", answer)
    page.route("**/api/v1/trainings/**", answer)
    page.get_by_role("button", name="Train").click()
    choose = page.locator(".begin input[type=file]")
    choose.set_input_files([cat] * 4)
    expect(page.get_by_text("1 more, please")).to_be_visible()
    expect(page.get_by_role("button", name="Begin")).to_be_disabled()
    choose.set_input_files([cat])
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_text("“left gray” is as near or nearer (1.50 dE00)")).to_be_visible()
    assert page.locator("tbody th").all_inner_texts() == ["left gray", "your model"]
    expect(page.get_by_role("img", name="Loss 3.500")).to_be_visible()
    expect(page.get_by_text("Left out: 1")).to_be_visible()
