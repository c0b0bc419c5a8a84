"""The page in a real browser: a model is trained on a server that asks for a word, and used."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import browser as chromium
from browser import Browser, Page, expect, fold_out, open_pictures, result, settled
from pictures import encode, opened, photograph

pytest.importorskip("torch")

import transfer
from models import conv_model, model_bytes, palette_spec
from photochrom import Colorizer
from web_server import Running, running

pytestmark = chromium.in_browser
TOKEN = "a word that visitors know"
# The page offers a minute or more; a test asks for a few steps in its name.
SHORT = """() => {
    const set = FormData.prototype.set;
    FormData.prototype.set = function (name, ...value) {
        return set.call(this, ...(name === "seconds" ? ["steps", "4"] : [name, ...value]));
    };
}"""
LONG = 240_000  # ms


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Trainings begin with a tiny network, so that they take seconds."""
    start = tmp_path_factory.mktemp("start") / "start.onnx"
    start.write_bytes(transfer.general_model())
    with running(token=TOKEN, start=str(start)) as one:
        yield one


@pytest.fixture
def page(server: Running, browser: Browser) -> Iterator[Page]:
    with chromium.visited(browser, server.url) as page:
        tell(page)
        yield page


@pytest.fixture(scope="module")
def eight(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Eight pictures in colour, cut out of a photograph."""
    folder, coffee = tmp_path_factory.mktemp("eight"), photograph("coffee")
    places = [(top, left) for top in (0, 200) for left in (0, 150, 300, 450)]
    paths = [folder / f"cup {number}.jpg" for number in range(8)]
    for path, (top, left) in zip(paths, places, strict=True):
        piece = coffee[top : top + 160, left : left + 140]
        path.write_bytes(encode(piece, "jpeg", quality=95))
    return paths


def tell(page: Page, word: str = TOKEN) -> None:
    page.get_by_role("textbox", name="Password").fill(word)
    page.get_by_role("button", name="Go on").click()


def give(page: Page, paths: list[Path]) -> None:
    page.evaluate(SHORT)
    page.get_by_role("button", name="Train").click()
    page.locator(".begin input[type=file]").set_input_files(paths)
    page.get_by_label("How long").select_option(label="1 minute")


def test_a_server_with_a_password_asks_for_it(server: Running, browser: Browser) -> None:
    with chromium.visited(browser, server.url) as page:
        expect(page.get_by_role("dialog")).to_contain_text("asks for its password")
        tell(page, "a word that is wrong")
        expect(page.get_by_role("dialog")).to_contain_text("That was not it.")
        tell(page)
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(page.get_by_text("Everything happens on this device.")).to_be_visible()
        page.reload()
        expect(page.get_by_text("Everything happens on this device.")).to_be_visible()


def test_a_model_is_trained_from_eight_pictures_and_used(
    server: Running, browser: Browser, page: Page, eight: list[Path], tmp_path: Path
) -> None:
    gray = chromium.gray_file(tmp_path, "coffee")
    open_pictures(page, gray)
    general = result(page)
    give(page, eight)
    expect(page.get_by_text("8 pictures")).to_be_visible()
    page.get_by_label("Name of the model").fill("my cups")
    with chromium.visited(browser, server.url) as other:  # two at once
        tell(other)
        give(other, eight)
        page.get_by_role("button", name="Begin").click()
        expect(page.get_by_role("progressbar")).to_be_visible()
        other.get_by_role("button", name="Begin").click()
        expect(other.get_by_role("alert")).to_contain_text("Another model is being trained.")

    expect(page.get_by_role("heading", name="Done")).to_be_visible(timeout=LONG)
    expect(page.get_by_role("img", name="Colours of your pictures: #")).to_be_visible()
    expect(page.get_by_role("img", name="Loss")).to_be_visible()
    samples = page.get_by_role("img", name="Samples")
    expect(samples).to_be_visible()
    assert samples.evaluate("image => image.naturalWidth") > 100
    methods = page.locator("tbody th").all_inner_texts()
    assert {"your model", "left gray", "one mean colour"} <= set(methods)
    far = [float(each) for each in page.locator("tbody td:nth-child(2)").all_inner_texts()]
    assert far == sorted(far)
    nearer = "It is nearer" if methods[0] == "your model" else "Honestly:"
    expect(page.locator(".verdict")).to_contain_text(nearer)

    with page.expect_download() as download:
        page.get_by_role("button", name="Download it").click()
    assert download.value.suggested_filename == "my cups.onnx"
    download.value.save_as(tmp_path / "mine.onnx")
    with page.expect_download() as download:
        page.get_by_role("button", name="Full report").click()
    download.value.save_as(tmp_path / "report.html")
    assert "my cups" in (tmp_path / "report.html").read_text()

    page.get_by_role("button", name="Use this model").click()
    settled(page)
    mine = result(page)
    assert np.abs(mine - general).mean() > 1
    expected = Colorizer(tmp_path / "mine.onnx").colorize(np.asarray(opened(gray.read_bytes())))
    apart = np.abs(mine - expected)
    assert apart.mean() <= 0.5
    assert np.quantile(apart, 0.999) <= 3
    section = fold_out(page, "Model")
    expect(section.get_by_label("Model").locator("option:checked")).to_have_text("my cups")
    page.get_by_label("File type").select_option("png")
    with page.expect_download() as download:
        page.get_by_role("button", name="Save picture").click()
    saved = np.asarray(opened(Path(download.value.path()).read_bytes()))
    assert np.abs(saved[..., :3] - mine).mean() <= 0.5  # the server has it, too


def test_a_model_of_a_visitor_is_removed_if_that_is_meant(
    server: Running, page: Page, tmp_path: Path
) -> None:
    open_pictures(page, chromium.gray_file(tmp_path, "coffee"))
    general = result(page)
    brought = {"model": ("old.onnx", model_bytes(conv_model(), palette_spec()))}
    server.client.post("/api/v1/models", files=brought).raise_for_status()
    page.reload()
    open_pictures(page, chromium.gray_file(tmp_path, "coffee"))
    section = fold_out(page, "Model")
    choice, status = section.get_by_label("Model"), section.locator("[role=status]")
    remove = section.get_by_role("button", name="Remove it")
    expect(remove).to_have_count(0)  # the first model belongs to the server
    choice.select_option(label="old")
    expect(status).to_be_empty()
    page.once("dialog", lambda dialog: dialog.dismiss())
    remove.click()
    assert server.client.get("/api/v1/models/old").status_code == 200
    asked: list[str] = []
    page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.accept()))
    remove.click()
    expect(choice.locator("option:checked")).to_have_text("general")
    expect(choice.locator("option")).not_to_contain_text(["old"])
    expect(status).to_be_empty()  # it is loaded
    settled(page)
    np.testing.assert_array_equal(result(page), general)
    assert "“old”" in asked[0]
    assert server.client.get("/api/v1/models/old").status_code == 404


def test_gray_pictures_are_nothing_to_learn_from(page: Page, tmp_path: Path) -> None:
    paths = [tmp_path / f"gray {level}.png" for level in range(5)]
    for path, level in zip(paths, (40, 80, 120, 160, 200), strict=True):
        ramp = np.linspace(level - 40, level + 40, 64 * 64).astype(np.uint8).reshape(64, 64)
        path.write_bytes(encode(ramp, "png"))
    give(page, paths)
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_role("heading", name="It did not work")).to_be_visible()
    expect(page.locator(".progress")).to_contain_text("the pictures have no colours")


def test_a_training_shows_samples_on_its_way_and_is_stopped(page: Page, eight: list[Path]) -> None:
    give(page, eight)
    page.evaluate("() => { FormData.prototype.set = FormData.prototype.append; }")  # a minute
    page.get_by_role("button", name="Begin").click()
    samples = page.get_by_role("img", name="Samples")
    expect(samples).to_be_visible(timeout=LONG)  # while it learns
    assert samples.evaluate("image => image.naturalWidth") > 100
    expect(page.get_by_text("on pictures kept back to judge by")).to_be_visible()
    first = samples.get_attribute("src") or ""
    expect(samples).not_to_have_attribute("src", first, timeout=LONG)
    expect(page.get_by_role("progressbar")).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("heading", name="Stopped")).to_be_visible()
    expect(page.get_by_role("button", name="Begin")).to_be_enabled()
    page.reload()
    page.get_by_role("button", name="Train").click()
    expect(page.get_by_role("heading", name="Stopped")).to_be_visible()  # as the server says


TRAINED: dict[str, Any] = {
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


def test_a_training_that_came_to_nothing_is_told_honestly(
    server: Running, page: Page, eight: list[Path]
) -> None:
    model = server.client.get("/api/v1/info").json()["models"][0]
    model |= {"id": "garden", "name": "garden", "preset": "transfer"}
    model["metrics"] = {"transfer": {"de00": 9.5, "psnr": 22.0}, "gray": {"de00": 8.0, "psnr": 23}}
    verdict = {"rival": "gray", "nearer": -1.5}
    done = TRAINED | {"state": "done", "share": 1.0, "model": model, "verdict": verdict}

    def answer(route: Any) -> None:
        if route.request.url.endswith("/events"):
            assert route.request.headers["authorization"] == f"Bearer {TOKEN}"
            events = [("progress", TRAINED), ("end", done)]
            body = "".join(f"event: {name}\ndata: {json.dumps(data)}\n\n" for name, data in events)
            route.fulfill(content_type="text/event-stream", body=body)
        elif route.request.method == "POST":
            route.fulfill(status=202, json=TRAINED)
        else:
            route.fulfill(json=done if "abc" in route.request.url else [])

    page.route("**/api/v1/trainings**", answer)
    page.route("**/api/v1/trainings/**", answer)
    give(page, eight[:4])
    expect(page.get_by_text("1 more, please")).to_be_visible()
    expect(page.get_by_role("button", name="Begin")).to_be_disabled()
    page.locator(".begin input[type=file]").set_input_files(eight[4:5])
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_text("“left gray” is as near or nearer (1.50 dE00)")).to_be_visible()
    assert page.locator("tbody th").all_inner_texts() == ["left gray", "your model"]
    expect(page.get_by_role("img", name="Loss 3.500")).to_be_visible()
    expect(page.get_by_text("Left out: 1")).to_be_visible()


def test_what_cannot_be_opened_is_named_and_a_training_that_was_forgotten_begun_anew(
    page: Page, eight: list[Path], tmp_path: Path
) -> None:
    def answer(route: Any) -> None:  # as a server that was started anew
        if route.request.method == "POST":
            route.fulfill(status=202, json=TRAINED)
        elif "abc" in route.request.url:
            route.fulfill(status=404, json={"code": "not-found", "title": "not here"})
        else:
            route.fulfill(json=[])

    page.route("**/api/v1/trainings**", answer)
    page.route("**/api/v1/trainings/**", answer)
    odd = tmp_path / "odd.heic"
    odd.write_bytes(b"of a kind that no browser opens")
    give(page, [odd, *eight])
    expect(page.get_by_role("alert")).to_contain_text("odd.heic: This is not a picture")
    expect(page.get_by_text("8 pictures")).to_be_visible()
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_role("alert")).to_contain_text("garden: This is not there")
    expect(page.get_by_role("button", name="Begin")).to_be_enabled()
