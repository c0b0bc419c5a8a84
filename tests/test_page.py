"""The page in a real browser, on a real server: pictures come, are compared and are saved."""

import struct
import zlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import browser as chromium
from browser import Browser, Page, expect, open_pictures, pixel, place, result, settled
from pictures import chelsea, opened
from web_server import Running, running

pytestmark = chromium.in_browser


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with running() as server:
        yield server


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pictures")


@pytest.fixture(scope="module")
def cat(folder: Path) -> Path:
    return chromium.gray_file(folder, "chelsea")


def saved(page: Page, button: str, path: Path) -> Path:
    with page.expect_download() as download:
        page.get_by_role("button", name=button).click()
    path = path / download.value.suggested_filename
    download.value.save_as(path)
    return path


def test_a_picture_is_coloured_compared_and_saved(page: Page, cat: Path, tmp_path: Path) -> None:
    open_pictures(page, cat)
    red, _, blue = pixel(page, 0.5, 0.4)
    assert red > blue + 5  # fur

    border = page.get_by_label("Border between gray and colour")
    page.mouse.move(*place(page, 0.5, 0.5))
    page.mouse.down()
    page.mouse.move(*place(page, 0.25, 0.5), steps=3)
    page.mouse.up()
    expect(border).to_have_value("25")
    border.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft"):
        page.keyboard.press(key)
    expect(border).to_have_value("26")
    assert page.locator(".picture").evaluate("it => it.style.getPropertyValue('--border')") == "26%"

    page.get_by_label("Made by").select_option("here")
    page.get_by_label("File type").select_option("png")
    path = saved(page, "Save picture", tmp_path)
    assert path.name == "chelsea-color.png"
    codes = np.asarray(Image.open(path).convert("RGB"))
    gray = np.asarray(Image.open(cat))
    assert codes.shape == (*gray.shape, 3)
    np.testing.assert_array_equal(codes, result(page))  # small enough to be shown whole
    linear = np.where(codes <= 10, codes / 255 / 12.92, ((codes / 255 + 0.055) / 1.055) ** 2.4)
    level = linear @ [0.2126, 0.7152, 0.0722]
    back = np.where(level <= 0.0031308, 12.92 * level, 1.055 * level ** (1 / 2.4) - 0.055)
    assert np.abs(back * 255 - gray).max() < 1  # the photograph comes back when colour is removed


def test_what_the_server_saves_is_what_the_page_shows(
    page: Page, cat: Path, tmp_path: Path
) -> None:
    open_pictures(page, cat)
    page.get_by_label("Vividness").fill("0.7")
    page.get_by_role("button", name="leaves").click()
    page.mouse.move(*place(page, 0.3, 0.3))
    page.mouse.down()
    page.mouse.move(*place(page, 0.4, 0.35), steps=4)
    page.mouse.up()
    expect(page.get_by_text("Stroke 1")).to_be_visible()
    settled(page)
    page.get_by_label("File type").select_option("png")
    codes = np.asarray(Image.open(saved(page, "Save picture", tmp_path)).convert("RGB"))
    apart = np.abs(codes - result(page))
    assert apart.mean() <= 0.5
    assert np.quantile(apart, 0.999) <= 3


def test_all_that_is_in_the_file_is_kept_by_the_server(page: Page, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # orientation: to be turned by a quarter
    exif[0x010E] = "Grandmother's cat"
    lying = Image.fromarray(np.rot90(chelsea(2)))
    lying.convert("L").save(tmp_path / "cat.jpg", quality=95, exif=exif, dpi=(300, 300))
    open_pictures(page, tmp_path / "cat.jpg")
    expect(page.get_by_text("226 × 150 pixels")).to_be_visible()
    page.get_by_label("File type").select_option("same")
    kept = opened(saved(page, "Save picture", tmp_path).read_bytes())
    assert (kept.format, kept.size, kept.mode) == ("JPEG", (226, 150), "RGB")
    assert kept.getexif().get(0x0112, 1) == 1
    assert kept.getexif()[0x010E] == "Grandmother's cat"
    assert kept.info["dpi"] == (300, 300)


def test_the_server_keeps_sixteen_bits_that_the_browser_cannot_read(
    page: Page, tmp_path: Path
) -> None:
    pyvips = pytest.importorskip("pyvips")
    ramp = np.tile(np.linspace(0, 65535, 96).astype(np.uint16), (64, 1))
    deep = pyvips.Image.new_from_array(ramp).copy(interpretation="grey16")
    deep.tiffsave(tmp_path / "deep.tif")
    open_pictures(page, tmp_path / "deep.tif")
    page.get_by_label("File type").select_option("same")
    path = saved(page, "Save picture", tmp_path)
    assert path.name == "deep-color.tif"
    assert pyvips.Image.new_from_file(str(path)).format == "ushort"


def test_pictures_are_chosen_dropped_and_pasted(page: Page, cat: Path, folder: Path) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="choose pictures").click()
    chooser.value.set_files(cat)
    settled(page)
    rocket = chromium.gray_file(folder, "rocket")
    hand = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver", "drop"):
        drag = {"items": [], "files": [str(rocket)], "dragOperationsMask": 1}
        hand.send("Input.dispatchDragEvent", {"type": kind, "x": 400, "y": 300, "data": drag})
        if kind == "dragOver":
            expect(page.get_by_text("Let go to open")).to_be_visible()
    expect(page.get_by_label("Show rocket.png")).to_have_attribute("aria-pressed", "true")
    settled(page)
    expect(page.get_by_text("Let go to open")).to_have_count(0)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate(
        """async () => {
            const canvas = document.querySelector(".picture canvas");
            const png = await new Promise((take) => canvas.toBlob(take));
            await navigator.clipboard.write([new ClipboardItem({ "image/png": png })]);
        }"""
    )
    page.keyboard.press("Control+v")
    expect(page.locator(".strip .thumb")).to_have_count(3)
    settled(page)


def test_several_pictures_share_settings_and_are_saved(
    page: Page, cat: Path, folder: Path, tmp_path: Path
) -> None:
    others = [chromium.gray_file(folder, name) for name in ("rocket", "coffee")]
    open_pictures(page, cat, *others)
    expect(page.locator(".strip .thumb")).to_have_count(3)
    page.get_by_label("Show coffee.png").click()
    settled(page)
    plain = result(page)
    page.get_by_label("Show chelsea.png").click()
    settled(page)
    page.get_by_label("Vividness").fill("1")
    page.get_by_role("button", name="Same settings for all pictures").click()
    page.get_by_label("Show coffee.png").click()
    settled(page)
    expect(page.get_by_label("Vividness")).to_have_value("1")
    assert np.ptp(result(page), axis=2).mean() > 1.1 * np.ptp(plain, axis=2).mean()

    downloads: list[str] = []
    page.on("download", lambda download: downloads.append(download.suggested_filename))
    page.get_by_role("button", name="Save all 3").click()
    expect(page.get_by_role("button", name="Save all 3")).to_be_enabled()
    expect(page.get_by_text("600 × 400 pixels")).to_be_visible()
    page.wait_for_timeout(200)
    assert downloads == ["chelsea-color.jpg", "rocket-color.jpg", "coffee-color.jpg"]
    page.get_by_label("Close rocket.png").click()
    expect(page.locator(".strip .thumb")).to_have_count(2)


def test_all_can_be_undone_and_done_again(page: Page, cat: Path) -> None:
    open_pictures(page, cat)
    plain = result(page)
    undo, redo = (page.get_by_role("button", name=name) for name in ("Undo", "Redo"))
    expect(undo).to_be_disabled()
    slider = page.get_by_label("Vividness")
    slider.focus()
    for key in ("PageUp", "PageUp", "End"):
        page.keyboard.press(key)
    settled(page)
    vivid = result(page)
    assert np.ptp(vivid, axis=2).mean() > 1.1 * np.ptp(plain, axis=2).mean()
    while undo.is_enabled():
        undo.click()
    settled(page)
    np.testing.assert_array_equal(result(page), plain)
    while redo.is_enabled():
        redo.click()
    settled(page)
    np.testing.assert_array_equal(result(page), vivid)
    page.get_by_role("button", name="Start over").click()
    settled(page)
    np.testing.assert_array_equal(result(page), plain)
    page.keyboard.press("Control+z")
    settled(page)
    np.testing.assert_array_equal(result(page), vivid)


def bomb(width: int, height: int) -> bytes:
    """Return the head of a PNG that claims a size."""
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head))


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("page.png", b"<!doctype html><p>no", "This is not a picture"),
        ("drawing.png", b'<svg xmlns="http://www.w3.org/2000/svg"/>', "This is not a picture"),
        ("notes.txt", b"Dear diary", "This is not a picture"),
        ("wall.png", bomb(20_000, 15_000), "This picture is too large"),
        ("mine.onnx", b"no model at all", "The model file is damaged"),
    ],
    ids=lambda value: value if isinstance(value, str) and "." in value else "",
)
def test_what_cannot_be_used_is_told_in_words(
    page: Page, tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    (tmp_path / name).write_bytes(content)
    page.locator("input[type=file]").first.set_input_files(tmp_path / name)
    expect(page.get_by_role("alert")).to_contain_text(f"{name}: {words}")
    page.get_by_label("Close this message").click()
    expect(page.get_by_role("alert")).to_be_empty()


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (503, "busy", "The server is busy. Try again in a moment."),
        (507, "disk-full", "The server's disk is full."),
        (504, "too-slow", "It took too long and was stopped."),
    ],
)
def test_what_the_server_refuses_is_told_in_words(
    page: Page, cat: Path, status: int, code: str, words: str
) -> None:
    open_pictures(page, cat)
    page.route(
        "**/api/v1/colorize",
        lambda route: route.fulfill(
            status=status, content_type="application/problem+json", json={"code": code, "title": ""}
        ),
    )
    page.get_by_role("button", name="Save picture").click()
    expect(page.get_by_role("alert")).to_contain_text(f"chelsea.png: {words}")


def test_a_server_that_is_gone_is_told(page: Page, cat: Path) -> None:
    open_pictures(page, cat)
    page.route("**/api/v1/colorize", lambda route: route.abort())
    page.get_by_role("button", name="Save picture").click()
    expect(page.get_by_role("alert")).to_contain_text("The server does not answer.")


def test_a_visitor_with_a_german_browser_is_spoken_to_in_german(
    server: Running, browser: Browser, cat: Path
) -> None:
    with chromium.visited(browser, server.url, locale="de-AT", color_scheme="dark") as page:
        expect(page.get_by_role("button", name="wähle Bilder")).to_be_visible()
        assert page.locator("html").get_attribute("lang") == "de"
        open_pictures(page, cat)
        for words in ("Farbkraft", "Andere Antworten", "Palette", "Vorbild", "Modell"):
            expect(page.locator(".panel")).to_contain_text(words)
        page.get_by_label("Sprache").select_option("en")
        expect(page.get_by_role("button", name="Save picture")).to_be_visible()
        page.reload()
        expect(page.get_by_role("button", name="choose pictures")).to_be_visible()


def test_the_page_is_as_light_or_dark_as_the_visitor_likes(
    server: Running, browser: Browser
) -> None:
    def level() -> int:
        color = page.evaluate("getComputedStyle(document.body).backgroundColor")
        return int(color.removeprefix("rgb(").split(",")[0])

    with chromium.visited(browser, server.url, color_scheme="dark") as page:
        assert level() < 60
        page.get_by_role("button", name="Appearance: as the device").click()
        assert level() > 200
        page.reload()
        assert level() > 200
        page.get_by_role("button", name="Appearance: light").click()
        assert level() < 60


def test_a_phone_has_all_controls(server: Running, browser: Browser, cat: Path) -> None:
    phone = {"viewport": chromium.PHONE, "has_touch": True, "is_mobile": True}
    with chromium.visited(browser, server.url, **phone) as page:
        open_pictures(page, cat)
        plain = pixel(page, 0.5, 0.4)
        page.get_by_role("button", name="Say a colour").tap()
        page.get_by_role("button", name="leaves").tap()
        page.locator(".picture").scroll_into_view_if_needed()
        page.touchscreen.tap(*place(page, 0.5, 0.4))
        settled(page)
        red, green, blue = pixel(page, 0.5, 0.4)
        assert [red, green, blue] != plain
        assert green > red > blue or green > blue > red
        assert page.evaluate("document.scrollingElement.scrollWidth") <= chromium.PHONE["width"]
        small = page.evaluate(
            """[...document.querySelectorAll("button, select, input[type=color]")]
            .filter((it) => it.offsetParent !== null)
            .map((it) => [it.getBoundingClientRect(), it.ariaLabel ?? it.textContent])
            .filter(([{ width, height }]) => Math.min(width, height) < 24)
            .map(([, name]) => name)"""
        )
        assert small == []  # a finger must meet them


def test_a_foreign_website_cannot_use_the_server(server: Running, browser: Browser) -> None:
    with chromium.listening(_Foreign) as foreign:
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
    assert len(refused) == 1
    assert refused[0].endswith(" 1")


class _Foreign(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>elsewhere</title>")

    def log_message(self, *_: object) -> None:
        pass
